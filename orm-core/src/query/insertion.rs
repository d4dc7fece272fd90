//! What an INSERT is asked to do.

use super::change::Returning;
use crate::ir::{FieldMeta, ModelMeta, Node, Query, Scope, UniqueMeta};
use orm_sql::exec::Tenancy;
use orm_sql::value::SqlValue;

/// Rows to insert.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The model.
    pub model: &'static ModelMeta,
    /// The fields that are given.
    pub fields: Vec<&'static FieldMeta>,
    /// The rows.
    pub rows: Given,
    /// What to do on a conflict with an existing row.
    pub conflict: Option<Conflict>,
    /// What to return.
    pub returning: Returning,
    /// Whose rows they are, where the model has tenants.
    pub tenancy: Tenancy,
}

/// The values of rows to insert.
#[derive(Clone, Debug)]
pub enum Given {
    /// So many rows, one after another, each with a value for each of the fields.
    Rows(usize, Vec<InsertValue>),
    /// Rows as drafts have them, with a place for each field of the model: all give the same fields, and
    /// leave the others out.
    Alike(Vec<InsertRow>),
    /// An array for each of the fields: so the text does not depend on the number of rows.
    Arrays(Vec<SqlValue>),
    /// The rows of a query, which selects a column for each of the fields.
    Query(Box<Query>),
}

impl Given {
    /// The same with rows one after another.
    pub(super) fn in_a_row(self) -> Given {
        match self {
            Given::Alike(rows) => {
                let count = rows.len();
                Given::Rows(count, rows.into_iter().flat_map(given).collect())
            }
            other => other,
        }
    }
}

/// What a row of a draft gives.
pub(super) fn given(row: InsertRow) -> impl Iterator<Item = InsertValue> {
    row.into_iter().flatten().filter(|value| !matches!(value, InsertValue::Default))
}

/// What is said where there is nothing to insert.
pub(super) const NO_ROWS: &str = "there are no rows to insert";

/// A row as a draft has it: a place for each field of the model.
pub type InsertRow = Box<[Option<InsertValue>]>;

/// One value of a row to insert.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertValue {
    /// A value.
    Value(SqlValue),
    /// What the database fills in.
    Default,
    /// An expression. In a box: drafts have room for a value of each field, and few are this.
    Node(Box<Node>),
}

impl InsertValue {
    /// True for NULL itself.
    pub fn is_null(&self) -> bool {
        match self {
            InsertValue::Value(value) => value.is_null(),
            InsertValue::Node(node) => matches!(&**node, Node::Value(value, _) if value.is_null()),
            InsertValue::Default => false,
        }
    }
}

/// What to do on a conflict with an existing row.
#[derive(Clone, Debug)]
pub enum Conflict {
    /// Leave it: whatever is there twice, or this only.
    Nothing(Option<ConflictTarget>),
    /// Leave it, where "there already" means the same values of these fields. It is looked for
    /// first, so that no key is drawn in vain; what another transaction inserts at the same time is
    /// seen only where a unique index is over these fields.
    There {
        /// The fields.
        fields: Vec<&'static FieldMeta>,
        /// There is a unique index over them.
        unique: bool,
    },
    /// Update it.
    Update {
        /// What must not be there twice.
        target: ConflictTarget,
        /// What to assign. Paths of `row` mean the row that is there, those of `new` the other.
        set: Vec<(&'static FieldMeta, Node)>,
        /// Only where this holds.
        filter: Option<Node>,
        /// The scope of paths of the row that is there.
        row: Scope,
        /// The scope of paths of the row that was to be inserted.
        new: Scope,
    },
}

/// What must not be there twice.
#[derive(Clone, Debug)]
pub enum ConflictTarget {
    /// These fields, which have a unique index.
    Fields(Vec<&'static FieldMeta>),
    /// A constraint.
    Constraint(String),
    /// A unique index of the model that is no constraint: over expressions, or over some rows.
    Unique(&'static UniqueMeta),
}
