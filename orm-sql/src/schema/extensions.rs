//! The extensions that a table needs, as far as that is known.

use super::{ColumnType, ConstraintKind, ExcludePart, Exclusion, IndexKey, IndexPart, Table};
use crate::value::SqlType;
use std::collections::BTreeSet;

/// Operator classes that belong to an extension.
const CLASSES: &[(&str, &str)] = &[
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("gin_hstore_ops", "hstore"),
    ("gist_hstore_ops", "hstore"),
    ("citext_ops", "citext"),
];

impl Table {
    /// The extensions that have the types of its columns and the operator classes of its indexes, and
    /// `btree_gist` or `btree_gin` where such an index has a column of an ordinary type.
    ///
    /// ```
    /// use orm_sql::schema::{Index, IndexPart, Table};
    ///
    /// let mut table = Table::new("book");
    /// let class = Some("gin_trgm_ops".to_owned());
    /// let part = IndexPart { operator_class: class, ..IndexPart::column("title") };
    /// table.indexes.push(Index { method: "gin".into(), ..Index::new("by_title", vec![part]) });
    /// assert_eq!(table.extensions(), ["pg_trgm"]);
    /// ```
    pub fn extensions(&self) -> Vec<&'static str> {
        let mut found: BTreeSet<&'static str> = BTreeSet::new();
        found.extend(self.columns.iter().filter_map(|column| column.column_type.extension()));
        for index in &self.indexes {
            for part in &index.parts {
                found.extend(self.extension_of(part, &index.method));
            }
        }
        for constraint in &self.constraints {
            if let ConstraintKind::Exclude(Exclusion { method, parts, .. }) = &constraint.kind {
                for ExcludePart { part, .. } in parts {
                    found.extend(self.extension_of(part, method));
                }
            }
        }
        found.into_iter().collect()
    }

    fn extension_of(&self, part: &IndexPart, method: &str) -> Option<&'static str> {
        if let Some(class) = &part.operator_class {
            return CLASSES.iter().find(|(name, _)| name == class).map(|(_, extension)| *extension);
        }
        let IndexKey::Column(name) = &part.key else { return None };
        let is_ordinary = match &self.column(name)?.column_type {
            ColumnType::Varchar(_) | ColumnType::Numeric { .. } => true,
            ColumnType::Plain(sql_type) => ORDINARY.contains(sql_type),
            ColumnType::Array(_) | ColumnType::Named(_) => false,
        };
        match method {
            "gist" if is_ordinary => Some("btree_gist"),
            "gin" if is_ordinary => Some("btree_gin"),
            _ => None,
        }
    }
}

/// The types that neither GiST nor GIN has operator classes for without an extension.
const ORDINARY: &[SqlType] = &[
    SqlType::Bool,
    SqlType::Int2,
    SqlType::Int4,
    SqlType::Int8,
    SqlType::Float4,
    SqlType::Float8,
    SqlType::Numeric,
    SqlType::Text,
    SqlType::Bytea,
    SqlType::Date,
    SqlType::Time,
    SqlType::Timestamp,
    SqlType::TimestampTz,
    SqlType::Interval,
    SqlType::Uuid,
];
