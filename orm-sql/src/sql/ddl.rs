//! The text of statements that make and drop tables, from the plain values of [`crate::schema`].

mod cast;
mod column;
mod constraint;
mod container;
mod enum_type;
mod index;
mod table;
mod view;

pub use cast::checked_cast;

use super::Writer;
use crate::ident::Ident;
use crate::schema::{Change, RawSql, TableName};
use crate::value::{SqlType, SqlValue};

impl Change {
    /// The statement.
    ///
    /// ```
    /// use orm_sql::schema::{Change, Index, IndexPart, TableName};
    ///
    /// let parts = vec![IndexPart { desc: true, ..IndexPart::column("year") }];
    /// let index = Index::new("by_year", parts);
    /// let create =
    ///     Change::CreateIndex { table: TableName::new("book"), index, concurrently: false };
    /// assert_eq!(
    ///     create.sql(),
    ///     "CREATE INDEX \"by_year\" ON \"book\" (\"year\" DESC)"
    /// );
    /// ```
    pub fn sql(&self) -> String {
        let mut writer = Writer::new(Default::default(), Vec::new());
        writer.ddl(self);
        writer.finish().0
    }
}

impl Writer<'_> {
    /// A change of a schema.
    pub fn ddl(&mut self, change: &Change) {
        match change {
            Change::CreateTable(table) => self.create_table(table),
            Change::RenameTable { table, to } => self.renamed(table, " RENAME TO ", None, to),
            Change::SetSchema { table, schema } => {
                self.renamed(table, " SET SCHEMA ", None, schema);
            }
            Change::RenameColumn { table, from, to } => {
                self.renamed(table, " RENAME COLUMN ", Some(from), to);
            }
            Change::RenameConstraint { table, from, to } => {
                self.renamed(table, " RENAME CONSTRAINT ", Some(from), to);
            }
            Change::AlterTable { table, alters } => self.alter_table(table, alters),
            Change::FillNulls { table, column, value, pages } => {
                self.fill_nulls((table, column), value, pages.as_ref());
            }
            Change::RestartIdentity { table, column } => self.restart_identity(table, column),
            Change::Sql(sql) => self.user_text(sql),
            Change::CheckNow => self.raw("SET CONSTRAINTS ALL IMMEDIATE"),
            Change::CreateIndex { table, index, concurrently } => {
                self.create_index(table, index, *concurrently);
            }
            Change::DropIndex { name, if_exists, concurrently } => {
                self.drop_index(name, *if_exists, *concurrently);
            }
            Change::RenameIndex { name, to } => self.rename_index(name, to),
            Change::CommentOnTable { table, comment } => {
                self.raw("COMMENT ON TABLE ");
                self.relation_name(table);
                self.comment(comment.as_deref());
            }
            Change::CommentOnColumn { table, column, comment } => {
                self.raw("COMMENT ON COLUMN ");
                self.relation_name(table);
                self.raw(".");
                self.ident(Ident::new(column));
                self.comment(comment.as_deref());
            }
            _ => self.whole(change),
        }
    }

    /// What becomes of whole tables.
    fn whole(&mut self, change: &Change) {
        match change {
            Change::DropTable { table, if_exists, cascade } => {
                self.drop_table(table, *if_exists, *cascade);
            }
            Change::Truncate { tables, restart_identity } => {
                self.truncate(tables, *restart_identity);
            }
            Change::CreatePolicy { table, name, using } => self.create_policy(table, name, using),
            Change::DropPolicy { table, name } => self.drop_policy(table, name),
            _ if self.view(change) => {}
            _ => self.container(change),
        }
    }

    pub(super) fn relation_name(&mut self, table: &TableName) {
        if let Some(schema) = &table.schema {
            self.ident(Ident::new(schema));
            self.raw(".");
        }
        self.ident(Ident::new(&table.name));
    }

    pub(super) fn comment(&mut self, comment: Option<&str>) {
        self.raw(" IS ");
        let text = comment.map_or(SqlValue::Null, |comment| SqlValue::Text(comment.to_owned()));
        self.literal(&text, SqlType::Text);
    }

    fn count(&mut self, number: u32) {
        self.literal(&SqlValue::I64(i64::from(number)), SqlType::Int8);
    }

    fn in_parentheses(&mut self, sql: &RawSql) {
        self.raw("(");
        self.user_text(sql);
        self.raw(")");
    }

    /// Text that has gone through the writer before, or that the user takes the blame for.
    fn user_text(&mut self, sql: &RawSql) {
        self.sql.push_str(sql.as_str());
    }
}
