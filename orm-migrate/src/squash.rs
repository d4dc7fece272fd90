//! Several migrations as one, and one in fewer operations.
//!
//! A squash says which migrations it stands for. The old files can stay as long as a database has run
//! some of them and not all; see [`Graph::on`].

use crate::error::{Error, Result};
use crate::file::{Migration, MigrationName, Replaced};
use crate::graph::{Graph, apply};
use crate::operation::Operation;
use crate::optimize::{is_opaque, optimize};
use crate::state::ProjectState;
use std::collections::{BTreeMap, BTreeSet};

mod together;

pub use together::squash_together;

/// Migrations put together.
#[derive(Clone, Debug, PartialEq)]
pub struct Squash {
    /// What stands for them.
    pub migration: Migration,
    /// How many operations they had.
    pub operations: usize,
    /// What could not be seen through, and is done as it was.
    pub kept: Vec<Kept>,
}

/// An operation that is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The migration that it was in.
    pub migration: MigrationName,
    /// In words.
    pub operation: String,
}

/// One migration for those of an app up to `to`; from its first one on, or from `from`.
///
/// That it leads to the same state as they do has been tried. [`prove`](crate::run::prove) tries tables and rows on
/// two databases.
///
/// ```
/// use orm_migrate::file::{Migration, MigrationName};
/// use orm_migrate::graph::Graph;
/// use orm_migrate::squash::squash;
///
/// let name = |name: &str| MigrationName { app: "library".into(), name: name.into() };
/// let text = "id = \"1\"\n[[operations]]\ncreate_schema = \"shop\"";
/// let first = Migration::parse(name("0001_initial"), text)?;
/// let text = "id = \"2\"\ndependencies = [\"library.0001_initial\"]\n\
///             [[operations]]\ndrop_schema = \"shop\"";
/// let graph = Graph::of([first, Migration::parse(name("0002_no_shop"), text)?])?;
/// let squash = squash(&graph, "library", None, &name("0002_no_shop"), "3".into())?;
/// assert_eq!(squash.migration.name.name, "0001_squashed_0002_no_shop");
/// assert!(squash.operations == 2 && squash.migration.operations.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When there is nothing to put together, or what stands between them belongs to another app.
pub fn squash(
    graph: &Graph,
    app: &str,
    from: Option<&MigrationName>,
    to: &MigrationName,
    id: String,
) -> Result<Squash> {
    let all = range(graph, app, from, to)?;
    if all.len() < 2 {
        return Err(too_few(std::slice::from_ref(to)));
    }
    check_between(graph, &all.iter().map(|one| &one.name).collect())?;
    let made = put_together(graph, &all, id)?;
    check_state(graph, [&made.migration])?;
    Ok(made)
}

/// One migration for all that come after each other in it.
fn put_together(graph: &Graph, all: &[&Migration], id: String) -> Result<Squash> {
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Err(Error::Refused("there is nothing to squash".to_owned()));
    };
    let names: BTreeSet<&MigrationName> = all.iter().map(|one| &one.name).collect();
    let before = state_before(graph, &names)?;
    let operations: Vec<Operation> = all.iter().flat_map(|one| &one.operations).cloned().collect();
    let shorter = optimize(&before, &operations).map_err(|misfit| Error::Misfit {
        migration: last.name.clone(),
        operation: "squash".to_owned(),
        misfit,
    })?;
    let needed: BTreeSet<MigrationName> = all
        .iter()
        .flat_map(|one| graph.needs(&one.name))
        .filter(|name| !names.contains(name))
        .cloned()
        .collect();
    let number = first.name.name.split('_').next().unwrap_or_default();
    let name = format!("{number}_squashed_{}", last.name.name);
    let silence: BTreeSet<String> = all.iter().flat_map(|one| one.silence.clone()).collect();
    let migration = Migration {
        name: MigrationName { app: last.name.app.clone(), name },
        id,
        dependencies: needed.into_iter().collect(),
        replaces: all.iter().map(|one| replaced(one)).collect(),
        silence: silence.into_iter().collect(),
        operations: shorter,
    };
    let kept = all.iter().flat_map(|one| kept(one)).collect();
    Ok(Squash { kept, operations: operations.len(), migration })
}

/// The operations of a migration that nobody can see through.
fn kept(migration: &Migration) -> impl Iterator<Item = Kept> {
    let opaque = migration.operations.iter().filter(|operation| is_opaque(operation));
    opaque.map(|operation| Kept {
        migration: migration.name.clone(),
        operation: operation.to_string(),
    })
}

