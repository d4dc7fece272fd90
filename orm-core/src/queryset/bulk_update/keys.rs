//! The keys of rows that are written together: each once, and in an order that is the same for
//! everybody.

use super::AnyRows;
use super::table::Values;
use crate::ir::{FieldMeta, ModelMeta};
use crate::lifecycle::compare_values;
use crate::model::as_number;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::RowBuffer;
use orm_sql::sql::{KeyColumn, equal_keys};
use orm_sql::value::{SqlType, SqlValue};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::slice;

/// The values of a key: of one column, mostly.
enum Key {
    One(SqlValue),
    Several(Vec<SqlValue>),
}

impl Key {
    fn values(&self) -> &[SqlValue] {
        match self {
            Key::One(value) => slice::from_ref(value),
            Key::Several(values) => values,
        }
    }

    fn into_values(self) -> Vec<SqlValue> {
        match self {
            Key::One(value) => vec![value],
            Key::Several(values) => values,
        }
    }
}

/// The key of a row.
fn of(meta: &ModelMeta, rows: &dyn AnyRows, row: usize) -> Key {
    let value = |place: &usize| rows.held(row, *place).value();
    match meta.primary_key {
        [place] => Key::One(value(place)),
        places => Key::Several(places.iter().map(value).collect()),
    }
}

/// The first and the last key of rows in their order; none where there is one row, or no row.
pub(super) fn span(
    meta: &ModelMeta,
    rows: &dyn AnyRows,
    order: &[usize],
) -> Option<(Vec<SqlValue>, Vec<SqlValue>)> {
    let key = |row: &usize| of(meta, rows, *row).into_values();
    match order {
        [first, .., last] => Some((key(first), key(last))),
        _ => None,
    }
}

/// The places of rows in the order of their keys: calls that write the same rows at the same time lock
/// them in one order, as far as the server takes them as they come.
pub(super) fn in_order(meta: &ModelMeta, rows: &dyn AnyRows) -> Result<Vec<usize>> {
    // Numbers mostly are in order already: no key is kept then.
    let is_in_order = match meta.primary_key {
        _ if rows.count() < 2 => true,
        [place] => rows.are_ascending(*place),
        _ => false,
    };
    match is_in_order {
        true => Ok((0..rows.count()).collect()),
        false => sorted(meta, rows),
    }
}

fn sorted(meta: &ModelMeta, rows: &dyn AnyRows) -> Result<Vec<usize>> {
    let mut seen = HashSet::new();
    let mut keyed = Vec::with_capacity(rows.count());
    for row in 0..rows.count() {
        let key = of(meta, rows, row);
        // Equal numbers stand beside each other when they are in order.
        if number(&key).is_none() && !seen.insert(one_form(key.values())) {
            return Err(twice(meta, row));
        }
        keyed.push((key, row));
    }
    let compare = |(a, _): &(Key, usize), (b, _): &(Key, usize)| match (number(a), number(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => compare_keys(a.values(), b.values()),
    };
    keyed.sort_by(compare);
    let same = |pair: &[(Key, usize)]| match pair {
        [a, b] if number(&a.0).is_some() && compare(a, b).is_eq() => Some(b.1),
        _ => None,
    };
    match keyed.windows(2).filter_map(same).min() {
        Some(row) => Err(twice(meta, row)),
        None => Ok(keyed.into_iter().map(|(_, row)| row).collect()),
    }
}

#[cold]
fn twice(meta: &ModelMeta, row: usize) -> Error {
    Error::usage(format!(
        "row {} of `bulk_update` has the key of a row before it: a row of `{}` can be written once only",
        row + 1,
        meta.name
    ))
}

/// The key where it is one integer.
fn number(key: &Key) -> Option<i64> {
    match key {
        Key::One(value) => as_number(value),
        Key::Several(_) => None,
    }
}

/// Other keys, so that those are the same text that are equal for the server.
fn one_form(key: &[SqlValue]) -> String {
    let key: Vec<_> = key.iter().map(comparable).collect();
    format!("{key:?}")
}

pub(super) fn compare_keys(a: &[SqlValue], b: &[SqlValue]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| compare_values(Some(a), Some(b)));
    pairs.fold(Ordering::Equal, Ordering::then)
}

/// A value in the only form of those that are equal for the server.
fn comparable(value: &SqlValue) -> SqlValue {
    match value {
        SqlValue::Decimal(value) => SqlValue::Decimal(value.normalize()),
        SqlValue::F32(0.0) => SqlValue::F32(0.0),
        SqlValue::F64(0.0) => SqlValue::F64(0.0),
        SqlValue::Interval(value) => SqlValue::Text(value.estimated().to_string()),
        other => other.clone(),
    }
}

/// A question to the server: whether two of the keys are equal for it, as texts are under a collation.
/// Both would find the same row.
pub(super) struct Check {
    meta: &'static ModelMeta,
    statement: Statement,
    /// The places of the rows as they were given.
    places: Vec<usize>,
}

impl Check {
    /// None where keys of other bytes are other keys.
    pub fn new(meta: &'static ModelMeta, keys: &[Values], places: Vec<usize>) -> Option<Check> {
        if places.len() < 2 || !keys.iter().any(|(field, _)| needs_server(meta, field)) {
            return None;
        }
        let columns: Vec<KeyColumn> =
            keys.iter().map(|(field, _)| (field.column, field.sql_type)).collect();
        let params = keys.iter().map(|(field, values)| {
            (SqlValue::Array(values.to_vec()), SqlType::Array(&field.sql_type))
        });
        let place = |field| OutputColumn { model: "the keys", field, sql_type: SqlType::Int8 };
        let statement = Statement {
            sql: equal_keys(meta.schema, meta.table, &columns).into(),
            params: params.collect(),
            columns: [place("the first"), place("the second")].into(),
            ..Statement::default()
        };
        Some(Check { meta, statement, places })
    }

    /// Asks it.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where there are two.
    pub async fn ask(&self, db: &dyn Executor) -> Result<()> {
        let mut pairs = RowBuffer::new(2);
        db.run(&self.statement, &mut pairs).await?;
        if pairs.is_empty() {
            return Ok(());
        }
        let pair = pairs.row(0);
        let place = |cell| {
            let number = i64::from_be_bytes(pair.get(cell)?.try_into().ok()?);
            let place = usize::try_from(number).ok()?.checked_sub(1)?;
            self.places.get(place).map(|place| place + 1)
        };
        let (first, second) = (place(0).unwrap_or_default(), place(1).unwrap_or_default());
        Err(Error::usage(format!(
            "rows {} and {} of `bulk_update` have keys that are equal in the database: a row of `{}` \
             can be written once only",
            first.min(second),
            first.max(second),
            self.meta.name
        )))
    }
}

/// True for columns whose values may be equal where [`comparable`] has two.
fn needs_server(meta: &ModelMeta, field: &FieldMeta) -> bool {
    match field.sql_type {
        // In a table of ours, texts are compared by rules of their own where the field says so.
        SqlType::Text => field.collation.is_some() || !meta.managed,
        SqlType::Numeric | SqlType::Float4 | SqlType::Float8 | SqlType::Interval => false,
        SqlType::Array(_) => false,
        other => !other.has_one_form(),
    }
}
