//! What fields are compared with, and what they are given.

use super::expression::{Expression, Term};
use super::row::HistoricalRow;
use super::set::HistoricalSet;
use orm_core::instance::IntoPlainValue;
use orm_sql::value::SqlValue;

/// A value, an expression, a row as its key, or the rows of a query.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub enum Operand {
    /// A value.
    Value(SqlValue),
    /// An expression.
    #[expect(private_interfaces, reason = "made and read here only")]
    Term(Term),
    /// A row, as its key.
    Row(Box<HistoricalRow>),
    /// Rows.
    Set(Box<HistoricalSet>),
}

/// What fields can be compared with, and be given: values of all column types, lists of them, expressions
/// ([`f`](super::f) and its like), rows, which stand for their keys, and queries behind `__in`.
///
/// A value of another type than the field's becomes one of it where nothing is lost: `5` for a `bigint` or
/// a `numeric`, `"2026-01-31"` for a date.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a value of a field",
    label = "expected a column type, a list of one, an expression, or a row",
    note = "a type of your own that is a column is given as `value(…)`"
)]
pub trait IntoOperand {
    /// The operand.
    #[doc(hidden)]
    fn into_operand(self) -> Operand;
}

#[diagnostic::do_not_recommend]
impl<T: IntoPlainValue> IntoOperand for T {
    fn into_operand(self) -> Operand {
        Operand::Value(self.into_plain())
    }
}

impl IntoOperand for Expression {
    fn into_operand(self) -> Operand {
        Operand::Term(self.0)
    }
}

impl IntoOperand for &HistoricalRow {
    fn into_operand(self) -> Operand {
        Operand::Row(Box::new(self.clone()))
    }
}

impl IntoOperand for HistoricalSet {
    fn into_operand(self) -> Operand {
        Operand::Set(Box::new(self))
    }
}

impl IntoOperand for &HistoricalSet {
    fn into_operand(self) -> Operand {
        self.clone().into_operand()
    }
}
