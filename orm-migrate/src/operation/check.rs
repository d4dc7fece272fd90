//! What holds for every state: nothing names what there is not, and no name is there twice.

use super::Misfit;
use super::apply::taken;
use crate::state::ProjectState;
use orm_core::tables::Targets;
use orm_core::tables::state::{
    FieldKind, FieldState, KeyState, ModelName, ModelState, PartNames, Through,
};
use orm_sql::schema::TableName;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

impl ProjectState {
    /// Whether nothing names what there is not, and no name is there twice.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Misfit> {
        let all = self.models.keys().collect();
        self.check_names(&all)?;
        self.models.values().try_for_each(|model| self.check_model(model))
    }

    /// The same, of a state that was whole before something was done to it: only what that can have
    /// broken is looked at.
    pub(super) fn check_since(&self, before: &ProjectState) -> Result<(), Misfit> {
        let mut known = 0;
        let mut changed: HashSet<&ModelName> = HashSet::new();
        for (name, model) in &self.models {
            let old = before.models.get(name);
            known += usize::from(old.is_some());
            if !old.is_some_and(|old| Arc::ptr_eq(old, model)) {
                changed.insert(name);
            }
        }
        if known < before.models.len() {
            changed.extend(before.models.keys().filter(|name| !self.models.contains_key(name)));
        }
        self.check_names(&changed)?;
        let refers = |model: &ModelState| {
            model.fields.iter().any(|field| named_by(field).any(|to| changed.contains(to)))
        };
        let mut affected =
            self.models.values().filter(|model| changed.contains(&model.name) || refers(model));
        affected.try_for_each(|model| self.check_model(model))
    }

    /// No table and no name of these models is another's as well, and the server keeps them as they are.
    fn check_names(&self, changed: &HashSet<&ModelName>) -> Result<(), Misfit> {
        super::names::check(self, changed)?;
        let mut tables: HashMap<&TableName, &ModelName> = HashMap::new();
        let mut names: HashMap<(&Option<String>, &String), &ModelName> = HashMap::new();
        let is_changed = |model: &&Arc<ModelState>| changed.contains(&model.name);
        let related = || self.models.values().filter(|model| has_relation(model));
        for model in related().filter(is_changed) {
            for table in tables_of(model) {
                if let Some(other) = tables.insert(table, &model.name) {
                    return Err(one_table(other, model, table));
                }
            }
            for name in names_of(model) {
                if let Some(other) = names.insert((&model.table.schema, name), &model.name) {
                    return Err(one_name(other, model, name));
                }
            }
        }
        for model in related().filter(|model| !is_changed(model)) {
            for table in tables_of(model) {
                if let Some(other) = tables.get(table) {
                    return Err(one_table(other, model, table));
                }
            }
            for name in names_of(model) {
                if let Some(other) = names.get(&(&model.table.schema, name)) {
                    return Err(one_name(other, model, name));
                }
            }
        }
        Ok(())
    }

    fn check_model(&self, model: &ModelState) -> Result<(), Misfit> {
        if model.managed && model.view.is_some() {
            return Err(Misfit(format!(
                "`{}` is a view, and cannot have a table as well",
                model.name
            )));
        }
        let (mut fields, mut columns) = (HashSet::new(), HashSet::new());
        for field in &model.fields {
            if !fields.insert(&field.name) {
                return Err(taken("field", &field.name, model));
            }
            if let Some(column) = field.columns().iter().find(|column| !columns.insert(*column)) {
                return Err(taken("column", column, model));
            }
            match &field.kind {
                FieldKind::Column { .. } => {}
                FieldKind::Key(key) => self.check_key(model, field, key)?,
                FieldKind::ManyToMany(_) => {
                    if let Some(missing) = named_by(field).find(|name| self.model(name).is_none()) {
                        return Err(refers_to_nothing(model, field, missing));
                    }
                }
            }
        }
        check_parts(model)
    }

    fn check_key(
        &self,
        model: &ModelState,
        field: &FieldState,
        key: &KeyState,
    ) -> Result<(), Misfit> {
        if self.model(&key.to).is_none() {
            return Err(refers_to_nothing(model, field, &key.to));
        }
        let target = self.target(model, field, key)?;
        if target.columns.len() != key.columns.len() || !target.unique {
            return Err(Misfit(format!(
                "`{}` of `{}` refers to columns of `{}` that are others, or not unique",
                field.name, model.name, key.to
            )));
        }
        Ok(())
    }
}

