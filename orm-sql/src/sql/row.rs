//! Writing a row that is evaluated and not inserted.

use super::Writer;
use crate::ast::Expr;
use crate::ident::Ident;

/// A column of the row.
#[derive(Clone, Copy, Debug)]
pub enum RowValue<'a> {
    /// A value of its own.
    Given(&'static str, Expr<'a>),
    /// Calculated from the others, by their bare names.
    Generated(Expr<'a>),
}

impl<'a> Writer<'a> {
    /// `SELECT …`, or `SELECT … FROM (SELECT …) given` where columns are calculated from others.
    pub fn row_of(&mut self, row: &[RowValue<'a>]) {
        let calculated = row.iter().any(|value| matches!(value, RowValue::Generated(_)));
        self.raw("SELECT ");
        for (place, value) in row.iter().enumerate() {
            self.separate(place, ", ");
            match value {
                RowValue::Given(name, _) if calculated => self.ident(Ident::new(name)),
                RowValue::Given(_, expr) | RowValue::Generated(expr) => self.expr(expr),
            }
        }
        if !calculated {
            return;
        }
        self.raw(" FROM (SELECT ");
        let given = row.iter().filter_map(|value| match value {
            RowValue::Given(name, expr) => Some((name, expr)),
            RowValue::Generated(_) => None,
        });
        for (place, (name, expr)) in given.enumerate() {
            self.separate(place, ", ");
            self.expr(expr);
            self.raw(" AS ");
            self.ident(Ident::new(name));
        }
        self.raw(") given");
    }
}
