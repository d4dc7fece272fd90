//! What an operation does to the state.

use super::{ConstraintState, Misfit, Operation, rename, separate};
use crate::state::ProjectState;
use orm_core::tables::Made;
use orm_core::tables::state::{
    CheckState, ExcludeState, FieldState, ModelName, ModelState, UniqueState, ViolationState,
};
use std::sync::Arc;

impl Operation {
    /// Changes the state.
    ///
    /// # Errors
    ///
    /// When it does not fit: there is no such model or field, or one too many. The state is as it was
    /// then.
    pub fn apply(&self, state: &mut ProjectState) -> Result<(), Misfit> {
        let before = state.clone();
        let done = self.apply_unchecked(state).and_then(|()| state.check_since(&before));
        if done.is_err() {
            *state = before;
        }
        done
    }

    /// The same, without looking whether the state is whole.
    pub(crate) fn apply_unchecked(&self, state: &mut ProjectState) -> Result<(), Misfit> {
        match self {
            Operation::Safely(inner) => inner.apply_unchecked(state),
            Operation::CreateModel(model) => {
                if state.models.contains_key(&model.name) {
                    return Err(Misfit(format!("there is a model `{}` already", model.name)));
                }
                state.insert((**model).clone());
                Ok(())
            }
            Operation::DeleteModel(name) => {
                state.models.remove(name).map(drop).ok_or_else(|| no_model(name))
            }
            Operation::RenameModel { from, to, table } => {
                rename::model(state, from, to, table.as_ref())
            }
            Operation::RenameField { model, from, to } => rename::field(state, model, from, to),
            Operation::RunSql { .. } | Operation::RunRust { .. } => Ok(()),
            Operation::SeparateDatabaseAndState { database, state: operations } => {
                separate::apply(database, operations, state)
            }
            Operation::CreateCollation { .. }
            | Operation::DropCollation(_)
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::CreateExtension(_)
            | Operation::DropExtension(_) => self.apply_to_needs(state),
            Operation::CreateEnum { .. }
            | Operation::DropEnum(_)
            | Operation::RenameEnum { .. }
            | Operation::AddEnumValue { .. }
            | Operation::RenameEnumValue { .. }
            | Operation::AlterEnum { .. } => self.apply_to_enums(state),
            _ => {
                let Some(name) = self.model() else { return Ok(()) };
                let model = state.models.get_mut(name).ok_or_else(|| no_model(name))?;
                let old = model.table.clone();
                self.apply_to(Arc::make_mut(model))?;
                if let Operation::AlterTable { table, .. } = self {
                    rename::table_in_views(state, &old, table);
                }
                Ok(())
            }
        }
    }

    fn apply_to_needs(&self, state: &mut ProjectState) -> Result<(), Misfit> {
        let (done, what) = match self {
            Operation::CreateSchema(name) => (state.schemas.insert(name.clone()), name),
            Operation::DropSchema(name) => (state.schemas.remove(name), name),
            Operation::CreateExtension(name) => (state.extensions.insert(name.clone()), name),
            Operation::DropExtension(name) => (state.extensions.remove(name), name),
            Operation::CreateCollation { name, collation } => {
                let before = state.collations.insert(name.clone(), collation.clone());
                (before.is_none(), &name.name)
            }
            Operation::DropCollation(name) => (state.collations.remove(name).is_some(), &name.name),
            _ => return Ok(()),
        };
        let problem = || Misfit(format!("`{what}` is there already, or is not there"));
        done.then_some(()).ok_or_else(problem)
    }

    fn apply_to(&self, model: &mut ModelState) -> Result<(), Misfit> {
        match self {
            Operation::AlterTable { table, .. } => model.table = table.clone(),
            Operation::AlterView { view, .. } => model.view = view.as_deref().cloned(),
            Operation::AlterOptions { options, .. } => {
                model.managed = options.managed;
                model.ordering.clone_from(&options.ordering);
                model.comment.clone_from(&options.comment);
                model.storage.clone_from(&options.storage);
                model.tablespace.clone_from(&options.tablespace);
                model.on_delete_in_library = options.on_delete_in_library;
                model.primary_key_name.clone_from(&options.primary_key_name);
            }
            Operation::AlterPrimaryKey { fields, .. } => model.primary_key.clone_from(fields),
            Operation::AlterRowLevelSecurity { tenant, .. } => {
                model.row_level_security.clone_from(tenant);
            }
            Operation::AddField { field, .. } => {
                if model.field(&field.name).is_some() {
                    return Err(taken("field", &field.name, model));
                }
                model.fields.push((**field).clone());
            }
            Operation::RemoveField { name, .. } => {
                let place = place_of(model, name)?;
                model.fields.remove(place);
            }
            Operation::AlterField { field, .. } => {
                let place = place_of(model, &field.name)?;
                let old = model.fields.get_mut(place).ok_or_else(|| no_part("field", "", ""))?;
                if old.columns().is_empty() != field.columns().is_empty() {
                    return Err(Misfit(format!(
                        "`{}` cannot become a many-to-many field, nor be one no more: remove it and \
                         add another",
                        field.name
                    )));
                }
                *old = (**field).clone();
            }
            _ => return self.apply_to_parts(model),
        }
        Ok(())
    }

