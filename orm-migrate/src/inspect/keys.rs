//! Which foreign keys become relations.

use super::plan::{Key, Model};
use orm_sql::schema::{
    Action, Column, Constraint, ConstraintKind, Fill, ForeignKey, Index, IndexKey, IndexPart,
    Table, TableName,
};
use std::collections::HashMap;

/// The relations of a model, and what of its foreign keys is none, with the reason.
pub(super) struct Keys {
    pub keys: Vec<Key>,
    pub unsaid: Vec<String>,
}

/// Finds the relations of a model, those of one column first.
pub(super) fn of(model: &Model, models: &[Model], places: &HashMap<TableName, usize>) -> Keys {
    let mut found = Keys { keys: Vec::new(), unsaid: Vec::new() };
    let mut all: Vec<(&Constraint, &ForeignKey)> = model
        .table
        .constraints
        .iter()
        .filter_map(|one| match &one.kind {
            ConstraintKind::ForeignKey(key) => Some((one, key)),
            _ => None,
        })
        .collect();
    all.sort_by_key(|(_, key)| key.columns.len());
    for (constraint, key) in all {
        let is_used = |name: &String| {
            let mut others = found.keys.iter().flat_map(|other| &other.constraint.columns);
            others.any(|other| other == name)
        };
        let outcome = match key.columns.iter().find(|name| is_used(name)) {
            Some(name) => Err(format!("its column `{name}` is that of another relation")),
            None => relation(model, &constraint.name, key, models, places),
        };
        match outcome {
            Ok(key) => found.keys.push(key),
            Err(why) => found.unsaid.push(format!("the foreign key {}: {why}", constraint.name)),
        }
    }
    found
}

fn relation(
    model: &Model,
    name: &str,
    constraint: &ForeignKey,
    models: &[Model],
    places: &HashMap<TableName, usize>,
) -> Result<Key, String> {
    let to = places.get(&constraint.to).copied();
    let to = to.ok_or_else(|| format!("there is no model of {}", constraint.to))?;
    let target = models.get(to).ok_or("there is no such model")?;
    let (constraint, to_column) = ordered(constraint, target)?;
    let mut null = None;
    for (own, other) in constraint.columns.iter().zip(&constraint.to_columns) {
        let column = model.table.column(own).ok_or("there is no such column")?;
        let (here, there) = (model.typed(own), target.typed(other));
        let (Some(here), Some(there)) = (here, there) else {
            return Err(format!("`{own}` cannot be read"));
        };
        if here.rust != there.rust {
            return Err(format!("`{own}` is `{}`, and refers to `{}`", here.rust, there.rust));
        }
        if null.is_some_and(|null| null != column.null) {
            return Err("some of its columns may be NULL, and others may not".to_owned());
        }
        null = Some(column.null);
        said(column, constraint.columns.len() > 1)?;
    }
    on_delete(&constraint, model)?;
    let mut parts = model.key.windows(constraint.columns.len().max(1));
    if constraint.columns.iter().any(|name| model.key.contains(name))
        && !parts.any(|part| part == constraint.columns)
    {
        return Err("its columns do not stand beside each other in the primary key".to_owned());
    }
    let one_to_one =
        model.is_key(&constraint.columns) || is_unique(&model.table, &constraint.columns);
    Ok(Key { to, to_column, one_to_one, name: name.to_owned(), constraint, related_name: None })
}

/// The key with its columns in the order of what they refer to: the primary key of the model, or
/// another column.
fn ordered(
    key: &ForeignKey,
    target: &Model,
) -> Result<(ForeignKey, Option<(String, String)>), String> {
    let mut key = key.clone();
    let own_of = |to: &String| {
        let pairs = key.columns.iter().zip(&key.to_columns);
        pairs.into_iter().find(|(_, other)| *other == to).map(|(own, _)| own.clone())
    };
    let columns: Option<Vec<String>> = target.key.iter().map(own_of).collect();
    match columns {
        Some(columns) if target.has_key && columns.len() == key.columns.len() => {
            key.columns = columns;
            key.to_columns.clone_from(&target.key);
            Ok((key, None))
        }
        _ => {
            let [to] = key.to_columns.as_slice() else {
                return Err("it refers to columns that are not the primary key".to_owned());
            };
            let typed = target.typed(to).ok_or_else(|| format!("`{to}` cannot be read"))?;
            let to_column = Some((to.clone(), typed.rust.clone()));
            Ok((key, to_column))
        }
    }
}

/// What relations cannot say of their columns.
fn said(column: &Column, of_several: bool) -> Result<(), String> {
    let name = &column.name;
    match column.fill {
        Fill::Identity | Fill::Generated(_) => {
            return Err(format!("`{name}` is a column that the server fills"));
        }
        Fill::Default(_) if of_several => {
            return Err(format!(
                "`{name}` has a default, which keys of several columns cannot have"
            ));
        }
        _ => {}
    }
    match column.comment {
        Some(_) if of_several => {
            Err(format!("`{name}` has a comment, which keys of several columns cannot have"))
        }
        _ => Ok(()),
    }
}

/// What relations cannot say of deletions.
fn on_delete(key: &ForeignKey, model: &Model) -> Result<(), String> {
    let columns = || key.columns.iter().filter_map(|name| model.table.column(name));
    let null = columns().all(|column| column.null);
    let filled = columns().all(|column| matches!(column.fill, Fill::Default(_)));
    match key.on_delete {
        Action::SetNull if !null => Err("it sets a column to NULL that is NOT NULL".to_owned()),
        Action::SetDefault if !null && !filled => {
            Err("it sets a column to a default that there is not".to_owned())
        }
        _ => Ok(()),
    }
}

/// True where no two rows have the same values in these columns.
fn is_unique(table: &Table, columns: &[String]) -> bool {
    table.constraints.iter().any(|one| is_plain_unique(one, columns))
        || table.indexes.iter().any(|one| one.unique && is_plain_index(one, columns))
}

/// A unique constraint of which no more is said.
pub(super) fn is_plain_unique(constraint: &Constraint, columns: &[String]) -> bool {
    match &constraint.kind {
        ConstraintKind::Unique(unique) => {
            unique.columns == columns
                && unique.include.is_empty()
                && unique.nulls_distinct
                && unique.deferrable.is_none()
        }
        _ => false,
    }
}

/// An index over columns of which no more is said than that it may be unique.
pub(super) fn is_plain_index(index: &Index, columns: &[String]) -> bool {
    let parts = columns.iter().map(IndexPart::column).collect();
    let plain = Index { unique: index.unique, ..Index::new(&index.name, parts) };
    *index == plain
}

/// The columns of an index, as far as it has no expressions.
pub(super) fn columns_of(index: &Index) -> Option<Vec<String>> {
    let column = |part: &IndexPart| match &part.key {
        IndexKey::Column(name) => Some(name.clone()),
        IndexKey::Expression(_) => None,
    };
    index.parts.iter().map(column).collect()
}
