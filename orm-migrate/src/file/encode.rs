//! Operations as tables.

use super::{Replaced, field, model};
use crate::operation::{ConstraintState, Operation, Options};
use orm_core::tables::state::ModelName;
use orm_sql::schema::{Storage, TableName};
use toml_edit::{Array, InlineTable, Item, Table, Value};

/// The word for operations on the database and on the state apart from each other.
pub(super) const SEPARATE: &str = "separate_database_and_state";

/// What is written only where there is something to say.
pub(super) trait Put {
    fn text(&mut self, key: &str, text: &str);
    fn maybe(&mut self, key: &str, text: Option<&str>);
    fn flag(&mut self, key: &str, flag: bool);
    fn texts(&mut self, key: &str, texts: &[String]);
    fn pairs(&mut self, key: &str, pairs: &[(String, String)]);
    fn table(&mut self, key: &str, table: &Storage);
    fn table_name(&mut self, name: &TableName);
    fn tables<T>(&mut self, key: &str, all: &[T], encode: impl Fn(&T, &mut InlineTable));
}

impl Put for InlineTable {
    fn text(&mut self, key: &str, text: &str) {
        self.insert(key, Value::from(text));
    }

    fn maybe(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn flag(&mut self, key: &str, flag: bool) {
        if flag {
            self.insert(key, Value::from(true));
        }
    }

    fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.insert(key, Value::Array(texts.iter().map(|text| Value::from(&**text)).collect()));
        }
    }

    fn pairs(&mut self, key: &str, pairs: &[(String, String)]) {
        let pair = |(first, second): &(String, String)| {
            Value::Array([&**first, &**second].into_iter().map(Value::from).collect())
        };
        if !pairs.is_empty() {
            self.insert(key, Value::Array(pairs.iter().map(pair).collect()));
        }
    }

    fn table(&mut self, key: &str, table: &Storage) {
        if !table.is_empty() {
            let texts = table.iter().map(|(name, value)| (&**name, Value::from(&**value)));
            self.insert(key, Value::InlineTable(texts.collect()));
        }
    }

    fn table_name(&mut self, name: &TableName) {
        self.maybe("schema", name.schema.as_deref());
        self.text("table", &name.name);
    }

    fn tables<T>(&mut self, key: &str, all: &[T], encode: impl Fn(&T, &mut InlineTable)) {
        if all.is_empty() {
            return;
        }
        let mut array = Array::new();
        for one in all {
            let mut table = InlineTable::new();
            encode(one, &mut table);
            array.push(Value::InlineTable(table));
        }
        self.insert(key, Value::Array(array));
    }
}

/// A table with lines of its own; lists of tables have a line for each.
pub(super) fn operation(operation: &Operation) -> Table {
    let mut inline = InlineTable::new();
    fields(operation.plain(), &mut inline);
    inline.flag("safely", matches!(operation, Operation::Safely(_)));
    let mut table = Table::new();
    for (key, mut value) in inline {
        if let Value::Array(array) = &mut value
            && array.iter().any(Value::is_inline_table)
        {
            in_lines(array);
        }
        table.insert(&key, Item::Value(value));
    }
    if let Operation::SeparateDatabaseAndState { database, state } = operation {
        for (key, operations) in [("database", database), ("state", state)] {
            if !operations.is_empty() {
                let tables = operations.iter().map(self::operation).collect();
                table.insert(key, Item::ArrayOfTables(tables));
            }
        }
    }
    table
}

/// A line for each.
fn in_lines(array: &mut Array) {
    array.iter_mut().for_each(|one| one.decor_mut().set_prefix("\n    "));
    array.set_trailing_comma(true);
    array.set_trailing("\n");
}

/// The migrations that another one stands for.
pub(super) fn replaced(all: &[Replaced]) -> Value {
    let mut array = Array::new();
    for one in all {
        let mut table = InlineTable::new();
        table.text("name", &one.name.to_string());
        table.text("id", &one.id);
        if !one.replaces.is_empty() {
            table.insert("replaces", replaced(&one.replaces));
        }
        array.push(Value::InlineTable(table));
    }
    in_lines(&mut array);
    Value::Array(array)
}

fn fields(operation: &Operation, out: &mut InlineTable) {
    match operation {
        Operation::CreateModel(model) => {
            out.text("create_model", &model.name.name);
            model::encode(model, out);
        }
        Operation::DeleteModel(model) => out.text("delete_model", &model.name),
        Operation::RenameModel { from, to, table } => {
            out.text("rename_model", &from.name);
            out.text("to", &to.to_string());
            if let Some(table) = table {
                out.table_name(table);
            }
        }
        Operation::AlterTable { model, table } => {
            out.text("alter_table", &model.name);
            out.table_name(table);
        }
        Operation::AlterOptions { model, options } => {
            out.text("alter_options", &model.name);
            self::options(options, out);
        }
        Operation::AlterRowLevelSecurity { model, tenant } => {
            out.text("alter_row_level_security", &model.name);
            out.maybe("tenant", tenant.as_deref());
        }
        Operation::AlterPrimaryKey { model, fields } => {
            out.text("alter_primary_key", &model.name);
            out.texts("fields", fields);
        }
        _ => of_field(operation, out),
    }
}

