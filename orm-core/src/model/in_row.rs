//! What a row has in a column, where it is: its value, or the bytes of it, without a copy in between.

use crate::column::Column;
use orm_sql::value::{CellColumn, SqlValue};

/// What is in a column of a row.
pub enum InRow<'r> {
    /// A value where it is.
    Column(&'r dyn AnyColumn),
    /// One that was made.
    Value(SqlValue),
    /// NULL: by itself, since it is made and dropped without a look at the others.
    Null,
}

impl InRow<'_> {
    /// The value as it travels.
    #[inline]
    pub fn value(self) -> SqlValue {
        match self {
            InRow::Column(column) => column.value(),
            InRow::Value(value) => value,
            InRow::Null => SqlValue::Null,
        }
    }

    /// The value where it is an integer.
    #[inline]
    pub fn number(&self) -> Option<i64> {
        match self {
            InRow::Column(column) => column.number(),
            InRow::Value(value) => as_number(value),
            InRow::Null => None,
        }
    }

    /// Writes it as the next one of a column.
    #[inline]
    pub fn write(self, out: &mut CellColumn) {
        match self {
            InRow::Column(column) => column.write(out),
            other => out.push(&other.value()),
        }
    }
}

/// A value where it is an integer.
#[inline]
pub fn as_number(value: &SqlValue) -> Option<i64> {
    match value {
        SqlValue::I64(number) => Some(*number),
        SqlValue::I32(number) => Some((*number).into()),
        SqlValue::I16(number) => Some((*number).into()),
        _ => None,
    }
}

/// A [`Column`] whose type is not known.
pub trait AnyColumn {
    /// The value as it travels.
    fn value(&self) -> SqlValue;
    /// The value where it is an integer.
    fn number(&self) -> Option<i64>;
    /// Writes it as the next one of a column.
    fn write(&self, out: &mut CellColumn);
}

impl<T: Column> AnyColumn for T {
    fn value(&self) -> SqlValue {
        self.to_value()
    }

    fn number(&self) -> Option<i64> {
        as_number(&self.to_value())
    }

    fn write(&self, out: &mut CellColumn) {
        self.write_to(out);
    }
}