    fn apply_to_parts(&self, model: &mut ModelState) -> Result<(), Misfit> {
        match self {
            Operation::AddIndex { index, .. } => model.indexes.push((**index).clone()),
            Operation::RemoveIndex { name, .. } => {
                let place = index_place(model, name)?;
                model.indexes.remove(place);
            }
            Operation::RenameIndex { from, to, .. } => {
                let place = index_place(model, from)?;
                if let Some(index) = model.indexes.get_mut(place) {
                    index.name = Some(to.clone());
                }
            }
            Operation::AddConstraint { constraint, .. } => match &**constraint {
                ConstraintState::Unique(unique) => model.uniques.push(unique.clone()),
                ConstraintState::Check(check) => model.checks.push(check.clone()),
                ConstraintState::Exclude(one) => model.exclusions.push(one.clone()),
            },
            Operation::AlterConstraint { name, violation, .. } => {
                violation_of(model, name)?.clone_from(violation);
            }
            Operation::RemoveConstraint { name, .. } => match constraint_place(model, name)? {
                Place::Unique(place) => drop(model.uniques.remove(place)),
                Place::Check(place) => drop(model.checks.remove(place)),
                Place::Exclude(place) => drop(model.exclusions.remove(place)),
            },
            Operation::RenameConstraint { from, to, .. } => {
                let name = match constraint_place(model, from)? {
                    Place::Unique(place) => model.uniques.get_mut(place).map(|one| &mut one.name),
                    Place::Check(place) => model.checks.get_mut(place).map(|one| &mut one.name),
                    Place::Exclude(place) => {
                        model.exclusions.get_mut(place).map(|one| &mut one.name)
                    }
                };
                if let Some(name) = name {
                    *name = Some(to.clone());
                }
            }
            Operation::ValidateConstraint { name, .. } => {
                constraint_place(model, name)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Where a constraint is.
enum Place {
    Unique(usize),
    Check(usize),
    Exclude(usize),
}

/// What is said where a constraint is violated.
fn violation_of<'a>(
    model: &'a mut ModelState,
    name: &str,
) -> Result<&'a mut ViolationState, Misfit> {
    let missing = no_part("constraint", name, &model.name.to_string());
    let found = match constraint_place(model, name)? {
        Place::Unique(place) => model.uniques.get_mut(place).map(|one| &mut one.violation),
        Place::Check(place) => model.checks.get_mut(place).map(|one| &mut one.violation),
        Place::Exclude(place) => model.exclusions.get_mut(place).map(|one| &mut one.violation),
    };
    found.ok_or(missing)
}

/// The name of a unique constraint in the database.
pub(crate) fn unique_name(model: &ModelState, unique: &UniqueState) -> Option<String> {
    Some(match unique.made(model).ok()? {
        Made::Constraint(constraint) => constraint.name,
        Made::Index(index) => index.name,
    })
}

/// The name of a check in the database.
pub(crate) fn check_name(model: &ModelState, check: &CheckState) -> String {
    check.made(model).name
}

/// The name of an exclusion constraint in the database.
pub(crate) fn exclude_name(model: &ModelState, exclude: &ExcludeState) -> String {
    exclude.made(model).map(|constraint| constraint.name).unwrap_or_default()
}

fn constraint_place(model: &ModelState, name: &str) -> Result<Place, Misfit> {
    let unique =
        model.uniques.iter().position(|one| unique_name(model, one).as_deref() == Some(name));
    let check = || model.checks.iter().position(|one| check_name(model, one) == name);
    let exclude = || model.exclusions.iter().position(|one| exclude_name(model, one) == name);
    unique
        .map(Place::Unique)
        .or_else(|| check().map(Place::Check))
        .or_else(|| exclude().map(Place::Exclude))
        .ok_or_else(|| no_part("constraint", name, &model.name.to_string()))
}

fn index_place(model: &ModelState, name: &str) -> Result<usize, Misfit> {
    let is_it = |index: &orm_core::tables::state::IndexState| {
        index.made(model).is_ok_and(|index| index.name == name)
    };
    let place = model.indexes.iter().position(is_it);
    place.ok_or_else(|| no_part("index", name, &model.name.to_string()))
}

fn place_of(model: &ModelState, name: &str) -> Result<usize, Misfit> {
    let is_it = |field: &FieldState| field.name == name;
    let place = model.fields.iter().position(is_it);
    place.ok_or_else(|| no_part("field", name, &model.name.to_string()))
}

pub(super) fn no_model(name: &ModelName) -> Misfit {
    Misfit(format!("there is no model `{name}`"))
}

pub(super) fn no_part(what: &str, name: &str, model: &str) -> Misfit {
    Misfit(format!("`{model}` has no {what} `{name}`"))
}

pub(super) fn taken(what: &str, name: &str, model: &ModelState) -> Misfit {
    Misfit(format!("`{}` has a {what} `{name}` already", model.name))
}
