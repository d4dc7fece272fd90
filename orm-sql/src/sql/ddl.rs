//! The text of statements that make and drop tables, from the plain values of [`crate::schema`].

mod constraint;

use super::Writer;
use crate::ident::Ident;
use crate::schema::{
    Change, Column, ColumnType, Fill, Index, IndexKey, IndexPart, RawSql, Table, TableName,
};
use crate::value::{SqlType, SqlValue};

impl Change {
    /// The statement.
    ///
    /// ```
    /// use orm_sql::schema::{Change, Index, IndexPart, TableName};
    ///
    /// let parts = vec![IndexPart { desc: true, ..IndexPart::column("year") }];
    /// let index = Index::new("by_year", parts);
    /// assert_eq!(
    ///     Change::CreateIndex { table: TableName::new("book"), index }.sql(),
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
            Change::CreateDatabase { name, template } => {
                self.create("CREATE DATABASE ", name, false);
                self.copied_from(template.as_deref());
            }
            Change::DropDatabase { name, if_exists, force } => {
                self.drop_database(name, *if_exists, *force);
            }
            Change::CreateSchema { name, if_not_exists } => {
                self.create("CREATE SCHEMA ", name, *if_not_exists);
            }
            Change::CreateExtension { name, if_not_exists } => {
                self.create("CREATE EXTENSION ", name, *if_not_exists);
            }
            Change::CreateEnum { name, labels } => self.create_enum(name, labels),
            Change::CreateTable(table) => self.create_table(table),
            Change::DropTable { table, if_exists, cascade } => {
                self.raw(if *if_exists { "DROP TABLE IF EXISTS " } else { "DROP TABLE " });
                self.relation_name(table);
                self.cascade(*cascade);
            }
            Change::AddConstraint { table, constraint } => {
                self.alter(table, " ADD ");
                self.constraint(constraint);
            }
            Change::DropConstraint { table, name, if_exists, cascade } => {
                self.drop_constraint(table, name, *if_exists);
                self.cascade(*cascade);
            }
            Change::CreateIndex { table, index } => self.create_index(table, index),
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
        }
    }

    fn create(&mut self, what: &'static str, name: &str, if_not_exists: bool) {
        self.raw(what);
        self.raw(if if_not_exists { "IF NOT EXISTS " } else { "" });
        self.ident(Ident::new(name));
    }

    fn copied_from(&mut self, template: Option<&str>) {
        if let Some(template) = template {
            self.raw(" TEMPLATE ");
            self.ident(Ident::new(template));
        }
    }

    fn drop_database(&mut self, name: &str, if_exists: bool, force: bool) {
        self.raw(if if_exists { "DROP DATABASE IF EXISTS " } else { "DROP DATABASE " });
        self.ident(Ident::new(name));
        self.raw(if force { " WITH (FORCE)" } else { "" });
    }

    fn create_enum(&mut self, name: &TableName, labels: &[String]) {
        self.raw("CREATE TYPE ");
        self.relation_name(name);
        self.raw(" AS ENUM (");
        for (place, label) in labels.iter().enumerate() {
            self.separate(place, ", ");
            self.literal(&SqlValue::Text(label.clone()), SqlType::Text);
        }
        self.raw(")");
    }

    fn create_table(&mut self, table: &Table) {
        self.raw("CREATE TABLE ");
        self.relation_name(&table.name);
        self.raw(" (");
        for (place, column) in table.columns.iter().enumerate() {
            self.raw(if place == 0 { "\n    " } else { ",\n    " });
            self.column_definition(column);
        }
        for (place, constraint) in table.constraints.iter().enumerate() {
            let first = place == 0 && table.columns.is_empty();
            self.raw(if first { "\n    " } else { ",\n    " });
            self.constraint(constraint);
        }
        self.raw("\n)");
    }

    fn alter(&mut self, table: &TableName, what: &'static str) {
        self.raw("ALTER TABLE ");
        self.relation_name(table);
        self.raw(what);
    }

    fn drop_constraint(&mut self, table: &TableName, name: &str, if_exists: bool) {
        let drop = " DROP CONSTRAINT ";
        self.alter(table, if if_exists { " DROP CONSTRAINT IF EXISTS " } else { drop });
        self.ident(Ident::new(name));
    }

    fn cascade(&mut self, cascade: bool) {
        self.raw(if cascade { " CASCADE" } else { "" });
    }

    fn create_index(&mut self, table: &TableName, index: &Index) {
        let Index { name, unique, method, parts, include, nulls_distinct, condition } = index;
        self.raw(if *unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
        self.ident(Ident::new(name));
        self.raw(" ON ");
        self.relation_name(table);
        if method != "btree" {
            self.raw(" USING ");
            self.ident(Ident::new(method));
        }
        self.raw(" (");
        for (place, part) in parts.iter().enumerate() {
            self.separate(place, ", ");
            self.index_part(part);
        }
        self.raw(")");
        self.including(include);
        if !nulls_distinct {
            self.raw(" NULLS NOT DISTINCT");
        }
        if let Some(condition) = condition {
            self.raw(" WHERE ");
            self.user_text(condition);
        }
    }

    fn relation_name(&mut self, table: &TableName) {
        if let Some(schema) = &table.schema {
            self.ident(Ident::new(schema));
            self.raw(".");
        }
        self.ident(Ident::new(&table.name));
    }

    fn column_definition(&mut self, column: &Column) {
        let Column { name, column_type, null, fill, collation, comment: _ } = column;
        self.ident(Ident::new(name));
        self.raw(" ");
        self.column_type(column_type);
        if let Some(collation) = collation {
            self.raw(" COLLATE ");
            self.ident(Ident::new(collation));
        }
        match fill {
            Fill::Nothing => {}
            Fill::Identity => self.raw(" GENERATED BY DEFAULT AS IDENTITY"),
            Fill::Default(sql) => {
                self.raw(" DEFAULT ");
                self.in_parentheses(sql);
            }
            Fill::Generated(sql) => {
                self.raw(" GENERATED ALWAYS AS ");
                self.in_parentheses(sql);
                self.raw(" STORED");
            }
        }
        if !null {
            self.raw(" NOT NULL");
        }
    }

    fn column_type(&mut self, column_type: &ColumnType) {
        match column_type {
            ColumnType::Plain(sql_type) => self.type_name(*sql_type),
            ColumnType::Varchar(length) => {
                self.raw("varchar(");
                self.count(*length);
                self.raw(")");
            }
            ColumnType::Numeric { digits, places } => {
                self.raw("numeric(");
                self.count(u32::from(*digits));
                self.raw(", ");
                self.count(u32::from(*places));
                self.raw(")");
            }
            ColumnType::Array(item) => {
                self.column_type(item);
                self.raw("[]");
            }
            ColumnType::Named(name) => self.user_text(name),
        }
    }

    fn index_part(&mut self, part: &IndexPart) {
        match &part.key {
            IndexKey::Column(name) => self.ident(Ident::new(name)),
            IndexKey::Expression(sql) => self.in_parentheses(sql),
        }
        if part.desc {
            self.raw(" DESC");
        }
    }

    fn comment(&mut self, comment: Option<&str>) {
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
