//! All migrations, and the order in which they run.

use crate::file::{Migration, MigrationName};
use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use orm_sql::schema::Change;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Migrations that refer to each other, without gaps and circles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    migrations: BTreeMap<MigrationName, Migration>,
    /// Their names, those that others depend on first.
    order: Vec<MigrationName>,
}

/// Migrations that are no graph.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphError {
    /// A migration depends on one that there is not.
    Missing {
        /// The migration.
        migration: MigrationName,
        /// What it depends on.
        dependency: MigrationName,
    },
    /// Migrations depend on each other in a circle.
    Circle(Vec<MigrationName>),
    /// Two migrations have one name, or one identifier.
    Twice(MigrationName, MigrationName),
    /// An operation does not fit what the migrations before it lead to.
    Misfit {
        /// The migration.
        migration: MigrationName,
        /// The place of the operation, from 1.
        place: usize,
        /// The operation, in words.
        operation: String,
        /// What is wrong.
        misfit: Misfit,
    },
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GraphError::Missing { migration, dependency } => write!(
                f,
                "migration {migration} depends on {dependency}, and there is no such migration"
            ),
            GraphError::Circle(names) => {
                let names: Vec<String> = names.iter().map(MigrationName::to_string).collect();
                write!(f, "migrations depend on each other in a circle: {}", names.join(", "))
            }
            GraphError::Twice(one, other) if one == other => {
                write!(f, "there are two migrations {one}")
            }
            GraphError::Twice(one, other) => write!(
                f,
                "migrations {one} and {other} have one `id`: give the copy one of its own"
            ),
            GraphError::Misfit { migration, place, operation, misfit } => {
                write!(f, "migration {migration}, operation {place} ({operation}): {misfit}")
            }
        }
    }
}

impl std::error::Error for GraphError {}

impl Graph {
    /// The graph of some migrations.
    ///
    /// # Errors
    ///
    /// When a dependency is missing, or they go in a circle, or two are called the same.
    pub fn of(all: impl IntoIterator<Item = Migration>) -> Result<Graph, GraphError> {
        let mut migrations: BTreeMap<MigrationName, Migration> = BTreeMap::new();
        let mut ids: BTreeMap<String, MigrationName> = BTreeMap::new();
        for migration in all {
            let name = migration.name.clone();
            if let Some(other) = ids.insert(migration.id.clone(), name.clone()) {
                return Err(GraphError::Twice(other, name));
            }
            if migrations.insert(name.clone(), migration).is_some() {
                return Err(GraphError::Twice(name.clone(), name));
            }
        }
        for migration in migrations.values() {
            for dependency in &migration.dependencies {
                if !migrations.contains_key(dependency) {
                    let (migration, dependency) = (migration.name.clone(), dependency.clone());
                    return Err(GraphError::Missing { migration, dependency });
                }
            }
        }
        let order = in_order(&migrations)?;
        Ok(Graph { migrations, order })
    }

    /// A migration.
    pub fn get(&self, name: &MigrationName) -> Option<&Migration> {
        self.migrations.get(name)
    }

    /// All migrations, those that others depend on first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Migration> {
        self.order.iter().filter_map(|name| self.migrations.get(name))
    }

    /// The migrations of an app that no other of the app depends on: one, unless two branches have
    /// added some.
    pub fn leaves(&self, app: &str) -> Vec<&MigrationName> {
        let of_app = || self.migrations.values().filter(|one| one.name.app == app);
        let needed: BTreeSet<&MigrationName> =
            of_app().flat_map(|migration| &migration.dependencies).collect();
        of_app().map(|one| &one.name).filter(|name| !needed.contains(name)).collect()
    }

    /// The apps with more than one last migration, with those.
    pub fn conflicts(&self) -> Vec<(&str, Vec<&MigrationName>)> {
        let apps: BTreeSet<&str> = self.migrations.keys().map(|name| &*name.app).collect();
        let leaves = apps.into_iter().map(|app| (app, self.leaves(app)));
        leaves.filter(|(_, leaves)| leaves.len() > 1).collect()
    }

    /// A migration with all that it depends on, in order.
    pub fn up_to(&self, name: &MigrationName) -> Vec<&Migration> {
        let mut needed = BTreeSet::from([name]);
        for migration in self.iter().rev() {
            if needed.contains(&migration.name) {
                needed.extend(&migration.dependencies);
            }
        }
        self.iter().filter(|migration| needed.contains(&migration.name)).collect()
    }

    /// A migration with all that depends on it, in order.
    pub fn from(&self, name: &MigrationName) -> Vec<&Migration> {
        let mut found = BTreeSet::from([name]);
        for migration in self.iter() {
            if migration.dependencies.iter().any(|one| found.contains(one)) {
                found.insert(&migration.name);
            }
        }
        self.iter().filter(|migration| found.contains(&migration.name)).collect()
    }

    /// What all migrations lead to.
    ///
    /// # Errors
    ///
    /// When an operation does not fit.
    pub fn state(&self) -> Result<ProjectState, GraphError> {
        let mut state = ProjectState::default();
        for migration in self.iter() {
            apply(migration, &mut state)?;
        }
        Ok(state)
    }

    /// The operations of a migration with the statements that each runs, forwards or backwards, as if
    /// nothing had run but what it depends on.
    ///
    /// # Errors
    ///
    /// When an operation does not fit, or cannot be undone.
    pub fn statements(
        &self,
        name: &MigrationName,
        forwards: bool,
    ) -> Result<Vec<(&Operation, Vec<String>)>, GraphError> {
        let Some(migration) = self.get(name) else { return Ok(Vec::new()) };
        let mut state = ProjectState::default();
        for before in self.up_to(name).into_iter().filter(|one| one.name != *name) {
            apply(before, &mut state)?;
        }
        let mut statements = Vec::with_capacity(migration.operations.len());
        for (place, operation) in migration.operations.iter().enumerate() {
            let misfit = |misfit| misfits(migration, place, operation, misfit);
            let before = state.clone();
            operation.apply(&mut state).map_err(misfit)?;
            let changes = match forwards {
                true => operation.changes(&before, &state),
                false => operation.changes_back(&before, &state),
            };
            let changes = changes.map_err(misfit)?;
            statements.push((operation, changes.iter().map(Change::sql).collect()));
        }
        if !forwards {
            statements.reverse();
        }
        Ok(statements)
    }
}

