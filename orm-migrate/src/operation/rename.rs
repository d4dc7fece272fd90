//! New names, and whatever names them.

use super::Misfit;
use super::apply::{no_model, no_part, taken};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, Through};
use orm_sql::ident::RawSql;
use orm_sql::schema::TableName;
use orm_sql::sql_text::{renamed, with_column, with_relation};
use std::sync::Arc;

/// A model gets another name: keys to it follow, and so do the tables of many-to-many fields whose names
/// were made up from it.
pub(super) fn model(
    state: &mut ProjectState,
    from: &ModelName,
    to: &ModelName,
    table: Option<&TableName>,
) -> Result<(), Misfit> {
    if from != to && state.models.contains_key(to) {
        return Err(Misfit(format!("there is a model `{to}` already")));
    }
    let model = state.models.remove(from).ok_or_else(|| no_model(from))?;
    let mut model = Arc::unwrap_or_clone(model);
    let old_table = model.table.clone();
    model.name = to.clone();
    if let Some(table) = table {
        model.table = table.clone();
    }
    let new_table = model.table.clone();
    for field in &mut model.fields {
        if let FieldKind::ManyToMany(relation) = &mut field.kind
            && let Through::Table { table, .. } = &mut relation.through
        {
            follow(table, &field.name, &old_table, &field.name, &new_table);
        }
    }
    state.insert(model);
    table_in_views(state, &old_table, &new_table);
    for model in state.models.values_mut() {
        let is_it = |field: &FieldState| names_model(field, from);
        if model.name == *to || model.fields.iter().any(is_it) {
            let model = Arc::make_mut(model);
            let own = model.name == *to;
            model.fields.iter_mut().for_each(|field| refer(field, from, to, own));
        }
    }
    Ok(())
}

fn names_model(field: &FieldState, name: &ModelName) -> bool {
    let through = match &field.kind {
        FieldKind::ManyToMany(relation) => match &relation.through {
            Through::Model(model) => model == name,
            Through::Table { .. } => false,
        },
        FieldKind::Column { .. } | FieldKind::Key(_) => false,
    };
    through || field.to() == Some(name)
}

/// A field that named a model names it by its new name.
fn refer(field: &mut FieldState, from: &ModelName, to: &ModelName, own: bool) {
    match &mut field.kind {
        FieldKind::Column { .. } => {}
        FieldKind::Key(key) if key.to == *from => key.to = to.clone(),
        FieldKind::Key(_) => {}
        FieldKind::ManyToMany(relation) => {
            let other = relation.to == *from;
            if other {
                relation.to = to.clone();
            }
            match &mut relation.through {
                Through::Model(model) if *model == *from => *model = to.clone(),
                Through::Model(_) => {}
                Through::Table { sides: [first, second], .. } => {
                    let (old, new) = (from.name.to_lowercase(), to.name.to_lowercase());
                    let follow = |side: &mut String| match side.as_str() {
                        side_name if *side_name == old => side.clone_from(&new),
                        side_name => {
                            let ends = ["from_", "to_"].into_iter().find_map(|before| {
                                (side_name == format!("{before}{old}"))
                                    .then(|| format!("{before}{new}"))
                            });
                            if let Some(name) = ends {
                                *side = name;
                            }
                        }
                    };
                    if own {
                        follow(first);
                    }
                    if other {
                        follow(second);
                    }
                }
            }
        }
    }
}

/// The table of a many-to-many field, where its name was made up.
fn follow(
    table: &mut TableName,
    old_field: &str,
    old_owner: &TableName,
    new_field: &str,
    new_owner: &TableName,
) {
    if table.name == format!("{}_{old_field}", old_owner.name) {
        *table = TableName {
            schema: new_owner.schema.clone(),
            name: format!("{}_{new_field}", new_owner.name),
        };
    }
}

