//! SQL text: the only place where it is made.
//!
//! A [`Writer`] has four doors: [`Writer::raw`] for constant text, [`Writer::ident`] for names,
//! [`Writer::bind`] for values, and [`Writer::literal`] for values where the server takes no
//! parameters, as in DDL and COPY. Text of the user's own comes in as [`crate::ident::RawSql`] only.

pub mod catalogue;
mod contents;
mod cte;
mod ddl;
mod expr;
pub mod fixture;
pub mod introspection;
mod literal;
pub mod placeholder;
pub mod record;
mod rows_in_json;
mod same;
mod select;
mod session;
mod statement;
pub mod user_query;
mod window;

use crate::ast::{Column, Cte, Expr, Label, Name, Slot, TableId, Tables, WindowSpec};
use crate::ident::Ident;
use crate::value::{SqlType, SqlValue};
use smallvec::SmallVec;

pub use crate::ast::{CopyFormat, ExplainFormat, ExplainOptions};
pub use contents::contents;
pub use ddl::checked_cast;
pub use rows_in_json::{RowInJson, rows_in_json};
pub use same::{KeyColumn, equal_keys, same_keys};
pub use session::{BEGIN, BEGIN_SNAPSHOT, COMMIT, IN_BLOCK, Limit, Place, ROLLBACK, Session};

/// A value with the type that it is sent as.
pub type Param = (SqlValue, SqlType);

/// Puts a statement's text together.
#[derive(Debug)]
pub struct Writer<'a> {
    sql: String,
    tables: Tables<'a>,
    values: Vec<Param>,
    /// For each value its number in the text; 0 until it is written.
    numbers: SmallVec<[u16; 16]>,
    /// The values in the order of their numbers.
    order: SmallVec<[Slot; 16]>,
    /// Whether values are written out instead of bound.
    literals: Literals,
    /// The windows that the SELECT at hand names.
    windows: &'a [WindowSpec<'a>],
    /// The statements of WITH.
    ctes: &'a [Cte<'a>],
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Literals {
    /// As placeholders.
    No,
    /// As a person would write them in a definition.
    Plain,
    /// With their types.
    Exact,
}

impl<'a> Writer<'a> {
    /// A writer of statements over these tables with these values.
    pub fn new(tables: Tables<'a>, values: Vec<Param>) -> Self {
        Writer {
            sql: String::with_capacity(512),
            tables,
            numbers: SmallVec::from_elem(0, values.len()),
            order: SmallVec::new(),
            values,
            literals: Literals::No,
            windows: &[],
            ctes: &[],
        }
    }

    /// A writer that writes values out, for DDL.
    pub fn with_literals(tables: Tables<'a>, values: Vec<Param>) -> Self {
        Writer { literals: Literals::Plain, ..Writer::new(tables, values) }
    }

    /// A writer that writes values out with their types, for statements that take no parameters:
    /// they mean what the parameters would.
    pub fn with_exact_literals(tables: Tables<'a>, values: Vec<Param>) -> Self {
        Writer { literals: Literals::Exact, ..Writer::new(tables, values) }
    }

    /// Constant text.
    pub fn raw(&mut self, text: &'static str) {
        self.sql.push_str(text);
    }

    /// A quoted name.
    pub fn ident(&mut self, name: Ident<'_>) {
        name.write(&mut self.sql);
    }

    /// A value: `$1`, the same number wherever it stands.
    pub fn bind(&mut self, slot: Slot) {
        if self.literals != Literals::No {
            if let Some((value, sql_type)) = self.values.get(usize::from(slot)) {
                match self.literals {
                    Literals::Exact => literal::write_exact(&mut self.sql, value, *sql_type),
                    _ => literal::write(&mut self.sql, value, *sql_type),
                }
            }
            return;
        }
        let number = self.number_of(slot);
        self.sql.push('$');
        self.number(u64::from(number));
    }

    /// True for a value that is written out and begins with a minus.
    fn is_negative_literal(&self, expr: &Expr<'a>) -> bool {
        let Expr::Param(slot) = expr else { return false };
        let value =
            self.values.get(usize::from(*slot)).filter(|_| self.literals == Literals::Plain);
        value.is_some_and(|(value, _)| match value {
            SqlValue::I16(number) => *number < 0,
            SqlValue::I32(number) => *number < 0,
            SqlValue::I64(number) => *number < 0,
            SqlValue::Decimal(number) => number.is_sign_negative(),
            _ => false,
        })
    }

    /// A value, quoted as SQL wants it.
    pub fn literal(&mut self, value: &SqlValue, sql_type: SqlType) {
        literal::write(&mut self.sql, value, sql_type);
    }

    /// The text, and the values in the order of their numbers.
    pub fn finish(mut self) -> (String, Vec<Param>) {
        if self.order.iter().enumerate().all(|(place, slot)| usize::from(*slot) == place) {
            self.values.truncate(self.order.len());
            return (self.sql, self.values);
        }
        let taken = |slot: &Slot| match self.values.get_mut(usize::from(*slot)) {
            Some((value, sql_type)) => (std::mem::replace(value, SqlValue::Null), *sql_type),
            None => (SqlValue::Null, SqlType::Text),
        };
        let params = self.order.iter().map(taken).collect();
        (self.sql, params)
    }

    fn number_of(&mut self, slot: Slot) -> u16 {
        let Some(number) = self.numbers.get_mut(usize::from(slot)) else { return 0 };
        if *number == 0 {
            self.order.push(slot);
            *number = crate::ast::number(self.order.len());
        }
        *number
    }

    #[expect(clippy::cast_possible_truncation, reason = "a digit is below ten")]
    fn number(&mut self, number: u64) {
        if number < 10 {
            self.sql.push(char::from(b'0' + number as u8));
        } else {
            self.number(number / 10);
            self.sql.push(char::from(b'0' + (number % 10) as u8));
        }
    }

    fn column(&mut self, column: &Column) {
        if self.label(column.table) {
            self.sql.push('.');
        }
        match column.name {
            Name::Known(name) => self.ident(Ident::new(name)),
            Name::Output(place) => self.output(place),
        }
    }

    fn output(&mut self, place: u16) {
        self.sql.push('c');
        self.number(u64::from(place));
    }

    /// Writes what columns of a table are prefixed with; false for nothing.
    fn label(&mut self, table: TableId) -> bool {
        match self.tables.get(usize::from(table)).and_then(|table| table.label) {
            Some(Label::Silent(_) | Label::Bare) | None => false,
            Some(label) => self.name(label),
        }
    }

    /// Writes the name of a table in FROM; false where it has none.
    fn name(&mut self, label: Label) -> bool {
        match label {
            Label::Number(number) => {
                self.sql.push('t');
                self.number(u64::from(number));
            }
            Label::Name(name) | Label::Silent(name) => self.raw(name),
            Label::Bare => return false,
        }
        true
    }

    /// What stands between the items of a list.
    fn separate(&mut self, place: usize, by: &'static str) {
        if place > 0 {
            self.raw(by);
        }
    }
}
