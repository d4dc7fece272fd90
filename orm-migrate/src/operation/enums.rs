//! Enum types in the state.

use super::{Misfit, Operation, ValuePlace};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelState};
use orm_sql::schema::{Fill, TableName, names::MAX};
use orm_sql::sql_text::{literals, names, with_literal, with_type};
use std::collections::BTreeSet;
use std::sync::Arc;

impl ProjectState {
    /// True where a field has an enum type.
    pub fn has_field_of(&self, name: &TableName) -> bool {
        self.models.values().any(|model| has_type(model, name))
    }
}

/// True where a field of a model has a type.
pub(super) fn has_type(model: &ModelState, name: &TableName) -> bool {
    model.fields.iter().any(|field| field.own_type().as_ref() == Some(name))
}

impl Operation {
    pub(super) fn apply_to_enums(&self, state: &mut ProjectState) -> Result<(), Misfit> {
        match self {
            Operation::CreateEnum { name, values } => {
                check(name, values)?;
                if state.enums.contains_key(name) {
                    return Err(Misfit(format!("there is an enum type `{name}` already")));
                }
                state.enums.insert(name.clone(), values.clone());
            }
            Operation::DropEnum(name) => {
                if state.has_field_of(name) {
                    return Err(Misfit(format!("fields have the enum type `{name}`")));
                }
                state.enums.remove(name).ok_or_else(|| no_enum(name))?;
            }
            Operation::RenameEnum { from, to } => rename(state, from, to)?,
            Operation::AddEnumValue { name, value, place } => {
                let values = values_of(state, name)?;
                let at = place_of(values, name, place)?;
                values.insert(at, value.clone());
                check(name, values)?;
            }
            Operation::RenameEnumValue { name, from, to } => {
                let values = values_of(state, name)?;
                let value = values.iter_mut().find(|value| *value == from);
                to.clone_into(value.ok_or_else(|| no_value(name, from))?);
                check(name, values)?;
                follow(state, name, |sql| with_literal(sql, from, to));
            }
            Operation::AlterEnum { name, values, replace } => alter(state, name, values, replace)?,
            _ => {}
        }
        Ok(())
    }
}

fn no_enum(name: &TableName) -> Misfit {
    Misfit(format!("there is no enum type `{name}`"))
}

fn no_value(name: &TableName, value: &str) -> Misfit {
    Misfit(format!("the enum type `{name}` has no value `{value}`"))
}

fn values_of<'a>(
    state: &'a mut ProjectState,
    name: &TableName,
) -> Result<&'a mut Vec<String>, Misfit> {
    state.enums.get_mut(name).ok_or_else(|| no_enum(name))
}

fn place_of(values: &[String], name: &TableName, place: &ValuePlace) -> Result<usize, Misfit> {
    let find = |wanted: &String| {
        values.iter().position(|value| value == wanted).ok_or_else(|| no_value(name, wanted))
    };
    Ok(match place {
        ValuePlace::Last => values.len(),
        ValuePlace::Before(next) => find(next)?,
        ValuePlace::After(before) => find(before)? + 1,
    })
}

/// No value is there twice, or too long for the server.
fn check(name: &TableName, values: &[String]) -> Result<(), Misfit> {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value) {
            return Err(Misfit(format!("the enum type `{name}` has the value `{value}` twice")));
        }
        if value.len() > MAX {
            return Err(Misfit(format!(
                "the value `{value}` of the enum type `{name}` has {} bytes, and the server keeps \
                 {MAX}",
                value.len()
            )));
        }
    }
    Ok(())
}

/// Changes the texts of the models that have a field of the type.
fn follow(state: &mut ProjectState, name: &TableName, text: impl Fn(&str) -> String) {
    for model in state.models.values_mut().filter(|model| has_type(model, name)) {
        for sql in Arc::make_mut(model).texts_mut() {
            let new = text(sql.as_str());
            if new != sql.as_str() {
                *sql = orm_sql::ident::RawSql::new(new);
            }
        }
    }
}

fn rename(state: &mut ProjectState, from: &TableName, to: &TableName) -> Result<(), Misfit> {
    if from != to && state.enums.contains_key(to) {
        return Err(Misfit(format!("there is an enum type `{to}` already")));
    }
    let values = state.enums.remove(from).ok_or_else(|| no_enum(from))?;
    state.enums.insert(to.clone(), values);
    let is_it = |name: &str| TableName::of_type(name).as_ref() == Some(from);
    follow(state, from, |sql| with_type(sql, is_it, &to.as_type()));
    for model in state.models.values_mut().filter(|model| has_type(model, from)) {
        for field in &mut Arc::make_mut(model).fields {
            if let FieldKind::Column { column_type, .. } = &mut field.kind
                && column_type.own_type().as_ref() == Some(from)
            {
                *column_type = column_type.with_own_type(to);
            }
        }
    }
    Ok(())
}

fn alter(
    state: &mut ProjectState,
    name: &TableName,
    values: &[String],
    replace: &[(String, String)],
) -> Result<(), Misfit> {
    check(name, values)?;
    let old = std::mem::replace(values_of(state, name)?, values.to_vec());
    let gone: Vec<String> = old.into_iter().filter(|value| !values.contains(value)).collect();
    for (from, to) in replace {
        if !gone.contains(from) {
            return Err(Misfit(format!(
                "`replace` says what rows get instead of `{from}`, which the enum type `{name}` keeps \
                 or never had"
            )));
        }
        if !values.contains(to) {
            return Err(no_value(name, to));
        }
    }
    let model = state.models.values().find(|model| uses(model, name, &gone));
    match model {
        Some(model) => Err(Misfit(format!(
            "a default, an index or a constraint of `{}` has a value that the enum type `{name}` has \
             no more",
            model.name
        ))),
        None => Ok(()),
    }
}

/// True where an expression over a field of the type has one of some values.
fn uses(model: &ModelState, name: &TableName, values: &[String]) -> bool {
    let of_type = |field: &&FieldState| field.own_type().as_ref() == Some(name);
    let fields: Vec<&FieldState> = model.fields.iter().filter(of_type).collect();
    let has = |sql: &str| literals(sql).iter().any(|literal| values.contains(literal));
    let default = |field: &&FieldState| match &field.fill {
        Fill::Default(sql) => has(sql.as_str()),
        _ => false,
    };
    let columns: Vec<&String> = fields.iter().flat_map(|field| field.columns()).collect();
    let names_one = |sql: &str| columns.iter().any(|column| names(sql, column));
    fields.iter().any(default)
        || model.texts().iter().any(|sql| names_one(sql.as_str()) && has(sql.as_str()))
}
