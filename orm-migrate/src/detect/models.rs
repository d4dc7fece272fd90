//! Models compared, after all renames.

use super::{Questions, parts, schedule, views};
use crate::operation::{Misfit, Operation, Options};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, Through};
use orm_sql::ident::RawSql;
use orm_sql::schema::Fill;
use std::collections::HashSet;

/// The operations, in the order that they are tried in. Extensions and schemas that no model needs stay:
/// they may be there for something else.
pub(super) fn compare(
    now: &ProjectState,
    to: &ProjectState,
    questions: &mut dyn Questions,
) -> Result<Vec<Operation>, Misfit> {
    let mut found = Vec::new();
    found.extend(to.schemas.difference(&now.schemas).cloned().map(Operation::CreateSchema));
    found
        .extend(to.extensions.difference(&now.extensions).cloned().map(Operation::CreateExtension));
    found.extend(super::enums::compare(now, to));
    for name in creation_order(now, to) {
        if let Some(model) = to.model(&name) {
            found.push(Operation::CreateModel(Box::new(model.clone())));
        }
    }
    for new in to.models.values() {
        match now.model(&new.name) {
            // One that had a table of ours is another one as a view, and the other way round.
            Some(old) if old.managed != new.managed && (is_view(old) || is_view(new)) => {
                found.push(Operation::DeleteModel(new.name.clone()));
                found.push(Operation::CreateModel(Box::new((**new).clone())));
            }
            Some(old) => model(old, new, questions, &mut found)?,
            None => {}
        }
    }
    let gone = now.models.keys().filter(|name| !to.models.contains_key(*name));
    found.extend(gone.cloned().map(Operation::DeleteModel));
    let (old, new) = (views::places(now), views::places(to));
    found.sort_by_key(|one| (rank(one, &old), place(one, &old, &new)));
    Ok(found)
}

fn is_view(model: &ModelState) -> bool {
    model.view.is_some()
}

/// When an operation is tried: what makes room comes first, what needs others comes last.
fn rank(operation: &Operation, views: &[ModelName]) -> u8 {
    match operation {
        Operation::CreateModel(model) if model.view.is_some() => 12,
        Operation::AlterView { view: Some(_), .. } => 12,
        Operation::AlterView { view: None, .. } => 1,
        Operation::DeleteModel(name) if views.contains(name) => 1,
        Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::CreateEnum { .. }
        | Operation::AddEnumValue { .. } => 0,
        Operation::RemoveIndex { .. } | Operation::RemoveConstraint { .. } => 1,
        Operation::RenameIndex { .. } | Operation::RenameConstraint { .. } => 2,
        Operation::AlterTable { .. } => 3,
        Operation::CreateModel(_) => 4,
        Operation::AddField { .. } => 5,
        Operation::AlterField { .. } => 6,
        Operation::AlterPrimaryKey { .. } => 7,
        Operation::RemoveField { .. } => 8,
        Operation::AlterEnum { .. } => 9,
        Operation::AddIndex { .. } | Operation::AddConstraint { .. } => 10,
        Operation::AlterOptions { .. } | Operation::AlterRowLevelSecurity { .. } => 11,
        Operation::DeleteModel(_) => 12,
        _ => 13,
    }
}

/// Views come once their tables are there, those that others read first, and go in the other order.
/// Where an operation is about none of them, all are equal.
fn place(operation: &Operation, old: &[ModelName], new: &[ModelName]) -> usize {
    let Some(name) = operation.model() else { return 0 };
    let among = |views: &[ModelName]| views.iter().position(|view| view == name);
    match operation {
        Operation::DeleteModel(_) | Operation::AlterView { view: None, .. } => {
            among(old).map_or(0, |place| old.len() - place)
        }
        Operation::CreateModel(_) | Operation::AlterView { .. } => among(new).unwrap_or_default(),
        _ => 0,
    }
}

/// The new models, those that others refer to first as far as there is such an order.
fn creation_order(now: &ProjectState, to: &ProjectState) -> Vec<ModelName> {
    fn visit(
        name: &ModelName,
        now: &ProjectState,
        to: &ProjectState,
        seen: &mut HashSet<ModelName>,
        order: &mut Vec<ModelName>,
    ) {
        let Some(model) = to.model(name).filter(|_| !now.models.contains_key(name)) else { return };
        if !seen.insert(name.clone()) {
            return;
        }
        for field in &model.fields {
            if let Some(target) = field.to() {
                visit(target, now, to, seen, order);
            }
        }
        order.push(name.clone());
    }
    let (mut seen, mut order) = (HashSet::new(), Vec::new());
    for name in to.models.keys() {
        visit(name, now, to, &mut seen, &mut order);
    }
    order
}

