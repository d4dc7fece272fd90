//! The keys of rows that are written together: each once, and in an order that is the same for
//! everybody.

use super::table::Values;
use crate::ir::{FieldMeta, ModelMeta};
use crate::lifecycle::compare_values;
use crate::model::Model;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::RowBuffer;
use orm_sql::sql::{KeyColumn, equal_keys};
use orm_sql::value::{SqlType, SqlValue};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::slice;

/// The values of a key: of one column, mostly.
pub(super) enum Key {
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
}

/// The key of a row.
#[inline]
pub(super) fn of<M: Model>(row: &M) -> Key {
    match M::meta().primary_key {
        [place] => Key::One(row.value(*place)),
        places => Key::Several(places.iter().map(|place| row.value(*place)).collect()),
    }
}

/// The first and the last key of rows in their order; none where there is one row, or no row.
pub(super) fn span<R>(rows: &[Keyed<R>]) -> Option<(Vec<SqlValue>, Vec<SqlValue>)> {
    match rows {
        [first, .., last] => Some((first.key.values().to_vec(), last.key.values().to_vec())),
        _ => None,
    }
}

/// A row with its key and its place among those that were given, from 0.
pub(super) struct Keyed<R> {
    pub place: usize,
    pub key: Key,
    pub row: R,
}

/// Rows in the order of their keys: calls that write the same rows at the same time lock them in one
/// order, as far as the server takes them as they come.
pub(super) fn in_order<R>(
    meta: &ModelMeta,
    rows: impl Iterator<Item = (Key, R)>,
) -> Result<Vec<Keyed<R>>> {
    let twice = |place: usize| {
        Err(Error::usage(format!(
            "row {} of `bulk_update` has the key of a row before it: a row of `{}` can be written \
             once only",
            place + 1,
            meta.name
        )))
    };
    let mut seen = HashSet::new();
    let mut keyed = Vec::with_capacity(rows.size_hint().0);
    for (place, (key, row)) in rows.enumerate() {
        // Equal numbers stand beside each other when they are in order.
        if number(&key).is_none() && !seen.insert(one_form(key.values())) {
            return twice(place);
        }
        keyed.push(Keyed { place, key, row });
    }
    let compare = |a: &Keyed<R>, b: &Keyed<R>| match (number(&a.key), number(&b.key)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => compare_keys(a.key.values(), b.key.values()),
    };
    if !keyed.is_sorted_by(|a, b| compare(a, b).is_lt()) {
        keyed.sort_by(compare);
        let same = |pair: &[Keyed<R>]| match pair {
            [a, b] if number(&a.key).is_some() && compare(a, b).is_eq() => Some(b.place),
            _ => None,
        };
        if let Some(place) = keyed.windows(2).filter_map(same).min() {
            return twice(place);
        }
    }
    Ok(keyed)
}

/// The key where it is one integer.
fn number(key: &Key) -> Option<i64> {
    match key {
        Key::One(SqlValue::I64(number)) => Some(*number),
        Key::One(SqlValue::I32(number)) => Some((*number).into()),
        Key::One(SqlValue::I16(number)) => Some((*number).into()),
        _ => None,
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
