//! Rows in the order of their keys: calls that write the same rows at the same time then wait for each
//! other, and none of them is the victim of a deadlock.

use crate::draft::Row;
use crate::execute::key_text;
use crate::ir::{FieldMeta, IndexPart, ModelMeta, UniqueMeta};
use crate::query::{Conflict, ConflictTarget, InsertValue};
use crate::tables;
use orm_sql::value::SqlValue;
use std::cmp::Ordering;

/// The places of the fields that tell which row is there already. None where nothing is known of
/// them: the rows then stay in the order of the drafts.
pub(super) fn fields(model: &'static ModelMeta, conflict: &Conflict, rows: &[Row]) -> Vec<usize> {
    let place = |field: &&'static FieldMeta| model.fields.iter().position(|own| own == *field);
    let target = match conflict {
        Conflict::There { fields, .. } => return fields.iter().filter_map(place).collect(),
        Conflict::Nothing(target) => target.as_ref(),
        Conflict::Update { target, .. } => Some(target),
    };
    match target {
        Some(ConflictTarget::Fields(fields)) => fields.iter().filter_map(place).collect(),
        Some(ConflictTarget::Constraint(name)) => of_constraint(model, name),
        Some(ConflictTarget::Unique(unique)) => of_unique(model, unique),
        // Keys are drawn in the order in which rows are sent: that of the drafts stays.
        None if draws_keys(model, rows) => Vec::new(),
        None => of_all(model),
    }
}

/// True where a row leaves its key to the database.
fn draws_keys(model: &'static ModelMeta, rows: &[Row]) -> bool {
    let is_drawn = |place: &&usize| model.fields.get(**place).is_some_and(|field| field.identity);
    let mut drawn = model.primary_key.iter().filter(is_drawn);
    drawn.any(|place| rows.iter().any(|row| value(row, *place).is_none()))
}

/// The fields of a constraint by its name; of all, where the model does not know it.
fn of_constraint(model: &'static ModelMeta, name: &str) -> Vec<usize> {
    let named = |unique: &&'static UniqueMeta| {
        tables::name_of_unique(model, unique).is_ok_and(|known| known == name)
    };
    match model.uniques.iter().find(named) {
        Some(unique) => of_unique(model, unique),
        None => of_all(model),
    }
}

fn of_unique(model: &'static ModelMeta, unique: &UniqueMeta) -> Vec<usize> {
    let columns = unique.parts.iter().flat_map(|part| match part {
        IndexPart::Field { name, .. } => model.columns_of(name),
        IndexPart::Expression(_) | IndexPart::Ordered(_) => &[],
    });
    let place = |field: &'static FieldMeta| model.fields.iter().position(|own| own == field);
    columns.filter_map(place).filter(|place| comes_back(model, *place)).collect()
}

/// The fields of all that must not be there twice, in the order of the model.
fn of_all(model: &'static ModelMeta) -> Vec<usize> {
    let mut places: Vec<usize> = model.uniques.iter().flat_map(|u| of_unique(model, u)).collect();
    let unique = |place: &usize| model.fields.get(*place).is_some_and(|field| field.unique);
    places.extend(model.primary_key.iter().copied());
    places.extend((0..model.fields.len()).filter(unique));
    places.retain(|place| comes_back(model, *place));
    places.sort_unstable();
    places.dedup();
    places
}

/// True for values that come back as they were sent, by which a row is found again.
fn comes_back(model: &ModelMeta, place: usize) -> bool {
    use orm_sql::value::SqlType as T;
    let sql_type = model.fields.get(place).map(|field| field.sql_type);
    matches!(sql_type, Some(T::Int2 | T::Int4 | T::Int8 | T::Text | T::Uuid | T::Date | T::Bool))
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
pub(crate) fn compare_values(a: Option<&SqlValue>, b: Option<&SqlValue>) -> Ordering {
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
