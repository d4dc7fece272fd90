//! Changes of a schema as plain values.

use super::{
    Column, ColumnType, Constraint, Deferrable, Index, RawSql, Storage, Table, TableName, View,
};
use std::ops::Range;

/// A change of a schema: one statement.
///
/// ```
/// use orm_sql::schema::{Change, RawSql, TableName};
///
/// let drop = Change::DropTable { table: TableName::new("tag"), if_exists: true, cascade: false };
/// assert_eq!(drop.sql(), "DROP TABLE IF EXISTS \"tag\"");
/// let name = || "test_1".to_owned();
/// let copy = Change::CreateDatabase { name: name(), template: Some("library".into()) };
/// assert_eq!(copy.sql(), "CREATE DATABASE \"test_1\" TEMPLATE \"library\"");
/// let drop = Change::DropDatabase { name: name(), if_exists: false, force: true };
/// assert_eq!(drop.sql(), "DROP DATABASE \"test_1\" WITH (FORCE)");
/// let (table, column) = (TableName::new("book"), "pages".to_owned());
/// let fill = Change::FillNulls { table, column, value: RawSql::new("0"), pages: Some(8..16) };
/// assert_eq!(
///     fill.sql(),
///     "UPDATE \"book\" SET \"pages\" = (0) WHERE \"pages\" IS NULL \
///      AND ctid >= '(8,0)' AND ctid < '(16,0)'"
/// );
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
    /// `DROP SCHEMA`, which is refused while something is in it.
    DropSchema {
        /// Its name.
        name: String,
    },
    /// `DROP EXTENSION`, which is refused while something needs it.
    DropExtension {
        /// Its name.
        name: String,
    },
    /// `CREATE TYPE … AS ENUM`.
    CreateEnum {
        /// Its name.
        name: TableName,
        /// Its values, in order.
        labels: Vec<String>,
    },
    /// `ALTER TYPE … ADD VALUE`. The value cannot be used before the transaction has ended.
    AddEnumLabel {
        /// The type.
        name: TableName,
        /// The new value.
        label: String,
        /// The value that it comes before; `None` for the last place.
        before: Option<String>,
    },
    /// `ALTER TYPE … RENAME VALUE`.
    RenameEnumLabel {
        /// The type.
        name: TableName,
        /// The value as it is called.
        from: String,
        /// As it will be.
        to: String,
    },
    /// `CREATE COLLATION`.
    CreateCollation {
        /// Its name.
        name: TableName,
        /// What it is.
        collation: Collation,
    },
    /// `DROP COLLATION`, which is refused while a column has it.
    DropCollation {
        /// Its name.
        name: TableName,
    },
    /// `ALTER TYPE … RENAME TO`.
    RenameEnum {
        /// The type as it is called.
        name: TableName,
        /// As it will be, in the same schema.
        to: String,
    },
    /// `ALTER TYPE … SET SCHEMA`.
    SetEnumSchema {
        /// The type.
        name: TableName,
        /// Where it will be.
        schema: String,
    },
    /// An error where rows have some values of an enum type in a column.
    RefuseValues {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// It holds arrays.
        is_array: bool,
        /// The values.
        values: Vec<String>,
    },
    /// `DROP TYPE`, which is refused while a column has it.
    DropEnum {
        /// Its name.
        name: TableName,
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
    /// `TRUNCATE`: all rows go. Tables that refer to each other must go together.
    Truncate {
        /// The tables.
        tables: Vec<TableName>,
        /// Identity columns begin anew.
        restart_identity: bool,
    },
    /// `ALTER TABLE … RENAME TO`.
    RenameTable {
        /// The table as it is called.
        table: TableName,
        /// As it will be, in the same schema.
        to: String,
    },
    /// `ALTER TABLE … SET SCHEMA`.
    SetSchema {
        /// The table.
        table: TableName,
        /// Where it will be.
        schema: String,
    },
    /// `ALTER TABLE … RENAME COLUMN`.
    RenameColumn {
        /// The table.
        table: TableName,
        /// The column as it is called.
        from: String,
        /// As it will be.
        to: String,
    },
    /// `ALTER TABLE … RENAME CONSTRAINT`, and its index with it.
    RenameConstraint {
        /// The table.
        table: TableName,
        /// The constraint as it is called.
        from: String,
        /// As it will be.
        to: String,
    },
    /// `ALTER TABLE`, in one go over its rows.
    AlterTable {
        /// The table.
        table: TableName,
        /// What becomes different; not empty.
        alters: Vec<AlterTable>,
    },
    /// `UPDATE`: rows that have no value in a column get this one.
    FillNulls {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// The value.
        value: RawSql,
        /// Only rows of these pages of the table; `None` for all.
        pages: Option<Range<u32>>,
    },
    /// `setval`: the next number of an identity column is one more than the greatest there is.
    RestartIdentity {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
    },
    /// `SET CONSTRAINTS ALL IMMEDIATE`: what waits for the end of the transaction is checked now, so
    /// that the tables can be altered.
    CheckNow,
    /// SQL of the user's own.
    Sql(RawSql),
    /// `CREATE INDEX`.
    CreateIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: Index,
        /// Writers are not locked out. It cannot stand in a transaction.
        concurrently: bool,
    },
    /// `DROP INDEX`.
    DropIndex {
        /// Its name, with the schema of its table.
        name: TableName,
        /// It need not be there.
        if_exists: bool,
        /// Nobody is locked out. It cannot stand in a transaction.
        concurrently: bool,
    },
    /// `ALTER INDEX … RENAME TO`.
    RenameIndex {
        /// Its name, with the schema of its table.
        name: TableName,
        /// As it will be.
        to: String,
    },
    /// `CREATE VIEW`, `CREATE MATERIALIZED VIEW`; the latter is filled.
    CreateView {
        /// The view.
        view: View,
        /// `OR REPLACE`: one that is there gets another query, of the same columns or more. Not for
        /// materialized ones.
        replace: bool,
    },
    /// `DROP VIEW`.
    DropView {
        /// Its name.
        name: TableName,
        /// Its rows are stored.
        materialized: bool,
        /// It need not be there.
        if_exists: bool,
        /// Views that read it go as well.
        cascade: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshView {
        /// Its name.
        name: TableName,
        /// Readers are not locked out, which takes a unique index.
        concurrently: bool,
    },
    /// `CREATE POLICY`: rows that are seen, and rows that are written, fulfil a condition.
    CreatePolicy {
        /// The table.
        table: TableName,
        /// The name, within the table.
        name: String,
        /// The condition.
        using: RawSql,
    },
    /// `DROP POLICY`.
    DropPolicy {
        /// The table.
        table: TableName,
        /// The name.
        name: String,
    },
    /// `COMMENT ON TABLE`.
    CommentOnTable {
        /// The table.
        table: TableName,
        /// For people; `None` for no comment any more.
        comment: Option<String>,
    },
    /// `COMMENT ON VIEW`, `COMMENT ON MATERIALIZED VIEW`.
    CommentOnView {
        /// The view.
        name: TableName,
        /// Its rows are stored.
        materialized: bool,
        /// For people; `None` for no comment any more.
        comment: Option<String>,
    },
    /// `COMMENT ON COLUMN`, of a table or of a view.
    CommentOnColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: String,
        /// For people; `None` for no comment any more.
        comment: Option<String>,
    },
}

