//! What of a table models have no words for: it is no difference, and stays.

use crate::introspect::Relation;
use orm_sql::schema::{
    Action, ColumnType, Constraint, ConstraintKind, Fill, ForeignKey, Index, Table, TableName,
};
use std::collections::BTreeMap;

/// Adds what models cannot say to the table that they should have, and says what that is.
pub(super) fn keep(
    found: &Relation,
    wanted: &mut Table,
    models: &[Table],
    all: &BTreeMap<TableName, Relation>,
) -> Vec<String> {
    let there = &found.table;
    let mut notes = Vec::new();
    for (column, facts) in there.columns.iter().zip(&found.facts) {
        if !facts.readable && wanted.column(&column.name).is_none() {
            let (name, sql) = (&column.name, &facts.sql);
            notes.push(format!("the column {name}: its type `{sql}` has no binary form"));
            wanted.columns.push(column.clone());
        }
    }
    for constraint in &there.constraints {
        let count = |table: &Table| {
            table.constraints.iter().filter(|one| one.kind == constraint.kind).count()
        };
        let is_named = wanted.constraint(&constraint.name).is_some();
        let is_said = count(wanted) >= count(there) || is_named && count(wanted) > 0;
        if !is_said && let Some(why) = constraint_is(there, constraint, wanted, models, all) {
            notes.push(format!("the constraint {}: {why}", constraint.name));
            wanted.constraints.push(constraint.clone());
        }
    }
    for index in &there.indexes {
        let same = |one: &Index| Index { name: index.name.clone(), ..one.clone() } == *index;
        if !wanted.indexes.iter().any(same)
            && let Some(why) = index_is(index, wanted)
        {
            notes.push(format!("the index {}: {why}", index.name));
            wanted.indexes.push(index.clone());
        }
    }
    notes
}

const SPLITS: &str = "it has some of the columns of a relation that has several";

/// True where some of the columns of a key are among these, and not all of them in their order.
fn splits(columns: &[String], wanted: &Table) -> bool {
    let mut keys = wanted.foreign_keys().filter(|key| key.columns.len() > 1);
    keys.any(|key| {
        let is_whole = columns.windows(key.columns.len()).any(|part| part == key.columns);
        !is_whole && columns.iter().any(|name| key.columns.contains(name))
    })
}

/// What is carried along are fields.
fn index_is(index: &Index, wanted: &Table) -> Option<&'static str> {
    if splits(&index.include, wanted) {
        return Some(SPLITS);
    }
    is_of_django(index).then_some("Django makes it for LIKE")
}

/// Django gives each unique or indexed text a second index, of which its models say nothing.
fn is_of_django(index: &Index) -> bool {
    let [part] = index.parts.as_slice() else { return false };
    let classes = ["varchar_pattern_ops", "text_pattern_ops"];
    let is_one = part.operator_class.as_deref().is_some_and(|class| classes.contains(&class));
    is_one && !index.unique && index.condition.is_none() && index.name.ends_with("_like")
}

fn constraint_is(
    there: &Table,
    constraint: &Constraint,
    wanted: &Table,
    models: &[Table],
    all: &BTreeMap<TableName, Relation>,
) -> Option<&'static str> {
    match &constraint.kind {
        ConstraintKind::Unique(unique) => {
            let is_split = splits(&unique.columns, wanted) || splits(&unique.include, wanted);
            is_split.then_some(SPLITS)
        }
        ConstraintKind::ForeignKey(key) => {
            if !models.iter().any(|table| table.name == key.to) {
                return Some("there is no model of what it refers to");
            }
            let is_shared =
                |one: &ForeignKey| one.columns.iter().any(|name| key.columns.contains(name));
            if wanted.foreign_keys().any(is_shared) {
                return Some("another relation has its columns");
            }
            key_is(there, key, &all.get(&key.to)?.table)
        }
        _ => None,
    }
}

/// Why models cannot say a foreign key, by what it is.
fn key_is(own: &Table, key: &ForeignKey, to: &Table) -> Option<&'static str> {
    let columns: Vec<_> = key.columns.iter().filter_map(|name| own.column(name)).collect();
    let targets = key.to_columns.iter().filter_map(|name| to.column(name));
    let null = columns.iter().filter(|column| column.null).count();
    let is_primary_key = key.to_columns.len() == to.primary_key().len()
        && key.to_columns.iter().all(|name| to.primary_key().contains(name));
    if key.columns.len() > 1 && !is_primary_key {
        return Some("it refers to columns that are not the primary key");
    }
    if columns.iter().zip(targets).any(|(own, to)| !same_type(&own.column_type, &to.column_type)) {
        return Some("its columns have other types than those that it refers to");
    }
    if null > 0 && null < columns.len() {
        return Some("some of its columns may be NULL, and others may not");
    }
    if columns.iter().any(|column| matches!(column.fill, Fill::Identity | Fill::Generated(_))) {
        return Some("the server fills its columns");
    }
    if let Some(why) = of_several(own, key) {
        return Some(why);
    }
    let filled = columns.iter().all(|column| matches!(column.fill, Fill::Default(_)));
    match key.on_delete {
        Action::SetNull if null == 0 => Some("it sets a column to NULL that is NOT NULL"),
        Action::SetDefault if null == 0 && !filled => {
            Some("it sets a column to a default that there is not")
        }
        _ => None,
    }
}

/// What models cannot say of keys of several columns.
fn of_several(own: &Table, key: &ForeignKey) -> Option<&'static str> {
    if key.columns.len() < 2 {
        return None;
    }
    let mut columns = key.columns.iter().filter_map(|name| own.column(name));
    if columns.clone().any(|column| matches!(column.fill, Fill::Default(_))) {
        return Some("a column of it has a default, which keys of several columns cannot have");
    }
    if columns.any(|column| column.comment.is_some()) {
        return Some("a column of it has a comment, which keys of several columns cannot have");
    }
    let primary_key = own.primary_key();
    let is_in_it = key.columns.iter().any(|name| primary_key.contains(name));
    let is_whole = primary_key.windows(key.columns.len()).any(|part| part == key.columns);
    (is_in_it && !is_whole)
        .then_some("its columns do not stand beside each other in the primary key")
}

/// True for types that are one type in Rust, as far as that can be seen here.
fn same_type(own: &ColumnType, to: &ColumnType) -> bool {
    let is_text = |one: &ColumnType| {
        let name = one.to_string();
        ["text", "varchar", "character"].iter().any(|text| name.starts_with(text))
    };
    let is_number = |one: &ColumnType| one.to_string().starts_with("numeric");
    own == to || (is_text(own) && is_text(to)) || (is_number(own) && is_number(to))
}