fn one_table(other: &ModelName, model: &ModelState, table: &TableName) -> Misfit {
    Misfit(format!("`{other}` and `{}` have one table, `{table}`", model.name))
}

fn one_name(other: &ModelName, model: &ModelState, name: &str) -> Misfit {
    Misfit(format!(
        "`{other}` and `{}` have an index or a constraint of one name, `{name}`",
        model.name
    ))
}

/// The table of a model, and those of its many-to-many fields.
fn tables_of(model: &ModelState) -> impl Iterator<Item = &TableName> {
    let between = model.fields.iter().filter_map(|field| match &field.kind {
        FieldKind::ManyToMany(relation) => match &relation.through {
            Through::Table { table, .. } => Some(table),
            Through::Model(_) => None,
        },
        FieldKind::Column { .. } | FieldKind::Key(_) => None,
    });
    std::iter::once(&model.table).chain(between)
}

/// The names that were given to indexes and to constraints that have one. Names that were made up have
/// the table in them.
fn names_of(model: &ModelState) -> impl Iterator<Item = &String> {
    let indexes = model.indexes.iter().filter_map(|index| index.name.as_ref());
    let uniques = model.uniques.iter().filter_map(|unique| unique.name.as_ref());
    let fields = model.fields.iter().flat_map(|field| {
        let PartNames { unique, unique_index, index, constraint: _ } = &field.names;
        unique.iter().chain(unique_index).chain(index)
    });
    let exclusions = model.exclusions.iter().filter_map(|one| one.name.as_ref());
    indexes.chain(uniques).chain(exclusions).chain(fields).chain(&model.primary_key_name)
}

/// The models that a field names.
fn named_by(field: &FieldState) -> impl Iterator<Item = &ModelName> {
    let (to, through) = match &field.kind {
        FieldKind::Column { .. } => (None, None),
        FieldKind::Key(key) => (Some(&key.to), None),
        FieldKind::ManyToMany(relation) => match &relation.through {
            Through::Model(through) => (Some(&relation.to), Some(through)),
            Through::Table { .. } => (Some(&relation.to), None),
        },
    };
    to.into_iter().chain(through)
}

/// True where there is a table or a view of ours.
fn has_relation(model: &ModelState) -> bool {
    model.managed || model.view.is_some()
}

fn refers_to_nothing(model: &ModelState, field: &FieldState, missing: &ModelName) -> Misfit {
    Misfit(format!(
        "`{}` of `{}` refers to `{missing}`, and there is no such model",
        field.name, model.name
    ))
}

/// The fields that keys, indexes and constraints name are there, and so are the columns that
/// expressions do.
fn check_parts(model: &ModelState) -> Result<(), Misfit> {
    check_tenant(model)?;
    let mut named = model.named_fields().into_iter();
    if let Some(missing) = named.find(|name| model.columns_of(name).is_empty()) {
        return Err(Misfit(format!(
            "a key, an index or a constraint of `{}` names the field `{missing}`, which it has not",
            model.name
        )));
    }
    let columns: HashSet<&str> =
        model.fields.iter().flat_map(FieldState::columns).map(String::as_str).collect();
    for sql in model.texts() {
        let quoted = orm_sql::sql_text::quoted_columns(sql.as_str());
        if let Some(missing) = quoted.into_iter().find(|name| !columns.contains(&**name)) {
            return Err(Misfit(format!(
                "an expression of `{}` names the column `{missing}`, which it has not: {}",
                model.name,
                sql.as_str()
            )));
        }
    }
    Ok(())
}

/// The field by which the database keeps tenants apart is there, and has one column.
fn check_tenant(model: &ModelState) -> Result<(), Misfit> {
    let Some(name) = &model.row_level_security else { return Ok(()) };
    let problem = match model.columns_of(name) {
        [_] => return Ok(()),
        [] => "which it has not",
        _ => "which has several columns",
    };
    Err(Misfit(format!(
        "the row level security of `{}` names the field `{name}`, {problem}",
        model.name
    )))
}
