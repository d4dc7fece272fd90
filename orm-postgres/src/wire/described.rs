//! What a statement takes and returns.

use super::valve::Valve;
use crate::types;
use orm_sql::row::Described as Cell;
use postgres_types::{Kind, Type};
use std::sync::Arc;

/// A column that a statement returns.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) type_: Type,
}

impl Column {
    pub(super) fn of_driver(column: &tokio_postgres::Column) -> Self {
        Column { name: column.name().to_owned(), type_: column.type_().clone() }
    }
}

/// What a statement returns.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) columns: Vec<Column>,
    /// One of them is of type `char(n)`.
    pub(super) padded: bool,
}

impl Described {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        let padded = columns.iter().any(|column| is_padded(&column.type_));
        Described { columns, padded }
    }

    pub(super) fn column(&self, index: usize) -> Option<Cell<'_>> {
        self.columns.get(index).map(|column| cell(&column.name, &column.type_))
    }

    /// The spaces at the end of a `char(n)` are no part of its value: the server ignores them where
    /// it compares, but not in a text that it is compared with.
    #[cold]
    pub(super) fn without_padding<'r>(&self, index: usize, raw: &'r [u8]) -> &'r [u8] {
        match self.columns.get(index).is_some_and(|column| is_padded(&column.type_)) {
            true => trimmed(raw),
            false => raw,
        }
    }
}

/// A column as the reader of a row sees it.
pub(super) fn cell<'r>(name: &'r str, found: &'r Type) -> Cell<'r> {
    Cell { name, type_name: found.name(), sql_type: types::known(found) }
}

/// Without the spaces at the end.
pub(super) fn trimmed(raw: &[u8]) -> &[u8] {
    raw.split_at(raw.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1)).0
}

/// True for `char(n)`, and for domains over it.
pub(super) fn is_padded(found: &Type) -> bool {
    match found.kind() {
        Kind::Domain(base) => is_padded(base),
        _ => *found == Type::BPCHAR,
    }
}

/// A statement that the server knows by a name.
///
/// The server forgets it when the last copy is dropped.
#[derive(Clone)]
pub(crate) struct Prepared(Arc<Parts>);

pub(super) struct Parts {
    pub(super) params: Vec<Type>,
    pub(super) described: Arc<Described>,
    pub(super) made: Made,
}

/// Whose a prepared statement is.
pub(super) enum Made {
    Driver(tokio_postgres::Statement),
    Ours(Named),
}

impl Prepared {
    pub(super) fn new(params: Vec<Type>, columns: Vec<Column>, made: Made) -> Self {
        let described = Arc::new(Described::new(columns));
        Prepared(Arc::new(Parts { params, described, made }))
    }

    /// The types of its parameters.
    pub(crate) fn params(&self) -> &[Type] {
        &self.0.params
    }

    /// What it returns.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.0.described.columns
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }
}

/// The name of a statement, which the server forgets when this is dropped.
pub(super) struct Named {
    pub(super) name: String,
    valve: Arc<Valve>,
    is_there: bool,
}

impl Named {
    pub(super) fn new(name: String, valve: Arc<Valve>) -> Self {
        Named { name, valve, is_there: true }
    }

    /// The server has refused it.
    pub(super) fn refused(mut self) {
        self.is_there = false;
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if self.is_there {
            self.valve.close(&self.name);
        }
    }
}
