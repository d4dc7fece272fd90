//! Rows in the order of their keys: calls that write the same rows at the same time then wait for each
//! other, and none of them is the victim of a deadlock.

use crate::draft::Row;
use crate::execute::key_text;
use crate::ir::{FieldMeta, ModelMeta};
use crate::query::{Conflict, ConflictTarget, InsertValue};
use orm_sql::value::SqlValue;
use std::cmp::Ordering;

/// The places of the fields that tell which row is there already. None where that is not said by
/// fields: the rows then stay in the order of the drafts.
pub(super) fn fields(model: &'static ModelMeta, conflict: &Conflict) -> Vec<usize> {
    let fields = match conflict {
        Conflict::There { fields, .. }
        | Conflict::Nothing(Some(ConflictTarget::Fields(fields)))
        | Conflict::Update { target: ConflictTarget::Fields(fields), .. } => fields.as_slice(),
        Conflict::Nothing(_) | Conflict::Update { .. } => &[],
    };
    let place = |field: &&'static FieldMeta| model.fields.iter().position(|own| own == *field);
    fields.iter().filter_map(place).collect()
}

/// Those of the fields that all of some rows have a value for.
pub(super) fn given(rows: &[Row], mut by: Vec<usize>) -> Vec<usize> {
    by.retain(|place| rows.iter().all(|row| value(row, *place).is_some()));
    by
}

/// Puts rows in order, and their places with them; false where they are in order already.
pub(super) fn sort(rows: &mut Vec<Row>, places: &mut Vec<usize>, by: &[usize]) -> bool {
    let is_sorted = rows.is_sorted_by(|a, b| compare(a, b, by) != Ordering::Greater);
    if by.is_empty() || is_sorted {
        return false;
    }
    let mut both: Vec<(Row, usize)> = rows.drain(..).zip(places.drain(..)).collect();
    both.sort_by(|a, b| compare(&a.0, &b.0, by));
    (*rows, *places) = both.into_iter().unzip();
    true
}

/// The key of a row as one text.
pub(super) fn key(row: &Row, by: &[usize]) -> String {
    key_text(by.iter().map(|place| value(row, *place).cloned().unwrap_or(SqlValue::Null)))
}

fn value(row: &Row, place: usize) -> Option<&SqlValue> {
    match row.get(place)? {
        Some(InsertValue::Value(value)) => Some(value),
        _ => None,
    }
}

fn compare(a: &Row, b: &Row, by: &[usize]) -> Ordering {
    let pair = |place: &usize| (value(a, *place), value(b, *place));
    by.iter()
        .map(pair)
        .map(|(a, b)| compare_values(a, b))
        .find(|o| o.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Some order, the same for everybody.
fn compare_values(a: Option<&SqlValue>, b: Option<&SqlValue>) -> Ordering {
    match (a, b) {
        (Some(SqlValue::I64(a)), Some(SqlValue::I64(b))) => a.cmp(b),
        (Some(SqlValue::I32(a)), Some(SqlValue::I32(b))) => a.cmp(b),
        (Some(SqlValue::I16(a)), Some(SqlValue::I16(b))) => a.cmp(b),
        (Some(SqlValue::Text(a)), Some(SqlValue::Text(b))) => a.cmp(b),
        (Some(SqlValue::Uuid(a)), Some(SqlValue::Uuid(b))) => a.cmp(b),
        (None, None) => Ordering::Equal,
        (Some(a), Some(b)) => format!("{a:?}").cmp(&format!("{b:?}")),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
