//! Names that are known at run time, each kept once and for good.

use orm_sql::schema::ColumnType;
use orm_sql::value::SqlType;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};

/// What is kept for good, once.
pub(super) trait Interned {
    /// What is equal to it, and kept.
    fn interned(&self) -> &'static Self;
}

impl Interned for str {
    fn interned(&self) -> &'static str {
        static ALL: LazyLock<Mutex<HashSet<&'static str>>> = LazyLock::new(Mutex::default);
        kept(&ALL, self, || self.to_owned().leak())
    }
}

impl Interned for SqlType {
    fn interned(&self) -> &'static SqlType {
        static ALL: LazyLock<Mutex<HashSet<&'static SqlType>>> = LazyLock::new(Mutex::default);
        kept(&ALL, self, || Box::leak(Box::new(*self)))
    }
}

fn kept<T: ?Sized + Eq + Hash>(
    all: &Mutex<HashSet<&'static T>>,
    value: &T,
    keep: impl FnOnce() -> &'static T,
) -> &'static T {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(value) {
        return known;
    }
    let kept = keep();
    all.insert(kept);
    kept
}

/// The type that the values of a column travel as.
pub(super) fn sql_type(column_type: &ColumnType) -> SqlType {
    match column_type {
        ColumnType::Plain(sql_type) => *sql_type,
        ColumnType::Varchar(_) => SqlType::Text,
        ColumnType::Numeric { .. } => SqlType::Numeric,
        ColumnType::Array(item) => SqlType::Array(sql_type(item).interned()),
        ColumnType::Named(name) => SqlType::Named(name.as_str().interned()),
    }
}

/// The length and the precision of a column.
pub(super) fn size(column_type: &ColumnType) -> (Option<u32>, Option<(u16, u16)>) {
    match column_type {
        ColumnType::Varchar(length) => (Some(*length), None),
        ColumnType::Numeric { digits, places } => (None, Some((*digits, *places))),
        ColumnType::Array(item) => size(item),
        ColumnType::Plain(_) | ColumnType::Named(_) => (None, None),
    }
}