/// A field gets another name: its columns follow where their names were made up from it, and so does
/// whatever names the field or its columns.
pub(super) fn field(
    state: &mut ProjectState,
    name: &ModelName,
    from: &str,
    to: &str,
) -> Result<(), Misfit> {
    let model = state.models.get_mut(name).ok_or_else(|| no_model(name))?;
    let model = Arc::make_mut(model);
    if model.field(to).is_some() {
        return Err(taken("field", to, model));
    }
    let table = model.table.clone();
    let field = model.fields.iter_mut().find(|field| field.name == from);
    let field = field.ok_or_else(|| no_part("field", from, &name.to_string()))?;
    let old: Vec<String> = field.columns().to_vec();
    field.name = to.to_owned();
    match &mut field.kind {
        FieldKind::Column { column, .. } => *column = column_for(column, from, to),
        FieldKind::Key(key) => {
            key.columns.iter_mut().for_each(|column| *column = column_for(column, from, to));
        }
        FieldKind::ManyToMany(relation) => {
            if let Through::Table { table: between, .. } = &mut relation.through {
                follow(between, from, &table, to, &table);
            }
        }
    }
    let new: Vec<String> = field.columns().to_vec();
    rename_in(model, (from, to), &old, &new);
    columns_in_views(state, &table, &old, &new);
    in_keys(state, name, from, to);
    Ok(())
}

/// Keys to a field name it by its new name.
fn in_keys(state: &mut ProjectState, name: &ModelName, from: &str, to: &str) {
    for other in state.models.values_mut() {
        let refers = |field: &FieldState| {
            field.key().is_some_and(|key| key.to == *name && key.to_field.as_deref() == Some(from))
        };
        if other.fields.iter().any(refers) {
            for field in &mut Arc::make_mut(other).fields {
                if refers(field)
                    && let FieldKind::Key(key) = &mut field.kind
                {
                    key.to_field = Some(to.to_owned());
                }
            }
        }
    }
}

/// A column whose name is the field's, or begins with it as those of keys do.
fn column_for(column: &str, from: &str, to: &str) -> String {
    match column.strip_prefix(from) {
        Some("") => to.to_owned(),
        Some(rest) if rest.starts_with('_') => format!("{to}{rest}"),
        _ => column.to_owned(),
    }
}

/// The queries of views name a table by its new name.
pub(super) fn table_in_views(state: &mut ProjectState, old: &TableName, new: &TableName) {
    if old != new {
        in_views(state, |sql| with_relation(sql, parts(old), parts(new)));
    }
}

/// The queries of views name columns of a table by their new names.
fn columns_in_views(state: &mut ProjectState, table: &TableName, old: &[String], new: &[String]) {
    for (old, new) in old.iter().zip(new).filter(|(old, new)| old != new) {
        in_views(state, |sql| with_column(sql, parts(table), old, new));
    }
}

fn in_views(state: &mut ProjectState, renamed: impl Fn(&str) -> String) {
    for model in state.models.values_mut() {
        let Some(view) = &model.view else { continue };
        let query = renamed(view.query.as_str());
        if query != view.query.as_str()
            && let Some(view) = &mut Arc::make_mut(model).view
        {
            view.query = RawSql::new(query);
        }
    }
}

fn parts(table: &TableName) -> (Option<&str>, &str) {
    (table.schema.as_deref(), &table.name)
}

/// The field that an entry of an ordering begins with: `author` of `-author__name nulls last`.
pub(crate) fn ordered_by(entry: &str) -> &str {
    let name = entry.strip_prefix('-').unwrap_or(entry);
    let name = name.split(' ').next().unwrap_or(name);
    name.split("__").next().unwrap_or(name)
}

/// The new name wherever the model names the field or its columns.
fn rename_in(model: &mut ModelState, (from, to): (&str, &str), old: &[String], new: &[String]) {
    let column = |name: &str| {
        let place = old.iter().position(|old| old == name)?;
        new.get(place).cloned()
    };
    for sql in model.texts_mut() {
        *sql = RawSql::new(renamed(sql.as_str(), column));
    }
    for name in model.named_fields_mut() {
        if name == from {
            to.clone_into(name);
        }
    }
    for entry in &mut model.ordering {
        if ordered_by(entry) == from {
            *entry = entry.replacen(from, to, 1);
        }
    }
    for (own, _) in model.view.iter_mut().flat_map(|view| &mut view.columns) {
        if let Some(new) = column(own) {
            *own = new;
        }
    }
}
