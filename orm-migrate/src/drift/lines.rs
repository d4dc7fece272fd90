//! Differences as people read them.

use super::{Difference, Side};
use crate::introspect::Relation;
use orm_core::tables::state::ModelState;
use orm_sql::schema::{
    AlterTable, Change, Column, Constraint, Fill, Index, POLICY, RowLevelSecurity, Table, TableName,
};
use std::collections::BTreeMap;

/// A table that is missing.
pub(super) fn missing(table: &Table, there: Option<&Relation>) -> Difference {
    let text = match there {
        Some(_) => "it is no table in the database".to_owned(),
        None => "the table is missing".to_owned(),
    };
    Difference { of: table.name.to_string(), side: Side::Models, text }
}

/// A model of a table that is somebody else's: only what it reads must be there.
pub(super) fn unmanaged(
    model: &ModelState,
    name: &TableName,
    there: &BTreeMap<TableName, Relation>,
    found: &mut Vec<Difference>,
) {
    let of = name.to_string();
    let mut lacks = |text: String| {
        found.push(Difference { of: of.clone(), side: Side::Models, text });
    };
    let Some(relation) = there.get(name) else {
        return lacks(format!("there is no such table or view, which `{}` reads", model.name));
    };
    for column in model.fields.iter().flat_map(|field| field.columns()) {
        if relation.table.column(column).is_none() {
            lacks(format!("column {column} is missing, which `{}` reads", model.name));
        }
    }
}

/// What is not the same in a table that is there, `wanted` in the words of the database.
pub(super) fn compare(there: &Table, wanted: &Table, found: &mut Vec<Difference>) {
    let of = wanted.name.to_string();
    let mut push = |side, text| found.push(Difference { of: of.clone(), side, text });
    for column in &wanted.columns {
        match there.column(&column.name) {
            None => push(Side::Models, format!("column {}", about(column))),
            Some(old) => {
                for text in columns(old, column) {
                    push(Side::Both, text);
                }
            }
        }
    }
    for column in there.columns.iter().filter(|column| wanted.column(&column.name).is_none()) {
        push(Side::Database, format!("column {}", about(column)));
    }
    parts(&there.constraints, &wanted.constraints, |one| constraint(&wanted.name, one), &mut push);
    parts(&there.indexes, &wanted.indexes, |one| index(&wanted.name, one), &mut push);
    let (ours, theirs) = (storage(wanted), storage(there));
    if ours != theirs {
        push(Side::Both, two("storage parameters", ours, theirs));
    }
    if there.tablespace != wanted.tablespace {
        let (ours, theirs) = (quoted(&wanted.tablespace), quoted(&there.tablespace));
        push(Side::Both, two("tablespace", ours, theirs));
    }
    row_level_security(there, wanted, &mut push);
    if there.comment != wanted.comment {
        push(Side::Both, two("comment", quoted(&wanted.comment), quoted(&there.comment)));
    }
}

/// Whether the database keeps tenants apart, and by what.
fn row_level_security(there: &Table, wanted: &Table, push: &mut impl FnMut(Side, String)) {
    let text = |one: &RowLevelSecurity| {
        let mut text = format!("policy {POLICY} USING ({})", one.using.as_str());
        for (is_on, word) in [(one.enabled, "enabled"), (one.forced, "forced")] {
            if !is_on {
                text.push_str(&format!(", row level security not {word}"));
            }
        }
        text
    };
    match (&wanted.row_level_security, &there.row_level_security) {
        (Some(new), Some(old)) if new != old => {
            push(Side::Both, two("row level security", text(new), text(old)));
        }
        (Some(new), None) => push(Side::Models, text(new)),
        (None, Some(old)) => push(Side::Database, text(old)),
        _ => {}
    }
}

/// What is not the same in a column.
fn columns(old: &Column, new: &Column) -> Vec<String> {
    let mut texts = Vec::new();
    let name = format!("column {}", new.name);
    let mut differs = |what: &str, new: String, old: String| {
        if new != old {
            texts.push(two(&format!("{name}{what}"), new, old));
        }
    };
    differs("", new.column_type.to_string(), old.column_type.to_string());
    let null = |column: &Column| if column.null { "NULL" } else { "NOT NULL" }.to_owned();
    differs("", null(new), null(old));
    if new.fill != old.fill {
        differs("", fill(new), fill(old));
    }
    differs(", collation", quoted(&new.collation), quoted(&old.collation));
    differs(", comment", quoted(&new.comment), quoted(&old.comment));
    texts
}

pub(super) fn two(what: &str, models: String, database: String) -> String {
    format!("{what}: {models} in the models, {database} in the database")
}

pub(super) fn quoted(text: &Option<String>) -> String {
    text.as_ref().map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
}

fn storage(table: &Table) -> String {
    let pairs: Vec<String> =
        table.storage.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") }
}

fn fill(column: &Column) -> String {
    match &column.fill {
        Fill::Nothing => "no default".to_owned(),
        Fill::Identity => "identity".to_owned(),
        Fill::Default(sql) => format!("default {}", sql.as_str()),
        Fill::Generated(sql) => format!("generated as {}", sql.as_str()),
    }
}

fn about(column: &Column) -> String {
    let mut text = format!("{}: {}", column.name, column.column_type);
    if !column.null {
        text.push_str(" NOT NULL");
    }
    if column.fill != Fill::Nothing {
        text.push_str(", ");
        text.push_str(&fill(column));
    }
    text
}

/// Constraints, or indexes: by what they say, and then by their names.
fn parts<T: crate::diff::Named>(
    there: &[T],
    wanted: &[T],
    text: impl Fn(&T) -> String,
    push: &mut impl FnMut(Side, String),
) {
    let matched = crate::diff::Matched::of(there.iter(), wanted.iter(), |_| false);
    for (old, new) in matched.renamed {
        let text = format!("{}: it is called {} in the database", text(new), old.name());
        push(Side::Both, text);
    }
    for new in &matched.added {
        match matched.dropped.iter().find(|old| old.name() == new.name()) {
            Some(old) => push(Side::Both, two(new.name(), text(new), text(old))),
            None => push(Side::Models, text(new)),
        }
    }
    for old in &matched.dropped {
        if !matched.added.iter().any(|new| new.name() == old.name()) {
            push(Side::Database, text(old));
        }
    }
}

fn constraint(table: &TableName, constraint: &Constraint) -> String {
    let add = AlterTable::AddConstraint { constraint: constraint.clone(), valid: true };
    let sql = Change::alter(table, add).sql();
    let text = sql.split_once(" ADD CONSTRAINT ").map_or(&*sql, |(_, text)| text);
    format!("constraint {text}")
}

fn index(table: &TableName, index: &Index) -> String {
    let (table, index) = (table.clone(), index.clone());
    let sql = Change::CreateIndex { table, index, concurrently: false }.sql();
    let text = sql.split_once(' ').map_or(&*sql, |(_, text)| text);
    text.to_owned()
}
