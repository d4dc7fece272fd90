//! What tables are in: databases, schemas, extensions, collations.

use crate::ident::Ident;
use crate::schema::{Change, Collation, TableName};
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
            Change::CreateCollation { name, collation } => self.create_collation(name, collation),
            Change::DropCollation { name } => {
                self.raw("DROP COLLATION ");
                self.relation_name(name);
            }
            _ => self.enum_type(change),
        }
    }

    fn create(&mut self, what: &'static str, name: &str, if_not_exists: bool) {
        self.raw(what);
        self.raw(if if_not_exists { "IF NOT EXISTS " } else { "" });
        self.ident(Ident::new(name));
    }

    fn create_collation(&mut self, name: &TableName, collation: &Collation) {
        let Collation { locale, provider, deterministic } = collation;
        self.raw("CREATE COLLATION ");
        self.relation_name(name);
        self.raw(" (provider = ");
        self.literal(&SqlValue::Text(provider.clone()), SqlType::Text);
        self.raw(", locale = ");
        self.literal(&SqlValue::Text(locale.clone()), SqlType::Text);
        self.raw(if *deterministic { ")" } else { ", deterministic = false)" });
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
}