/// An order of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collation {
    /// The locale, as the provider calls it: `de-u-kn-true`.
    pub locale: String,
    /// Whose locale that is: `icu`, `libc`.
    pub provider: String,
    /// False: texts of other bytes can be equal.
    pub deterministic: bool,
}

/// What becomes different of a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AlterTable {
    /// `ADD COLUMN`.
    AddColumn(Column),
    /// `DROP COLUMN`, with its indexes and constraints.
    DropColumn(String),
    /// `ALTER COLUMN`.
    AlterColumn {
        /// The column.
        column: String,
        /// What becomes different of it.
        alter: AlterColumn,
    },
    /// `ADD CONSTRAINT`.
    AddConstraint {
        /// The constraint.
        constraint: Constraint,
        /// False: `NOT VALID`, the rows that are there are not looked at.
        valid: bool,
    },
    /// `ADD CONSTRAINT … USING INDEX`: a unique index that is there becomes the constraint's, and gets
    /// its name.
    AddConstraintOfIndex {
        /// The constraint's name.
        name: String,
        /// The index, in the schema of the table.
        index: String,
        /// True for the primary key.
        primary: bool,
        /// When it is checked, if not at once.
        deferrable: Option<Deferrable>,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint(String),
    /// `SET (…)`: storage parameters.
    SetStorage(Storage),
    /// `RESET (…)`: these storage parameters have their defaults.
    ResetStorage(Vec<String>),
    /// `SET TABLESPACE`; `None` for the default one.
    SetTablespace(Option<String>),
    /// `ENABLE ROW LEVEL SECURITY`, or `DISABLE`.
    RowLevelSecurity(bool),
    /// `FORCE ROW LEVEL SECURITY`, which the owner is not free of then, or `NO FORCE`.
    ForceRowLevelSecurity(bool),
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// The constraint's name.
        name: String,
        /// It need not be there.
        if_exists: bool,
        /// What needs it goes as well.
        cascade: bool,
    },
}

/// What becomes different of a column.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AlterColumn {
    /// `TYPE`.
    Type {
        /// The type.
        column_type: ColumnType,
        /// The collation, where the column has one of its own.
        collation: Option<String>,
        /// `USING`: how values become new ones; `None` for a cast.
        using: Option<RawSql>,
    },
    /// `SET DEFAULT`.
    SetDefault(RawSql),
    /// `DROP DEFAULT`.
    DropDefault,
    /// `SET NOT NULL`.
    SetNotNull,
    /// `DROP NOT NULL`.
    DropNotNull,
    /// `ADD GENERATED BY DEFAULT AS IDENTITY`.
    AddIdentity,
    /// `DROP IDENTITY`.
    DropIdentity,
    /// `DROP EXPRESSION`: what was generated stays, and is a value like others.
    DropExpression,
}

impl Change {
    /// `ALTER TABLE` for one thing.
    ///
    /// ```
    /// use orm_sql::schema::{AlterTable, Change, TableName};
    ///
    /// let drop = Change::alter(&TableName::new("book"), AlterTable::DropColumn("isbn".into()));
    /// assert_eq!(drop.sql(), "ALTER TABLE \"book\" DROP COLUMN \"isbn\"");
    /// ```
    pub fn alter(table: &TableName, alter: AlterTable) -> Change {
        Change::AlterTable { table: table.clone(), alters: vec![alter] }
    }

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