/// A migration in fewer operations.
///
/// With another identifier, it stands for the one that it was, so that databases which have run that
/// one count as having run it. Without, it is for a migration that no database has run.
///
/// # Errors
///
/// When there is no such migration, or an operation does not fit.
pub fn optimized(graph: &Graph, name: &MigrationName, id: Option<String>) -> Result<Squash> {
    let old = graph.get(name).ok_or_else(|| Error::Unknown(name.clone()))?;
    let before = state_before(graph, &BTreeSet::from([name]))?;
    let operations = optimize(&before, &old.operations).map_err(|misfit| Error::Misfit {
        migration: name.clone(),
        operation: "optimize".to_owned(),
        misfit,
    })?;
    let kept = kept(old).collect();
    let mut migration = Migration { operations, ..old.clone() };
    if let Some(id) = id {
        migration.replaces = vec![replaced(old)];
        migration.id = id;
    }
    Ok(Squash { kept, operations: old.operations.len(), migration })
}

fn replaced(migration: &Migration) -> Replaced {
    Replaced {
        name: migration.name.clone(),
        id: migration.id.clone(),
        replaces: migration.replaces.clone(),
    }
}

fn too_few(to: &[MigrationName]) -> Error {
    let names: Vec<String> = to.iter().map(MigrationName::to_string).collect();
    Error::Refused(format!(
        "there is nothing to squash: up to {} there are not two migrations{}",
        names.join(" and "),
        if to.len() > 1 { " of an app that can be one" } else { "" }
    ))
}

/// The migrations of an app between two of them, in order.
fn range<'a>(
    graph: &'a Graph,
    app: &str,
    from: Option<&MigrationName>,
    to: &MigrationName,
) -> Result<Vec<&'a Migration>> {
    for name in from.into_iter().chain([to]) {
        if graph.get(name).is_none() {
            return Err(Error::Unknown(name.clone()));
        }
        if name.app != app {
            return Err(Error::Refused(format!("migration {name} is none of {app}")));
        }
    }
    let after: Option<BTreeSet<&MigrationName>> =
        from.map(|from| graph.from(from).into_iter().map(|one| &one.name).collect());
    if let (Some(from), Some(after)) = (from, &after)
        && !after.contains(to)
    {
        return Err(Error::Refused(format!("migration {to} does not come after {from}")));
    }
    let is_meant = |one: &&Migration| {
        one.name.app == app && after.as_ref().is_none_or(|after| after.contains(&one.name))
    };
    Ok(graph.up_to(to).into_iter().filter(is_meant).collect())
}

/// Nothing comes after one of them and before another.
fn check_between(graph: &Graph, names: &BTreeSet<&MigrationName>) -> Result<()> {
    // For each migration that comes after some of them, the one that it comes right after.
    let mut after: BTreeMap<&MigrationName, &MigrationName> = BTreeMap::new();
    for migration in graph.iter() {
        let mut needs = graph.needs(&migration.name);
        if names.contains(&migration.name) {
            let Some(between) = needs.find(|name| after.contains_key(*name)) else { continue };
            let chain: Vec<String> =
                std::iter::successors(Some(between), |name| after.get(*name).copied())
                    .map(MigrationName::to_string)
                    .collect();
            return Err(Error::Refused(format!(
                "{} depends on {}, so that they cannot be one migration: squash up to what comes \
                 before, or squash the other app first or together with it",
                migration.name,
                chain.join(", which depends on ")
            )));
        }
        let reached = needs.find(|name| names.contains(*name) || after.contains_key(*name));
        after.extend(reached.map(|name| (&migration.name, name)));
    }
    Ok(())
}

/// What some migrations find that stand side by side.
fn state_before(graph: &Graph, names: &BTreeSet<&MigrationName>) -> Result<ProjectState> {
    let before: BTreeSet<&MigrationName> = names
        .iter()
        .flat_map(|name| graph.up_to(name))
        .map(|one| &one.name)
        .filter(|name| !names.contains(name))
        .collect();
    let mut state = ProjectState::default();
    for migration in graph.iter().filter(|one| before.contains(&one.name)) {
        apply(migration, &mut state)?;
    }
    Ok(state)
}

/// With the squashes, all migrations lead to the same.
fn check_state<'a>(
    graph: &Graph,
    squashes: impl IntoIterator<Item = &'a Migration> + Clone,
) -> Result<()> {
    let with = Graph::of(graph.files().cloned().chain(squashes.clone().into_iter().cloned()))?;
    if with.state()? != graph.state()? {
        let names: Vec<String> = squashes.into_iter().map(|one| one.name.to_string()).collect();
        return Err(Error::Refused(format!(
            "with {}, all migrations together would lead to other models than they do now",
            names.join(" and ")
        )));
    }
    Ok(())
}
