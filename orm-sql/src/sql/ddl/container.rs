//! What tables are in, and types of one's own: databases, schemas, extensions, enums.

use crate::ident::Ident;
use crate::schema::{Change, TableName};
use crate::sql::Writer;
use crate::value::{SqlType, SqlValue};

impl Writer<'_> {
    /// A change of what is no table, index or comment.
    pub(super) fn container(&mut self, change: &Change) {
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
            Change::DropSchema { name } => self.create("DROP SCHEMA ", name, false),
            Change::CreateExtension { name, if_not_exists } => {
                self.create("CREATE EXTENSION ", name, *if_not_exists);
            }
            Change::DropExtension { name } => self.create("DROP EXTENSION ", name, false),
            Change::CreateEnum { name, labels } => self.create_enum(name, labels),
            Change::AddEnumLabel { name, label, before } => {
                self.alter_type(name, " ADD VALUE ");
                self.text(label);
                if let Some(before) = before {
                    self.raw(" BEFORE ");
                    self.text(before);
                }
            }
            Change::RenameEnumLabel { name, from, to } => {
                self.alter_type(name, " RENAME VALUE ");
                self.text(from);
                self.raw(" TO ");
                self.text(to);
            }
            Change::DropEnum { name } => {
                self.raw("DROP TYPE ");
                self.relation_name(name);
            }
            _ => {}
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
            self.text(label);
        }
        self.raw(")");
    }

    fn alter_type(&mut self, name: &TableName, what: &'static str) {
        self.raw("ALTER TYPE ");
        self.relation_name(name);
        self.raw(what);
    }

    fn text(&mut self, text: &str) {
        self.literal(&SqlValue::Text(text.to_owned()), SqlType::Text);
    }
}