/// What a migration does to the state.
///
/// # Errors
///
/// When an operation does not fit.
pub fn apply(migration: &Migration, state: &mut ProjectState) -> Result<(), GraphError> {
    for (place, operation) in migration.operations.iter().enumerate() {
        operation.apply(state).map_err(|misfit| misfits(migration, place, operation, misfit))?;
    }
    Ok(())
}

fn misfits(
    migration: &Migration,
    place: usize,
    operation: &Operation,
    misfit: Misfit,
) -> GraphError {
    GraphError::Misfit {
        migration: migration.name.clone(),
        place: place + 1,
        operation: operation.to_string(),
        misfit,
    }
}

/// The names in an order in which each comes after those it depends on; among several, by name.
fn in_order(
    migrations: &BTreeMap<MigrationName, Migration>,
) -> Result<Vec<MigrationName>, GraphError> {
    let mut waiting: BTreeMap<&MigrationName, usize> = migrations
        .values()
        .map(|migration| {
            let needed: BTreeSet<&MigrationName> = migration.dependencies.iter().collect();
            (&migration.name, needed.len())
        })
        .collect();
    let mut after: BTreeMap<&MigrationName, BTreeSet<&MigrationName>> = BTreeMap::new();
    for migration in migrations.values() {
        for dependency in &migration.dependencies {
            after.entry(dependency).or_default().insert(&migration.name);
        }
    }
    let mut ready: BTreeSet<&MigrationName> =
        waiting.iter().filter(|(_, needed)| **needed == 0).map(|(name, _)| *name).collect();
    let mut order = Vec::with_capacity(migrations.len());
    while let Some(name) = ready.pop_first() {
        waiting.remove(name);
        order.push(name.clone());
        for next in after.remove(name).into_iter().flatten() {
            if let Some(needed) = waiting.get_mut(next) {
                *needed -= 1;
                if *needed == 0 {
                    ready.insert(next);
                }
            }
        }
    }
    if waiting.is_empty() {
        Ok(order)
    } else {
        Err(GraphError::Circle(waiting.into_keys().cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> MigrationName {
        let (app, name) = text.split_once('.').unwrap();
        MigrationName { app: app.into(), name: name.into() }
    }

    fn migration(text: &str, dependencies: &[&str]) -> Migration {
        Migration {
            name: name(text),
            id: format!("id of {text}"),
            dependencies: dependencies.iter().map(|text| name(text)).collect(),
            operations: Vec::new(),
        }
    }

    fn texts<'a>(all: impl IntoIterator<Item = &'a Migration>) -> Vec<String> {
        all.into_iter().map(|one| one.name.to_string()).collect()
    }

    #[test]
    fn dependencies_come_first_and_branches_are_seen() {
        let graph = Graph::of([
            migration("a.0001", &["b.0001"]),
            migration("a.0002", &["a.0001"]),
            migration("a.0002_other", &["a.0001"]),
            migration("b.0001", &[]),
            migration("b.0002", &["b.0001", "a.0002"]),
        ])
        .unwrap();
        assert_eq!(texts(graph.iter()), ["b.0001", "a.0001", "a.0002", "a.0002_other", "b.0002"]);
        assert_eq!(graph.leaves("b"), [&name("b.0002")]);
        assert_eq!(graph.conflicts(), [("a", vec![&name("a.0002"), &name("a.0002_other")])]);
        assert_eq!(texts(graph.up_to(&name("a.0002"))), ["b.0001", "a.0001", "a.0002"]);
        assert_eq!(texts(graph.from(&name("a.0002"))), ["a.0002", "b.0002"]);
    }

    #[test]
    fn what_is_no_graph_is_said_with_names() {
        let said = |all: Vec<Migration>| Graph::of(all).unwrap_err().to_string();
        assert_eq!(
            said(vec![migration("a.0002", &["a.0001"])]),
            "migration a.0002 depends on a.0001, and there is no such migration"
        );
        assert_eq!(
            said(vec![migration("a.1", &["a.2"]), migration("a.2", &["a.1"])]),
            "migrations depend on each other in a circle: a.1, a.2"
        );
        let copy = Migration { name: name("a.2"), ..migration("a.1", &[]) };
        assert_eq!(
            said(vec![migration("a.1", &[]), copy]),
            "migrations a.1 and a.2 have one `id`: give the copy one of its own"
        );
    }
}
