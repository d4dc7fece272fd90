//! Two branches that have both added migrations to an app, joined by a migration that comes after both.

pub use crate::error::Clash;
use crate::error::{Error, Result};
use crate::file::{Migration, MigrationName};
use crate::footprint::{Footprint, Thing};
use crate::graph::{Graph, apply};
use crate::make;
use crate::state::ProjectState;
use orm_core::tables::state::ModelState;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Branches that can be joined.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// What comes after all of them. It has no operations.
    pub migration: Migration,
    /// Operations of which nobody can see whether they go together: SQL of one's own.
    pub unknown: Vec<Clash>,
}

/// A migration that joins the branches of an app.
///
/// Branches that change different things lead to the same state in whatever order they run, which has
/// been tried.
///
/// # Errors
///
/// When there are no branches, or two of them change the same.
pub fn merge(graph: &Graph, app: &str, id: String) -> Result<Merge> {
    let leaves = graph.leaves(app);
    if leaves.len() < 2 {
        return Err(Error::Refused(format!(
            "there is nothing to merge in {app}: it has one last migration"
        )));
    }
    let (mut clashes, mut unknown) = (Vec::new(), Vec::new());
    for (place, one) in leaves.iter().enumerate() {
        for other in leaves.get(place + 1..).unwrap_or_default() {
            for clash in compare(graph, one, other)? {
                match clash.things.contains(&Thing::Everything) {
                    true => unknown.push(clash),
                    false => clashes.push(clash),
                }
            }
        }
    }
    if !clashes.is_empty() {
        return Err(Error::Clash(clashes));
    }
    let words: Vec<&str> = leaves.iter().map(|leaf| &*leaf.name).collect();
    let number = make::last_number(graph, app) + 1;
    let long = format!("{number:04}_merge_{}", words.join("_"));
    let name = if long.len() > 60 { format!("{number:04}_merge") } else { long };
    let migration = Migration {
        name: MigrationName { app: app.to_owned(), name },
        id,
        dependencies: leaves.into_iter().cloned().collect(),
        ..Migration::default()
    };
    Ok(Merge { migration, unknown })
}

/// An operation of a branch.
struct Own {
    at: (MigrationName, String),
    print: Footprint,
}

/// What two branches have in common that one of them changes.
fn compare(graph: &Graph, one: &MigrationName, other: &MigrationName) -> Result<Vec<Clash>> {
    let names = |leaf| -> BTreeSet<&MigrationName> {
        graph.up_to(leaf).into_iter().map(|one| &one.name).collect()
    };
    let (first, second) = (names(one), names(other));
    let mut start = ProjectState::default();
    for migration in graph.iter() {
        if first.contains(&migration.name) && second.contains(&migration.name) {
            apply(migration, &mut start)?;
        }
    }
    let branch = |own: &BTreeSet<&MigrationName>, others: &BTreeSet<&MigrationName>| {
        graph.iter().filter(|one| own.contains(&one.name) && !others.contains(&one.name)).collect()
    };
    let ours: Vec<&Migration> = branch(&first, &second);
    let theirs: Vec<&Migration> = branch(&second, &first);
    let mut clashes = Vec::new();
    let theirs_done = operations(&start, &theirs)?;
    for own in operations(&start, &ours)? {
        for their in &theirs_done {
            let mut things: Vec<Thing> = own.print.common(&their.print).into_iter().collect();
            things.retain(|thing| !matches!(thing, Thing::Order(..)));
            // A model says what its fields would.
            let whole: Vec<Thing> =
                things.iter().filter(|one| matches!(one, Thing::Model(_))).cloned().collect();
            things.retain(|thing| whole.contains(thing) || !whole.iter().any(|one| one.has(thing)));
            if !things.is_empty() {
                let (one, other) = (own.at.clone(), their.at.clone());
                clashes.push(Clash { one, other, things });
            }
        }
    }
    if clashes.is_empty() && !is_same(&start, &ours, &theirs) {
        return Err(Error::Refused(format!(
            "{one} and {other} lead to different models, or to none, as the one or the other comes \
             first: write a migration that comes after one of them, in place of the other"
        )));
    }
    Ok(clashes)
}

fn operations(start: &ProjectState, branch: &[&Migration]) -> Result<Vec<Own>> {
    let mut state = start.clone();
    let mut all = Vec::new();
    for migration in branch {
        for operation in &migration.operations {
            let before = state.clone();
            operation.apply(&mut state).map_err(|misfit| Error::Misfit {
                migration: migration.name.clone(),
                operation: operation.to_string(),
                misfit,
            })?;
            let print = Footprint::of(operation, &before, &state);
            all.push(Own { at: (migration.name.clone(), operation.to_string()), print });
        }
    }
    Ok(all)
}

/// True where both orders lead to the same, but for the order of fields, indexes and constraints.
fn is_same(start: &ProjectState, ours: &[&Migration], theirs: &[&Migration]) -> bool {
    let lead = |first: &[&Migration], second: &[&Migration]| {
        let mut state = start.clone();
        let mut all = first.iter().chain(second);
        all.all(|one| apply(one, &mut state).is_ok()).then(|| sorted(state))
    };
    let state = lead(ours, theirs);
    state.is_some() && state == lead(theirs, ours)
}

fn sorted(mut state: ProjectState) -> ProjectState {
    for model in state.models.values_mut() {
        let ModelState { fields, uniques, indexes, checks, .. } = Arc::make_mut(model);
        fields.sort_by(|one, other| one.name.cmp(&other.name));
        uniques.sort_by_cached_key(|one| format!("{one:?}"));
        indexes.sort_by_cached_key(|one| format!("{one:?}"));
        checks.sort_by_cached_key(|one| format!("{one:?}"));
    }
    state
}
