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
    let mut operations = super::enums::renames(now, to, questions)?;
    operations.extend(models(now, to, questions)?);
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
        let mut candidates: Vec<Candidate> = now
            .models
            .values()
            .filter(|old| !to.models.contains_key(&old.name))
            .filter_map(|old| Candidate::of(now, old, new))
            .collect();
        candidates.sort_by_key(|one| std::cmp::Reverse(one.likeness));
        for candidate in candidates {
            let Candidate { from, rename, state, is_certain, .. } = candidate;
            if is_certain || questions.is_renamed_model(&from, &new.name)? {
                *now = state;
                operations.push(rename);
                break;
            }
        }
    }
    Ok(operations)
}

/// A model that may be another one under its old name.
struct Candidate {
    from: ModelName,
    rename: Operation,
    /// The state with the new name.
    state: ProjectState,
    /// It has the same table, which can only be the same rows.
    is_certain: bool,
    likeness: (bool, usize, bool),
}

impl Candidate {
    /// A model with the table of the other, or with at least half of its fields.
    fn of(now: &ProjectState, old: &ModelState, new: &ModelState) -> Option<Candidate> {
        let from = old.name.clone();
        let table = (old.table != new.table).then(|| new.table.clone());
        let is_certain = table.is_none();
        let rename = Operation::RenameModel { from: from.clone(), to: new.name.clone(), table };
        let mut state = now.clone();
        rename.apply(&mut state).ok()?;
        let shared = shared_fields(state.model(&new.name)?, new);
        let enough = shared > 0 && 2 * shared >= old.fields.len().max(new.fields.len());
        let likeness = (is_certain, shared, from.app == new.name.app);
        (is_certain || enough).then_some(Candidate { from, rename, state, is_certain, likeness })
    }
}

fn shared_fields(one: &ModelState, other: &ModelState) -> usize {
    let is_shared = |field: &&FieldState| {
        other.field(&field.name).is_some_and(|new| is_same_but_for_names(field, new))
    };
    one.fields.iter().filter(is_shared).count()
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
            if fits && questions.is_renamed_field(&new.name, &from, &field.name)? {
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