fn model(
    old: &ModelState,
    new: &ModelState,
    questions: &mut dyn Questions,
    found: &mut Vec<Operation>,
) -> Result<(), Misfit> {
    let name = || new.name.clone();
    if old.table != new.table {
        found.push(Operation::AlterTable { model: name(), table: new.table.clone() });
    }
    whole(old, new, found);
    if old.primary_key != new.primary_key {
        found.push(Operation::AlterPrimaryKey { model: name(), fields: new.primary_key.clone() });
    }
    let remove = |field: &FieldState| Operation::RemoveField {
        model: new.name.clone(),
        name: field.name.clone(),
    };
    let mut recreated = Vec::new();
    for field in &new.fields {
        match old.field(&field.name) {
            Some(same) if same == field => {}
            Some(before) if is_recreated(new, before, field, questions)? => {
                found.push(remove(before));
                found.push(add(new, field, questions)?);
                recreated.push(before.clone());
            }
            Some(before) if can_become(before, field) => {
                found.push(alter(new, before, field, questions)?);
            }
            other => {
                found.extend(other.map(remove));
                found.push(add(new, field, questions)?);
            }
        }
    }
    let gone = old.fields.iter().filter(|field| new.field(&field.name).is_none());
    found.extend(gone.map(remove));
    let (rest, removals) = schedule::without_parts_on(old, &recreated)?;
    found.extend(removals);
    parts::compare(&rest, new, found);
    row_level_security(&rest, new, found);
    Ok(())
}

/// Whether the database keeps tenants apart.
fn row_level_security(old: &ModelState, new: &ModelState, found: &mut Vec<Operation>) {
    if old.row_level_security != new.row_level_security {
        let (model, tenant) = (new.name.clone(), new.row_level_security.clone());
        found.push(Operation::AlterRowLevelSecurity { model, tenant });
    }
}

/// Whether a field gets another type and a column without the values of rows.
fn is_recreated(
    model: &ModelState,
    old: &FieldState,
    new: &FieldState,
    questions: &mut dyn Questions,
) -> Result<bool, Misfit> {
    let is_other = match (&old.kind, &new.kind) {
        (
            FieldKind::Column { column_type: old, .. },
            FieldKind::Column { column_type: new, .. },
        ) => old != new,
        (FieldKind::Key(old), FieldKind::Key(new)) => old.to != new.to,
        (FieldKind::ManyToMany(_), _) | (_, FieldKind::ManyToMany(_)) => false,
        _ => true,
    };
    Ok(is_other && can_become(old, new) && questions.is_recreated(model, old, new)?)
}

/// What a model says as a whole.
fn whole(old: &ModelState, new: &ModelState, found: &mut Vec<Operation>) {
    let name = || new.name.clone();
    let options = Options::of(new);
    if Options::of(old) != options {
        found.push(Operation::AlterOptions { model: name(), options });
    }
    if old.view != new.view {
        let view = new.view.clone().map(Box::new);
        found.push(Operation::AlterView { model: name(), view });
    }
}

fn alter(
    model: &ModelState,
    before: &FieldState,
    field: &FieldState,
    questions: &mut dyn Questions,
) -> Result<Operation, Misfit> {
    let fill = match before.null && needs_fill(model, field) {
        true => questions.fill(model, field, false)?,
        false => None,
    };
    let (model, field) = (model.name.clone(), Box::new(field.clone()));
    Ok(Operation::AlterField { model, field, fill, using: None })
}

fn add(
    model: &ModelState,
    field: &FieldState,
    questions: &mut dyn Questions,
) -> Result<Operation, Misfit> {
    let fill: Option<RawSql> = match needs_fill(model, field) {
        true => questions.fill(model, field, true)?,
        false => None,
    };
    Ok(Operation::AddField { model: model.name.clone(), field: Box::new(field.clone()), fill })
}

/// True where rows that are there need a value.
fn needs_fill(model: &ModelState, field: &FieldState) -> bool {
    model.managed && !field.null && field.fill == Fill::Nothing && !field.columns().is_empty()
}

/// True where the rows keep what they have.
fn can_become(old: &FieldState, new: &FieldState) -> bool {
    match (&old.kind, &new.kind) {
        (FieldKind::ManyToMany(old), FieldKind::ManyToMany(new)) => {
            let same_kind = matches!(
                (&old.through, &new.through),
                (Through::Table { .. }, Through::Table { .. })
            );
            old.to == new.to && (same_kind || old.through == new.through)
        }
        _ => {
            let (old, new) = (old.columns(), new.columns());
            !old.is_empty() && old.len() == new.len()
        }
    }
}
