//! Tables, columns, constraints and indexes as plain values that own their text.
//!
//! They are derived from models (by `orm_core::tables`), read from a database or replayed from
//! migrations; [`crate::sql`] writes them. Nothing here knows a model's rows or a connection.
//!
//! Expressions (conditions, defaults) are [`RawSql`]: they are compared and written, never
//! taken apart.

mod change;
mod column;
mod constraint;
mod creation;
mod extensions;
mod index;
pub mod names;
mod order;
mod policy;
mod type_name;
mod versions;
mod view;

pub use change::{AlterColumn, AlterTable, Change, Collation};
pub use column::{Column, ColumnType, Fill};
pub use constraint::{
    Action, Constraint, ConstraintKind, Deferrable, ExcludePart, Exclusion, ForeignKey, Unique,
};
pub use creation::Creation;
pub use extensions::{extension_of_missing, extension_of_type};
pub use index::{Index, IndexKey, IndexPart, Storage};
pub use order::order;
pub use policy::{ALL_TENANTS, POLICY, RowLevelSecurity, TENANT};
pub use versions::version_of_missing;
pub use view::View;

use crate::ident::Ident;
pub use crate::ident::RawSql;
use std::fmt;

/// The name of a table, with its schema where one is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The schema; `None` for the first one on the search path.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

impl TableName {
    /// A table on the search path.
    ///
    /// ```
    /// use orm_sql::schema::TableName;
    ///
    /// assert_eq!(TableName::new("library_book").to_string(), "library_book");
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        TableName { schema: None, name: name.into() }
    }

    /// The name in quotes, as SQL has it.
    ///
    /// ```
    /// use orm_sql::schema::TableName;
    ///
    /// assert_eq!(TableName::within("shop", "Book").quoted(), "\"shop\".\"Book\"");
    /// ```
    pub fn quoted(&self) -> String {
        let mut sql = String::new();
        if let Some(schema) = &self.schema {
            Ident::new(schema).write(&mut sql);
            sql.push('.');
        }
        Ident::new(&self.name).write(&mut sql);
        sql
    }

    /// A table of a named schema.
    ///
    /// ```
    /// use orm_sql::schema::TableName;
    ///
    /// assert_eq!(TableName::within("shop", "item").to_string(), "shop.item");
    /// ```
    pub fn within(schema: impl Into<String>, name: impl Into<String>) -> Self {
        TableName { schema: Some(schema.into()), name: name.into() }
    }
}

/// The name for messages, without quotes.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

/// A table with everything that belongs to it.
///
/// ```
/// use orm_sql::schema::{Change, Column, ColumnType, Table};
/// use orm_sql::value::SqlType;
///
/// let mut table = Table::new("library_tag");
/// table.columns.push(Column::new("name", ColumnType::Varchar(40)));
/// table.columns.push(Column::new("uses", ColumnType::Plain(SqlType::Int4)).nullable());
/// assert_eq!(
///     Change::CreateTable(table).sql(),
///     "CREATE TABLE \"library_tag\" (\n    \"name\" varchar(40) NOT NULL,\n    \"uses\" integer\n)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The name.
    pub name: TableName,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The constraints: primary key, unique, foreign keys, checks.
    pub constraints: Vec<Constraint>,
    /// The indexes that no constraint owns, unique ones included.
    pub indexes: Vec<Index>,
    /// A comment for people.
    pub comment: Option<String>,
    /// Storage parameters: `fillfactor`, `autovacuum_enabled`, …
    pub storage: Storage,
    /// The tablespace, where it is not the default one.
    pub tablespace: Option<String>,
    /// What the database asks of rows that belong to tenants.
    pub row_level_security: Option<RowLevelSecurity>,
}

impl Table {
    /// A table of nothing yet, on the search path.
    pub fn new(name: impl Into<String>) -> Self {
        Table {
            name: TableName::new(name),
            columns: Vec::new(),
            constraints: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            storage: Storage::new(),
            tablespace: None,
            row_level_security: None,
        }
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The constraint of a name.
    pub fn constraint(&self, name: &str) -> Option<&Constraint> {
        self.constraints.iter().find(|constraint| constraint.name == name)
    }

    /// The index of a name.
    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    /// The columns of the primary key; none where the table has no key.
    pub fn primary_key(&self) -> &[String] {
        let keys = self.constraints.iter().find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => Some(columns.as_slice()),
            _ => None,
        });
        keys.unwrap_or_default()
    }

    /// The foreign keys.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.constraints.iter().filter_map(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some(key),
            _ => None,
        })
    }
}
