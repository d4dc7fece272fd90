//! Constraints, and what foreign keys do when a row goes.

use super::{IndexPart, RawSql, TableName};

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// The name: unique within the table, and for keys within the schema.
    pub name: String,
    /// What it demands.
    pub kind: ConstraintKind,
}

/// What a [`Constraint`] demands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// `PRIMARY KEY (…)`
    PrimaryKey {
        /// The columns.
        columns: Vec<String>,
    },
    /// `UNIQUE (…)`
    Unique(Unique),
    /// `FOREIGN KEY (…) REFERENCES …`
    ForeignKey(ForeignKey),
    /// `CHECK (…)`
    Check {
        /// The condition.
        condition: RawSql,
    },
    /// `EXCLUDE USING … (… WITH …)`
    Exclude(Exclusion),
}

/// No two rows have parts that compare like this, all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// The method of its index: `gist`, `spgist`, `btree`, `hash`.
    pub method: String,
    /// What is compared.
    pub parts: Vec<ExcludePart>,
    /// Only rows where this holds.
    pub condition: Option<RawSql>,
    /// Columns carried along in its index.
    pub include: Vec<String>,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
}

/// One part of an [`Exclusion`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExcludePart {
    /// A column or an expression, with its operator class.
    pub part: IndexPart,
    /// The operator: `=`, `&&`.
    pub operator: String,
}

/// No two rows have the same values. With a condition or an expression it is a unique
/// [`Index`](super::Index) instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unique {
    /// The columns.
    pub columns: Vec<String>,
    /// Columns carried along in its index.
    pub include: Vec<String>,
    /// False: `NULLS NOT DISTINCT`, two NULLs are the same.
    pub nulls_distinct: bool,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
}

/// The values stand in another table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignKey {
    /// The columns.
    pub columns: Vec<String>,
    /// The table they refer to.
    pub to: TableName,
    /// The columns there.
    pub to_columns: Vec<String>,
    /// What becomes of the row when the other goes.
    pub on_delete: Action,
    /// When it is checked, if not at once.
    pub deferrable: Option<Deferrable>,
}

/// When a constraint that can wait is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deferrable {
    /// At once, unless a transaction asks otherwise: `DEFERRABLE INITIALLY IMMEDIATE`.
    Immediate,
    /// At the end of the transaction: `DEFERRABLE INITIALLY DEFERRED`.
    Deferred,
}

/// What the server does with a row when the one that its key refers to goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Action {
    /// Refuses, unless the row is gone as well by the end of the statement.
    #[default]
    NoAction,
    /// Refuses at once.
    Restrict,
    /// Deletes it.
    Cascade,
    /// Sets its key to NULL.
    SetNull,
    /// Sets its key to the column's default.
    SetDefault,
}
