//! Indexes.

use super::RawSql;
use std::collections::BTreeMap;

/// An index that belongs to no constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// The name, unique within the schema.
    pub name: String,
    /// No two rows have the same parts.
    pub unique: bool,
    /// `btree`, `gin`, `gist`, `brin`, `hash`, …
    pub method: String,
    /// What is indexed.
    pub parts: Vec<IndexPart>,
    /// Columns carried along.
    pub include: Vec<String>,
    /// False for unique: `NULLS NOT DISTINCT`, two NULLs are the same.
    pub nulls_distinct: bool,
    /// Only rows where this holds.
    pub condition: Option<RawSql>,
    /// Storage parameters: `fillfactor`, `fastupdate`, …
    pub storage: Storage,
    /// The tablespace, where it is not the default one.
    pub tablespace: Option<String>,
}

/// Storage parameters with their values, by name.
pub type Storage = BTreeMap<String, String>;

impl Index {
    /// A plain index.
    pub fn new(name: impl Into<String>, parts: Vec<IndexPart>) -> Self {
        Index {
            name: name.into(),
            unique: false,
            method: "btree".to_owned(),
            parts,
            include: Vec::new(),
            nulls_distinct: true,
            condition: None,
            storage: Storage::new(),
            tablespace: None,
        }
    }
}

/// One part of an [`Index`].
#[derive(Clone, Debug, PartialEq)]
pub struct IndexPart {
    /// What is indexed.
    pub key: IndexKey,
    /// The collation, where it is not that of the column.
    pub collation: Option<String>,
    /// Descending.
    pub desc: bool,
    /// NULL comes first or last, where that is not the rule: first of what is descending, last of what
    /// is ascending.
    pub nulls_first: Option<bool>,
    /// The operator class, where it is not the default one of the type: `varchar_pattern_ops`.
    pub operator_class: Option<String>,
}

impl IndexPart {
    /// A column, ascending.
    pub fn column(name: impl Into<String>) -> Self {
        IndexPart::new(IndexKey::Column(name.into()))
    }

    /// A column or an expression, ascending.
    pub fn new(key: IndexKey) -> Self {
        IndexPart { key, collation: None, desc: false, nulls_first: None, operator_class: None }
    }
}

/// A column or an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An expression over the table's columns.
    Expression(RawSql),
}
