//! An order in which each operation fits the state that those before it lead to.

use crate::operation::{ConstraintState, Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, PartState, Through};
use std::collections::{HashSet, VecDeque};

/// The operations in such an order, applied to the state.
///
/// # Errors
///
/// When there is none.
pub(super) fn order(
    now: &mut ProjectState,
    pending: Vec<Operation>,
) -> Result<Vec<Operation>, Misfit> {
    let mut pending: VecDeque<Operation> = pending.into();
    let mut done = Vec::with_capacity(pending.len());
    while !pending.is_empty() {
        let mut problem = None;
        let fits = pending.iter().position(|operation| match operation.apply(now) {
            Ok(()) => true,
            Err(misfit) => {
                problem.get_or_insert(misfit);
                false
            }
        });
        match fits.and_then(|place| pending.remove(place)) {
            Some(operation) => done.push(operation),
            None if split(now, &mut pending) => {}
            None => return Err(problem.unwrap_or_else(|| Misfit("nothing fits".to_owned()))),
        }
    }
    Ok(done)
}

/// Takes what goes in a circle out of an operation, so that it fits. False where there is nothing.
fn split(now: &ProjectState, pending: &mut VecDeque<Operation>) -> bool {
    for place in 0..pending.len() {
        let Some(operation) = pending.get_mut(place) else { continue };
        let more = match operation {
            Operation::CreateModel(model) => without_missing(now, model),
            _ => Vec::new(),
        };
        if !more.is_empty() {
            // After all that is created, before what is built on it.
            let is_creation = |one: &Operation| matches!(one, Operation::CreateModel(_));
            let at = pending.iter().rposition(is_creation).map_or(pending.len(), |last| last + 1);
            for (offset, operation) in more.into_iter().enumerate() {
                pending.insert(at + offset, operation);
            }
            return true;
        }
    }
    let gone: HashSet<ModelName> = pending
        .iter()
        .filter_map(|operation| match operation {
            Operation::DeleteModel(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let removal = gone.iter().find_map(|name| removal_of_key(now.model(name)?, &gone));
    let found = removal.is_some();
    for operation in removal.into_iter().flatten() {
        pending.push_front(operation);
    }
    found
}

/// Takes the fields out of a model that refer to what is not there yet, with what is built on them.
fn without_missing(now: &ProjectState, model: &mut ModelState) -> Vec<Operation> {
    let name = model.name.clone();
    let is_missing = |to: &ModelName| *to != name && now.model(to).is_none();
    let refers = |field: &FieldState| {
        let through = match &field.kind {
            FieldKind::ManyToMany(relation) => match &relation.through {
                Through::Model(through) => is_missing(through),
                Through::Table { .. } => false,
            },
            FieldKind::Column { .. } | FieldKind::Key(_) => false,
        };
        through || field.to().is_some_and(is_missing)
    };
    let taken: Vec<FieldState> = model.fields.extract_if(.., |field| refers(field)).collect();
    let gone: HashSet<&str> = taken.iter().map(|field| &*field.name).collect();
    let columns: Vec<&String> = taken.iter().flat_map(FieldState::columns).collect();
    let names = |sql: &orm_sql::ident::RawSql| {
        columns.iter().any(|column| crate::sql_text::names(sql.as_str(), column))
    };
    let part = |part: &PartState| match part {
        PartState::Field { name, .. } => gone.contains(&**name),
        PartState::Expression(sql) => names(sql),
    };
    let include = |name: &String| gone.contains(&**name);
    let uniques = model.uniques.extract_if(.., |one| {
        one.parts.iter().any(part)
            || one.include.iter().any(include)
            || one.condition.as_ref().is_some_and(names)
    });
    let mut after: Vec<Operation> =
        uniques.map(|unique| constraint(&name, ConstraintState::Unique(unique))).collect();
    let checks = model.checks.extract_if(.., |one| names(&one.condition));
    after.extend(checks.map(|check| constraint(&name, ConstraintState::Check(check))));
    let indexes = model.indexes.extract_if(.., |one| {
        one.parts.iter().any(part)
            || one.include.iter().any(include)
            || one.condition.as_ref().is_some_and(names)
    });
    after.extend(indexes.map(|index| Operation::AddIndex {
        model: name.clone(),
        index: Box::new(index),
        concurrently: false,
    }));
    let fields = taken.into_iter().map(|field| Operation::AddField {
        model: name.clone(),
        field: Box::new(field),
        fill: None,
    });
    fields.chain(after).collect()
}

fn constraint(model: &ModelName, constraint: ConstraintState) -> Operation {
    Operation::AddConstraint {
        model: model.clone(),
        constraint: Box::new(constraint),
        not_valid: false,
    }
}

/// Takes a key out of a model that will go, to another that will go.
fn removal_of_key(model: &ModelState, gone: &HashSet<ModelName>) -> Option<Vec<Operation>> {
    let is_key =
        |field: &&FieldState| field.to().is_some_and(|to| *to != model.name && gone.contains(to));
    let field = model.fields.iter().find(is_key)?;
    let mut lean = model.clone();
    lean.fields.retain(|one| one.name != field.name);
    let is_on_it = |columns: &[String], texts: &str| {
        columns.contains(&field.name)
            || field.columns().iter().any(|column| crate::sql_text::names(texts, column))
    };
    let mut removals =
        vec![Operation::RemoveField { model: model.name.clone(), name: field.name.clone() }];
    let parts = |parts: &[PartState], include: &[String]| {
        let mut names = include.to_vec();
        let mut texts = String::new();
        for part in parts {
            match part {
                PartState::Field { name, .. } => names.push(name.clone()),
                PartState::Expression(sql) => texts.push_str(sql.as_str()),
            }
        }
        is_on_it(&names, &texts)
    };
    let text = |sql: &Option<orm_sql::ident::RawSql>| {
        sql.as_ref().is_some_and(|sql| is_on_it(&[], sql.as_str()))
    };
    for unique in &model.uniques {
        if parts(&unique.parts, &unique.include) || text(&unique.condition) {
            let name = crate::operation::unique_name(model, unique)?;
            removals.push(Operation::RemoveConstraint { model: model.name.clone(), name });
        }
    }
    for check in model.checks.iter().filter(|check| is_on_it(&[], check.condition.as_str())) {
        let name = crate::operation::check_name(model, check);
        removals.push(Operation::RemoveConstraint { model: model.name.clone(), name });
    }
    for index in &model.indexes {
        if parts(&index.parts, &index.include) || text(&index.condition) {
            let name = index.made(model).ok()?.name;
            let model = model.name.clone();
            removals.push(Operation::RemoveIndex { model, name, concurrently: false });
        }
    }
    Some(removals)
}
