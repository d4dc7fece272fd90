//! Indexes: made, dropped, renamed.

use crate::ident::Ident;
use crate::schema::{Index, IndexKey, IndexPart, Storage, TableName};
use crate::sql::Writer;
use crate::value::{SqlType, SqlValue};

impl Writer<'_> {
    pub(super) fn create_index(&mut self, table: &TableName, index: &Index, concurrently: bool) {
        let Index {
            name,
            unique,
            method,
            parts,
            include,
            nulls_distinct,
            condition,
            storage,
            tablespace,
        } = index;
        self.raw(if *unique { "CREATE UNIQUE INDEX " } else { "CREATE INDEX " });
        self.raw(if concurrently { "CONCURRENTLY " } else { "" });
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
        self.stored(storage, tablespace.as_deref());
        if let Some(condition) = condition {
            self.raw(" WHERE ");
            self.user_text(condition);
        }
    }

    /// ` WITH (…) TABLESPACE …`, where there is something to say.
    pub(super) fn stored(&mut self, storage: &Storage, tablespace: Option<&str>) {
        if !storage.is_empty() {
            self.raw(" WITH ");
            self.storage(storage);
        }
        if let Some(tablespace) = tablespace {
            self.raw(" TABLESPACE ");
            self.ident(Ident::new(tablespace));
        }
    }

    /// Values are literals: the server reads numbers and words from them as well.
    pub(super) fn storage(&mut self, storage: &Storage) {
        self.raw("(");
        for (place, (name, value)) in storage.iter().enumerate() {
            self.separate(place, ", ");
            self.storage_name(name);
            self.raw(" = ");
            self.literal(&SqlValue::Text(value.clone()), SqlType::Text);
        }
        self.raw(")");
    }

    /// `toast.autovacuum_enabled` are two names.
    pub(super) fn storage_name(&mut self, name: &str) {
        for (place, part) in name.split('.').enumerate() {
            self.separate(place, ".");
            self.ident(Ident::new(part));
        }
    }

    pub(super) fn drop_index(&mut self, name: &TableName, if_exists: bool, concurrently: bool) {
        self.raw("DROP INDEX ");
        self.raw(if concurrently { "CONCURRENTLY " } else { "" });
        self.raw(if if_exists { "IF EXISTS " } else { "" });
        self.relation_name(name);
    }

    pub(super) fn rename_index(&mut self, name: &TableName, to: &str) {
        self.raw("ALTER INDEX ");
        self.relation_name(name);
        self.raw(" RENAME TO ");
        self.ident(Ident::new(to));
    }

    pub(super) fn index_part(&mut self, part: &IndexPart) {
        match &part.key {
            IndexKey::Column(name) => self.ident(Ident::new(name)),
            IndexKey::Expression(sql) => self.in_parentheses(sql),
        }
        if let Some(collation) = &part.collation {
            self.raw(" COLLATE ");
            self.ident(Ident::new(collation));
        }
        if let Some(class) = &part.operator_class {
            self.raw(" ");
            self.ident(Ident::new(class));
        }
        if part.desc {
            self.raw(" DESC");
        }
        self.raw(match part.nulls_first {
            None => "",
            Some(true) => " NULLS FIRST",
            Some(false) => " NULLS LAST",
        });
    }
}
