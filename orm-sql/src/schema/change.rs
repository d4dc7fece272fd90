//! Changes of a schema as plain values.

use super::{Constraint, Index, Table, TableName};

/// A change of a schema: one statement.
///
/// ```
/// use orm_sql::schema::{Change, TableName};
///
/// let drop = Change::DropTable { table: TableName::new("tag"), if_exists: true, cascade: false };
/// assert_eq!(drop.sql(), "DROP TABLE IF EXISTS \"tag\"");
/// let name = || "test_1".to_owned();
/// let copy = Change::CreateDatabase { name: name(), template: Some("library".into()) };
/// assert_eq!(copy.sql(), "CREATE DATABASE \"test_1\" TEMPLATE \"library\"");
/// let drop = Change::DropDatabase { name: name(), if_exists: false, force: true };
/// assert_eq!(drop.sql(), "DROP DATABASE \"test_1\" WITH (FORCE)");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// `CREATE DATABASE`. It cannot stand in a transaction.
    CreateDatabase {
        /// Its name.
        name: String,
        /// What it is a copy of, where that is not the server's default.
        template: Option<String>,
    },
    /// `DROP DATABASE`. It cannot stand in a transaction.
    DropDatabase {
        /// Its name.
        name: String,
        /// It need not be there.
        if_exists: bool,
        /// Connections to it are closed.
        force: bool,
    },
    /// `CREATE SCHEMA`.
    CreateSchema {
        /// Its name.
        name: String,
        /// It may be there already.
        if_not_exists: bool,
    },
    /// `CREATE EXTENSION`.
    CreateExtension {
        /// Its name.
        name: String,
        /// It may be there already.
        if_not_exists: bool,
    },
    /// `CREATE TYPE … AS ENUM`.
    CreateEnum {
        /// Its name.
        name: TableName,
        /// Its values, in order.
        labels: Vec<String>,
    },
    /// `CREATE TABLE` with its columns and constraints; indexes and comments are changes of their
    /// own.
    CreateTable(Table),
    /// `DROP TABLE`.
    DropTable {
        /// Its name.
        table: TableName,
        /// It need not be there.
        if_exists: bool,
        /// What refers to the table loses its foreign key.
        cascade: bool,
    },
    /// `ALTER TABLE … ADD CONSTRAINT`.
    AddConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        constraint: Constraint,
    },
    /// `ALTER TABLE … DROP CONSTRAINT`.
    DropConstraint {
        /// The table.
        table: TableName,
        /// The constraint's name.
        name: String,
        /// It need not be there.
        if_exists: bool,
        /// What needs it goes as well.
        cascade: bool,
    },
    /// `CREATE INDEX`.
    CreateIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: Index,
    },
    /// `COMMENT ON TABLE`.
    CommentOnTable {
        /// The table.
        table: TableName,
        /// For people; `None` for no comment any more.
        comment: Option<String>,
    },
    /// `COMMENT ON COLUMN`.
    CommentOnColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// For people; `None` for no comment any more.
        comment: Option<String>,
    },
}

impl Change {
    /// The comments of a table and its columns, where there are any.
    ///
    /// ```
    /// use orm_sql::schema::{Change, Table};
    ///
    /// let table = Table { comment: Some("what we lend".into()), ..Table::new("book") };
    /// let comments: Vec<String> = Change::comments(&table).map(|change| change.sql()).collect();
    /// assert_eq!(comments, ["COMMENT ON TABLE \"book\" IS 'what we lend'"]);
    /// ```
    pub fn comments(table: &Table) -> impl Iterator<Item = Change> {
        let name = || table.name.clone();
        let on_table = table.comment.iter().map(move |comment| Change::CommentOnTable {
            table: name(),
            comment: Some(comment.clone()),
        });
        let on_columns = table.columns.iter().filter_map(move |column| {
            let comment = Some(column.comment.clone()?);
            Some(Change::CommentOnColumn { table: name(), column: column.name.clone(), comment })
        });
        on_table.chain(on_columns)
    }
}
