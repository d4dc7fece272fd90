//! Unique constraints, indexes and checks as plain values.

use orm_sql::schema::{Deferrable, RawSql};

/// A part of an index or a unique constraint.
#[derive(Clone, Debug, PartialEq)]
pub enum PartState {
    /// A field.
    Field {
        /// Its name.
        name: String,
        /// Descending.
        desc: bool,
    },
    /// An expression.
    Expression(RawSql),
}

impl PartState {
    /// The expression that it is.
    pub fn expression(&self) -> Option<&RawSql> {
        match self {
            PartState::Field { .. } => None,
            PartState::Expression(sql) => Some(sql),
        }
    }

    /// The same, to be changed.
    pub fn expression_mut(&mut self) -> Option<&mut RawSql> {
        match self {
            PartState::Field { .. } => None,
            PartState::Expression(sql) => Some(sql),
        }
    }
}

/// A unique constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct UniqueState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What is unique, together.
    pub parts: Vec<PartState>,
    /// Among the rows where this holds.
    pub condition: Option<RawSql>,
    /// False: two NULLs are the same.
    pub nulls_distinct: bool,
    /// Fields carried along in its index.
    pub include: Vec<String>,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
    /// A unique index, even where it could be a constraint.
    pub as_index: bool,
}

/// An index.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What is indexed.
    pub parts: Vec<PartState>,
    /// `btree`, `gin`, …
    pub method: String,
    /// Only rows where this holds.
    pub condition: Option<RawSql>,
    /// Fields carried along.
    pub include: Vec<String>,
}

/// A check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckState {
    /// Its name; `None` for one that is made up.
    pub name: Option<String>,
    /// What holds for each row.
    pub condition: RawSql,
}
