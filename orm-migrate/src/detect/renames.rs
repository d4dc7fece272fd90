//! Models and fields that may have got another name.

use super::Questions;
use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState, Through};

/// The renames, which are applied to the state at once.
pub(super) fn find(
    now: &mut ProjectState,
    to: &ProjectState,
    questions: &mut dyn Questions,
) -> Result<Vec<Operation>, Misfit> {
    let mut operations = models(now, to, questions)?;
    for new in to.models.values() {
        fields(now, new, questions, &mut operations)?;
    }
    Ok(operations)
}

fn models(
    now: &mut ProjectState,
    to: &ProjectState,
    questions: &mut dyn Questions,
) -> Result<Vec<Operation>, Misfit> {
    let mut operations = Vec::new();
    for new in to.models.values() {
        if now.models.contains_key(&new.name) {
            continue;
        }
        // Those of the same app are likelier.
        let mut gone: Vec<ModelName> =
            now.models.keys().filter(|name| !to.models.contains_key(*name)).cloned().collect();
        gone.sort_by_key(|name| name.app != new.name.app);
        for old in gone {
            let Some(model) = now.model(&old) else { continue };
            let table = (model.table != new.table).then(|| new.table.clone());
            let rename = Operation::RenameModel { from: old.clone(), to: new.name.clone(), table };
            let mut trial = now.clone();
            let fits = rename.apply(&mut trial).is_ok()
                && trial.model(&new.name).is_some_and(|model| has_same_fields(model, new));
            if fits && questions.is_renamed_model(&old, &new.name) {
                *now = trial;
                operations.push(rename);
                break;
            }
        }
    }
    Ok(operations)
}

fn has_same_fields(one: &ModelState, other: &ModelState) -> bool {
    one.fields.len() == other.fields.len()
        && one.fields.iter().all(|field| {
            other.field(&field.name).is_some_and(|new| is_same_but_for_names(field, new))
        })
}

fn fields(
    now: &mut ProjectState,
    new: &ModelState,
    questions: &mut dyn Questions,
    operations: &mut Vec<Operation>,
) -> Result<(), Misfit> {
    for field in &new.fields {
        let Some(old) = now.model(&new.name).filter(|old| old.field(&field.name).is_none()) else {
            continue;
        };
        let gone = old.fields.iter().filter(|old| new.field(&old.name).is_none());
        let gone: Vec<String> = gone.map(|field| field.name.clone()).collect();
        for from in gone {
            let (model, to) = (new.name.clone(), field.name.clone());
            let rename = Operation::RenameField { model, from: from.clone(), to };
            let mut trial = now.clone();
            let fits = rename.apply(&mut trial).is_ok()
                && trial
                    .model(&new.name)
                    .and_then(|model| model.field(&field.name))
                    .is_some_and(|old| is_same_but_for_names(old, field));
            if fits && questions.is_renamed_field(&new.name, &from, &field.name) {
                *now = trial;
                operations.push(rename);
                break;
            }
        }
    }
    Ok(())
}

/// Columns and tables between may have got other names as well.
fn is_same_but_for_names(old: &FieldState, new: &FieldState) -> bool {
    let mut old = old.clone();
    match (&mut old.kind, &new.kind) {
        (FieldKind::Column { column, .. }, FieldKind::Column { column: new, .. }) => {
            column.clone_from(new);
        }
        (FieldKind::Key(old), FieldKind::Key(new)) if old.columns.len() == new.columns.len() => {
            old.columns.clone_from(&new.columns);
        }
        (FieldKind::ManyToMany(old), FieldKind::ManyToMany(new)) => {
            if let (
                Through::Table { table, sides, .. },
                Through::Table { table: new_table, sides: new_sides, .. },
            ) = (&mut old.through, &new.through)
            {
                table.clone_from(new_table);
                sides.clone_from(new_sides);
            }
        }
        _ => return false,
    }
    old == *new
}
