//! Tables: made, altered, renamed, dropped.

use crate::ident::Ident;
use crate::schema::{AlterTable, Deferrable, RawSql, Table, TableName};
use crate::sql::Writer;
use crate::value::{SqlType, SqlValue};
use std::ops::Range;

impl Writer<'_> {
    pub(super) fn create_table(&mut self, table: &Table) {
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
        self.stored(&table.storage, table.tablespace.as_deref());
    }

    pub(super) fn drop_table(&mut self, table: &TableName, if_exists: bool, cascade: bool) {
        self.raw(if if_exists { "DROP TABLE IF EXISTS " } else { "DROP TABLE " });
        self.relation_name(table);
        self.cascade(cascade);
    }

    /// A new name for a table, or for something of it.
    pub(super) fn renamed(
        &mut self,
        table: &TableName,
        what: &'static str,
        from: Option<&str>,
        to: &str,
    ) {
        self.raw("ALTER TABLE ");
        self.relation_name(table);
        self.raw(what);
        if let Some(from) = from {
            self.ident(Ident::new(from));
            self.raw(" TO ");
        }
        self.ident(Ident::new(to));
    }

    pub(super) fn alter_table(&mut self, table: &TableName, alters: &[AlterTable]) {
        self.raw("ALTER TABLE ");
        self.relation_name(table);
        for (place, alter) in alters.iter().enumerate() {
            self.raw(match alters {
                [_] => " ",
                _ if place == 0 => "\n    ",
                _ => ",\n    ",
            });
            self.alter(alter);
        }
    }

    fn alter(&mut self, alter: &AlterTable) {
        match alter {
            AlterTable::AddColumn(column) => {
                self.raw("ADD COLUMN ");
                self.column_definition(column);
            }
            AlterTable::DropColumn(column) => self.named("DROP COLUMN ", column),
            AlterTable::AlterColumn { column, alter } => self.alter_column(column, alter),
            AlterTable::AddConstraint { constraint, valid } => {
                self.raw("ADD ");
                self.constraint(constraint);
                self.raw(if *valid { "" } else { " NOT VALID" });
            }
            AlterTable::AddConstraintOfIndex { name, index, primary, deferrable } => {
                self.constraint_of_index(name, index, *primary, *deferrable);
            }
            AlterTable::ValidateConstraint(name) => self.named("VALIDATE CONSTRAINT ", name),
            AlterTable::SetStorage(storage) => {
                self.raw("SET ");
                self.storage(storage);
            }
            AlterTable::ResetStorage(names) => self.reset_storage(names),
            AlterTable::SetTablespace(name) => {
                self.raw("SET TABLESPACE ");
                self.ident(Ident::new(name.as_deref().unwrap_or("pg_default")));
            }
            AlterTable::RowLevelSecurity(on) => self.row_level_security(["DISABLE", "ENABLE"], *on),
            AlterTable::ForceRowLevelSecurity(on) => {
                self.row_level_security(["NO FORCE", "FORCE"], *on);
            }
            AlterTable::DropConstraint { name, if_exists, cascade } => {
                self.raw("DROP CONSTRAINT ");
                self.raw(if *if_exists { "IF EXISTS " } else { "" });
                self.ident(Ident::new(name));
                self.cascade(*cascade);
            }
        }
    }

    fn named(&mut self, what: &'static str, name: &str) {
        self.raw(what);
        self.ident(Ident::new(name));
    }

    fn row_level_security(&mut self, [off, on]: [&'static str; 2], is_on: bool) {
        self.raw(if is_on { on } else { off });
        self.raw(" ROW LEVEL SECURITY");
    }

    pub(super) fn create_policy(&mut self, table: &TableName, name: &str, using: &RawSql) {
        self.raw("CREATE POLICY ");
        self.ident(Ident::new(name));
        self.raw(" ON ");
        self.relation_name(table);
        self.raw(" USING ");
        self.in_parentheses(using);
    }

    pub(super) fn drop_policy(&mut self, table: &TableName, name: &str) {
        self.raw("DROP POLICY ");
        self.ident(Ident::new(name));
        self.raw(" ON ");
        self.relation_name(table);
    }

    fn reset_storage(&mut self, names: &[String]) {
        self.raw("RESET (");
        for (place, name) in names.iter().enumerate() {
            self.separate(place, ", ");
            self.storage_name(name);
        }
        self.raw(")");
    }

    pub(super) fn truncate(&mut self, tables: &[TableName], restart_identity: bool) {
        self.raw("TRUNCATE ");
        for (place, table) in tables.iter().enumerate() {
            self.separate(place, ", ");
            self.relation_name(table);
        }
        self.raw(if restart_identity { " RESTART IDENTITY" } else { "" });
    }

    pub(super) fn fill_nulls(
        &mut self,
        (table, column): (&TableName, &str),
        value: &RawSql,
        pages: Option<&Range<u32>>,
    ) {
        self.raw("UPDATE ");
        self.relation_name(table);
        self.raw(" SET ");
        self.ident(Ident::new(column));
        self.raw(" = ");
        self.in_parentheses(value);
        self.raw(" WHERE ");
        self.ident(Ident::new(column));
        self.raw(" IS NULL");
        if let Some(Range { start, end }) = pages {
            self.raw(" AND ctid >= ");
            self.literal(&SqlValue::Text(format!("({start},0)")), SqlType::Text);
            self.raw(" AND ctid < ");
            self.literal(&SqlValue::Text(format!("({end},0)")), SqlType::Text);
        }
    }

    fn constraint_of_index(
        &mut self,
        name: &str,
        index: &str,
        primary: bool,
        deferrable: Option<Deferrable>,
    ) {
        self.raw("ADD CONSTRAINT ");
        self.ident(Ident::new(name));
        self.raw(if primary { " PRIMARY KEY" } else { " UNIQUE" });
        self.raw(" USING INDEX ");
        self.ident(Ident::new(index));
        self.deferrable(deferrable);
    }

    pub(super) fn restart_identity(&mut self, table: &TableName, column: &str) {
        self.raw("SELECT setval(pg_get_serial_sequence(");
        self.literal(&SqlValue::Text(table.quoted()), SqlType::Text);
        self.raw(", ");
        self.literal(&SqlValue::Text(column.to_owned()), SqlType::Text);
        self.raw("), GREATEST(MAX(");
        self.ident(Ident::new(column));
        self.raw("), 0) + 1, false) FROM ");
        self.relation_name(table);
    }

    fn cascade(&mut self, cascade: bool) {
        self.raw(if cascade { " CASCADE" } else { "" });
    }
}