fn options(options: &Options, out: &mut InlineTable) {
    let Options {
        managed,
        ordering,
        comment,
        storage,
        tablespace,
        on_delete_in_library,
        primary_key_name,
    } = options;
    out.flag("unmanaged", !managed);
    out.texts("ordering", ordering);
    out.maybe("comment", comment.as_deref());
    out.table("storage", storage);
    out.maybe("tablespace", tablespace.as_deref());
    out.flag("on_delete_in_library", *on_delete_in_library);
    out.maybe("primary_key_name", primary_key_name.as_deref());
}

fn of_field(operation: &Operation, out: &mut InlineTable) {
    let within = |model: &ModelName, name: &str| format!("{}.{name}", model.name);
    match operation {
        Operation::AddField { model, field, fill } => {
            out.text("add_field", &within(model, &field.name));
            field::encode(field, out);
            out.maybe("fill", fill.as_ref().map(|sql| sql.as_str()));
        }
        Operation::RemoveField { model, name } => out.text("remove_field", &within(model, name)),
        Operation::AlterField { model, field, fill, using } => {
            out.text("alter_field", &within(model, &field.name));
            field::encode(field, out);
            out.maybe("fill", fill.as_ref().map(|sql| sql.as_str()));
            out.maybe("using", using.as_ref().map(|sql| sql.as_str()));
        }
        Operation::RenameField { model, from, to } => {
            out.text("rename_field", &within(model, from));
            out.text("to", to);
        }
        _ => of_index(operation, out),
    }
}

fn of_index(operation: &Operation, out: &mut InlineTable) {
    match operation {
        Operation::AddIndex { model, index, concurrently } => {
            out.text("add_index", &model.name);
            model::encode_index(index, out);
            out.flag("concurrently", *concurrently);
        }
        Operation::RemoveIndex { model, name, concurrently } => {
            out.text("remove_index", &model.name);
            out.text("name", name);
            out.flag("concurrently", *concurrently);
        }
        Operation::RenameIndex { model, from, to } => {
            out.text("rename_index", &model.name);
            out.text("name", from);
            out.text("to", to);
        }
        _ => of_constraint(operation, out),
    }
}

fn of_database(operation: &Operation, out: &mut InlineTable) {
    match operation {
        Operation::RunSql { sql, reverse, files } => {
            match &files.sql {
                Some(path) => out.text("run_sql_file", path),
                None => out.text("run_sql", sql.as_str()),
            }
            match &files.reverse {
                Some(path) => out.text("reverse_file", path),
                None => out.maybe("reverse", reverse.as_ref().map(|sql| sql.as_str())),
            }
        }
        Operation::SeparateDatabaseAndState { .. } => out.flag(SEPARATE, true),
        Operation::CreateSchema(name) => out.text("create_schema", name),
        Operation::DropSchema(name) => out.text("drop_schema", name),
        Operation::CreateExtension(name) => out.text("create_extension", name),
        Operation::DropExtension(name) => out.text("drop_extension", name),
        _ => super::enums::encode(operation, out),
    }
}

fn of_constraint_state(model: &ModelName, constraint: &ConstraintState, out: &mut InlineTable) {
    match constraint {
        ConstraintState::Unique(unique) => {
            out.text("add_unique", &model.name);
            model::encode_unique(unique, out);
        }
        ConstraintState::Check(check) => {
            out.text("add_check", &model.name);
            model::encode_check(check, out);
        }
        ConstraintState::Exclude(exclude) => {
            out.text("add_exclude", &model.name);
            model::encode_exclude(exclude, out);
        }
    }
}

fn of_constraint(operation: &Operation, out: &mut InlineTable) {
    match operation {
        Operation::AddConstraint { model, constraint, not_valid } => {
            of_constraint_state(model, constraint, out);
            out.flag("not_valid", *not_valid);
        }
        Operation::AlterConstraint { model, name, violation } => {
            out.text("alter_constraint", &model.name);
            out.text("name", name);
            model::encode_violation(violation, out);
        }
        Operation::RemoveConstraint { model, name } => {
            out.text("remove_constraint", &model.name);
            out.text("name", name);
        }
        Operation::RenameConstraint { model, from, to } => {
            out.text("rename_constraint", &model.name);
            out.text("name", from);
            out.text("to", to);
        }
        Operation::ValidateConstraint { model, name } => {
            out.text("validate_constraint", &model.name);
            out.text("name", name);
        }
        Operation::AlterView { model, view: None } => out.text("drop_view", &model.name),
        Operation::AlterView { model, view: Some(view) } => {
            out.text("alter_view", &model.name);
            model::encode_view(view, "query", out);
        }
        Operation::RunRust { function, reverse, atomic } => {
            out.text("run_rust", function);
            out.maybe("reverse", reverse.as_deref());
            if !atomic {
                out.insert("atomic", Value::from(false));
            }
        }
        _ => of_database(operation, out),
    }
}
