//! The room of the last draft that was written, for the next one: of many that are made and written one by
//! one, none asks the allocator for it.

use super::Row;
use crate::query::InsertValue;
use orm_sql::value::SqlValue;
use std::cell::Cell;
use std::mem;

thread_local! {
    /// No value in it is given.
    static SPARE: Cell<Option<Row>> = const { Cell::new(None) };
}

/// A row of so many values that are not given.
pub(super) fn row(width: usize) -> Row {
    let spare = SPARE.try_with(Cell::take).ok().flatten();
    match spare.filter(|row| row.len() == width) {
        Some(row) => row,
        None => std::iter::repeat_with(|| None).take(width).collect(),
    }
}

/// Keeps the room of a row.
pub(super) fn keep(mut row: Row) {
    for slot in &mut row {
        match slot {
            None => {}
            // Which kind of value it is, is not asked again.
            Some(InsertValue::Value(value)) if is_flat(value) => mem::forget(slot.take()),
            Some(_) => *slot = None,
        }
    }
    // A thread that ends keeps nothing.
    let _ = SPARE.try_with(|spare| spare.set(Some(row)));
}

/// True for values that have nothing to give back.
fn is_flat(value: &SqlValue) -> bool {
    use SqlValue as V;
    matches!(
        value,
        V::Null
            | V::Bool(_)
            | V::I16(_)
            | V::I32(_)
            | V::I64(_)
            | V::F32(_)
            | V::F64(_)
            | V::Date(_)
            | V::Timestamp(_)
            | V::TimestampTz(_)
            | V::Uuid(_)
            | V::Decimal(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_what_a_row_held() {
        let values = [SqlValue::Null, SqlValue::I64(7), SqlValue::Text("sea".to_owned())];
        let given = values.map(|value| Some(InsertValue::Value(value)));
        let given: Row = given.into_iter().chain([Some(InsertValue::Default), None]).collect();
        let room = given.as_ptr();
        keep(given);
        let again = row(5);
        assert!(again.as_ptr() == room && again.iter().all(Option::is_none), "{again:?}");
        keep(again);
        assert_eq!(*row(4), [None, None, None, None]);
    }
}
