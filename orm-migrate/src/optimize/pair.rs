//! Two operations as one.

use super::{Entry, fields};
use crate::operation::{ConstraintState, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{ModelName, ModelState};

/// What two operations are together: one operation, or nothing at all. `None` where they stay two. What
/// is done safely stays so.
pub(super) fn merged(earlier: &Entry, later: &Entry) -> Option<Option<Operation>> {
    let is_safe = |one: &Entry| matches!(one.operation, Operation::Safely(_));
    if !is_safe(earlier) && !is_safe(later) {
        return of_plain(earlier, later);
    }
    let plain = |one: &Entry| Entry { operation: one.operation.plain().clone(), ..one.clone() };
    Some(of_plain(&plain(earlier), &plain(later))?.map(Operation::safely))
}

fn of_plain(earlier: &Entry, later: &Entry) -> Option<Option<Operation>> {
    let (one, other) = (&earlier.operation, &later.operation);
    match (one, other) {
        (Operation::CreateSchema(name), Operation::DropSchema(gone))
        | (Operation::CreateExtension(name), Operation::DropExtension(gone)) => {
            return (name == gone).then_some(None);
        }
        _ => {}
    }
    let name = name_after(one)?;
    if Some(name) != other.model() {
        return None;
    }
    match (one, other) {
        (Operation::CreateModel(_), Operation::DeleteModel(_)) => Some(None),
        (Operation::CreateModel(model), _) => {
            created(model, other).map(|model| Some(Operation::CreateModel(Box::new(model))))
        }
        (Operation::RenameModel { .. }, _) => renamed(one, other),
        // What is done to a model that goes need not be done.
        (_, Operation::DeleteModel(_)) => Some(Some(other.clone())),
        (Operation::AlterTable { .. }, Operation::AlterTable { .. })
        | (Operation::AlterRowLevelSecurity { .. }, Operation::AlterRowLevelSecurity { .. })
        | (Operation::AlterPrimaryKey { .. }, Operation::AlterPrimaryKey { .. }) => {
            Some(Some(other.clone()))
        }
        (Operation::AlterOptions { options: old, .. }, Operation::AlterOptions { options, .. })
            if old.managed == options.managed =>
        {
            Some(Some(other.clone()))
        }
        _ => fields::merged(earlier, later).or_else(|| parts(earlier, later)),
    }
}

/// The name of the index or constraint that an operation adds which two others have become.
pub(super) fn part(
    operation: &Operation,
    earlier: &[Entry],
    later: &Option<String>,
) -> Option<String> {
    match operation.plain() {
        Operation::AddIndex { index, .. } => index.name.clone(),
        Operation::AddConstraint { constraint, .. } => constraint.name().map(str::to_owned),
        _ => return None,
    }
    .or_else(|| earlier.first().and_then(|one| one.part.clone()))
    .or_else(|| later.clone())
}

/// The name of the model that an operation is about, after it.
fn name_after(operation: &Operation) -> Option<&ModelName> {
    match operation {
        Operation::RenameModel { to, .. } => Some(to),
        Operation::DeleteModel(_) => None,
        other => other.model(),
    }
}

/// A model that is created as a later operation leaves it.
fn created(model: &ModelState, later: &Operation) -> Option<ModelState> {
    if matches!(later, Operation::AddConstraint { not_valid: true, .. }) {
        return None;
    }
    let mut state = ProjectState::default();
    state.insert(model.clone());
    later.apply_unchecked(&mut state).ok()?;
    state.models.into_values().next().map(|model| (*model).clone())
}

/// A new name, and what comes of the model under it.
fn renamed(one: &Operation, other: &Operation) -> Option<Option<Operation>> {
    let Operation::RenameModel { from, to: _, table } = one else { return None };
    match other {
        Operation::DeleteModel(_) => Some(Some(Operation::DeleteModel(from.clone()))),
        Operation::RenameModel { to, table: last, .. } => {
            let table = last.as_ref().or(table.as_ref()).cloned();
            let (from, to) = (from.clone(), to.clone());
            if from != to {
                return Some(Some(Operation::RenameModel { from, to, table }));
            }
            Some(table.map(|table| Operation::AlterTable { model: from, table }))
        }
        Operation::AlterTable { model, table } => {
            let (from, to, table) = (from.clone(), model.clone(), Some(table.clone()));
            Some(Some(Operation::RenameModel { from, to, table }))
        }
        _ => None,
    }
}

/// Indexes and constraints.
fn parts(earlier: &Entry, later: &Entry) -> Option<Option<Operation>> {
    let is_it = |name: &String| earlier.part.as_ref() == Some(name);
    match (&earlier.operation, &later.operation) {
        (Operation::AddIndex { .. }, Operation::RemoveIndex { name, .. })
        | (Operation::AddConstraint { .. }, Operation::RemoveConstraint { name, .. })
            if is_it(name) =>
        {
            Some(None)
        }
        (
            Operation::AddIndex { model, index, concurrently },
            Operation::RenameIndex { from, to, .. },
        ) if is_it(from) => {
            let (model, mut index) = (model.clone(), index.clone());
            index.name = Some(to.clone());
            Some(Some(Operation::AddIndex { model, index, concurrently: *concurrently }))
        }
        (
            Operation::AddConstraint { model, constraint, not_valid },
            Operation::RenameConstraint { from, to, .. },
        ) if is_it(from) => {
            let (model, mut constraint) = (model.clone(), constraint.clone());
            match &mut *constraint {
                ConstraintState::Unique(unique) => unique.name = Some(to.clone()),
                ConstraintState::Check(check) => check.name = Some(to.clone()),
                ConstraintState::Exclude(exclude) => exclude.name = Some(to.clone()),
            }
            Some(Some(Operation::AddConstraint { model, constraint, not_valid: *not_valid }))
        }
        (
            Operation::AddConstraint { model, constraint, not_valid: true },
            Operation::ValidateConstraint { name, .. },
        ) if is_it(name) => {
            let (model, constraint) = (model.clone(), constraint.clone());
            Some(Some(Operation::AddConstraint { model, constraint, not_valid: false }))
        }
        _ => named(&earlier.operation, &later.operation),
    }
}

/// Indexes and constraints that were there already.
fn named(one: &Operation, other: &Operation) -> Option<Option<Operation>> {
    let model = other.model()?.clone();
    match (one, other) {
        (
            Operation::RenameIndex { from: first, to: middle, .. },
            Operation::RenameIndex { from, to, .. },
        ) if middle == from => Some((first != to).then(|| Operation::RenameIndex {
            model,
            from: first.clone(),
            to: to.clone(),
        })),
        (
            Operation::RenameIndex { from: first, to, .. },
            Operation::RemoveIndex { name, concurrently, .. },
        ) if to == name => {
            let (name, concurrently) = (first.clone(), *concurrently);
            Some(Some(Operation::RemoveIndex { model, name, concurrently }))
        }
        (
            Operation::RenameConstraint { from: first, to: middle, .. },
            Operation::RenameConstraint { from, to, .. },
        ) if middle == from => Some((first != to).then(|| Operation::RenameConstraint {
            model,
            from: first.clone(),
            to: to.clone(),
        })),
        (
            Operation::RenameConstraint { from: first, to, .. },
            Operation::RemoveConstraint { name, .. },
        ) if to == name => Some(Some(Operation::RemoveConstraint { model, name: first.clone() })),
        (
            Operation::ValidateConstraint { name: first, .. },
            Operation::RemoveConstraint { name, .. },
        ) if first == name => Some(Some(other.clone())),
        _ => None,
    }
}
