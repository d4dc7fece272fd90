//! All migrations, and the order in which they run.

mod view;

pub use view::OnDatabase;

use crate::file::{Migration, MigrationName};
use crate::operation::{Misfit, Operation, Work, stages};
use crate::state::ProjectState;
use orm_sql::schema::Change;
use orm_sql::sql::{BEGIN, COMMIT};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// Migrations that refer to each other, without gaps and circles.
///
/// Of squashes and the migrations that they stand for, whose files may still be there, it has the
/// squashes; what depends on the others depends on the squash. What a database needs that has run some
/// of the others is another graph: [`Graph::on`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// All files.
    files: BTreeMap<MigrationName, Arc<Migration>>,
    /// Those that are in the graph, with those they come after.
    needs: BTreeMap<MigrationName, BTreeSet<MigrationName>>,
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
    /// Two squashes stand for one migration.
    ReplacedTwice {
        /// The migration.
        migration: MigrationName,
        /// The squashes.
        by: Box<[MigrationName; 2]>,
    },
    /// A database has run some of the migrations that a squash stands for, and the files of others are
    /// no longer there.
    PartlyReplaced {
        /// The squash.
        squash: MigrationName,
        /// What the database has run.
        ran: Vec<MigrationName>,
        /// The missing files.
        missing: Vec<MigrationName>,
    },
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
            GraphError::Circle(names) if names.len() == 1 => {
                write!(f, "migration {} depends on itself", self::names(names))
            }
            GraphError::Circle(names) => {
                write!(f, "migrations depend on each other in a circle: {}", self::names(names))
            }
            GraphError::Twice(one, other) if one == other => {
                write!(f, "there are two migrations {one}")
            }
            GraphError::Twice(one, other) => write!(
                f,
                "migrations {one} and {other} have one `id`: give the copy one of its own"
            ),
            GraphError::ReplacedTwice { migration, by } => {
                let [one, other] = &**by;
                write!(f, "migrations {one} and {other} both stand for {migration}")
            }
            GraphError::PartlyReplaced { squash, ran, missing } => write!(
                f,
                "migration {squash} stands for others, of which this database has run {}, and there are \
                 no files of {}: bring the files back, migrate this database, and remove them again",
                names(ran),
                names(missing)
            ),
            GraphError::Misfit { migration, place, operation, misfit } => {
                write!(f, "migration {migration}, operation {place} ({operation}): {misfit}")
            }
        }
    }
}

impl std::error::Error for GraphError {}

fn names(names: &[MigrationName]) -> String {
    let names: Vec<String> = names.iter().map(MigrationName::to_string).collect();
    names.join(", ")
}

impl Graph {
    /// The graph of some migrations.
    ///
    /// # Errors
    ///
    /// When a dependency is missing, or they go in a circle, or two are called the same.
    pub fn of(all: impl IntoIterator<Item = Migration>) -> Result<Graph, GraphError> {
        let mut files: BTreeMap<MigrationName, Arc<Migration>> = BTreeMap::new();
        let mut ids: BTreeMap<String, MigrationName> = BTreeMap::new();
        for migration in all {
            let name = migration.name.clone();
            if migration.dependencies.contains(&name) {
                return Err(GraphError::Circle(vec![name]));
            }
            if let Some(other) = ids.insert(migration.id.clone(), name.clone()) {
                return Err(GraphError::Twice(other, name));
            }
            if files.insert(name.clone(), Arc::new(migration)).is_some() {
                return Err(GraphError::Twice(name.clone(), name));
            }
        }
        Graph::seen(files, &BTreeSet::new())
    }

    /// A migration of the graph.
    pub fn get(&self, name: &MigrationName) -> Option<&Migration> {
        self.file(name).filter(|_| self.needs.contains_key(name))
    }

    /// A migration, be it one that another of the graph stands for.
    pub fn file(&self, name: &MigrationName) -> Option<&Migration> {
        self.files.get(name).map(Arc::as_ref)
    }

    /// All files, by name: those of the graph, and those that others stand for.
    pub fn files(&self) -> impl Iterator<Item = &Migration> {
        self.files.values().map(Arc::as_ref)
    }

    /// All migrations, those that others depend on first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Migration> {
        self.order.iter().filter_map(|name| self.file(name))
    }

    /// The migrations that one comes right after. In the file, they may have the names of what others
    /// stand for.
    pub fn needs(&self, name: &MigrationName) -> impl Iterator<Item = &MigrationName> {
        self.needs.get(name).into_iter().flatten()
    }

    /// The apps that have migrations.
    pub fn apps(&self) -> BTreeSet<&str> {
        self.needs.keys().map(|name| &*name.app).collect()
    }

    /// The migrations of an app that no other of the app depends on: one, unless two branches have
    /// added some.
    pub fn leaves(&self, app: &str) -> Vec<&MigrationName> {
        let of_app = || self.needs.iter().filter(|(name, _)| name.app == app);
        let needed: BTreeSet<&MigrationName> = of_app().flat_map(|(_, needs)| needs).collect();
        of_app().map(|(name, _)| name).filter(|name| !needed.contains(name)).collect()
    }

    /// The apps with more than one last migration, with those.
    pub fn conflicts(&self) -> Vec<(&str, Vec<&MigrationName>)> {
        let leaves = self.apps().into_iter().map(|app| (app, self.leaves(app)));
        leaves.filter(|(_, leaves)| leaves.len() > 1).collect()
    }

    /// A migration with all that it depends on, in order.
    pub fn up_to(&self, name: &MigrationName) -> Vec<&Migration> {
        let mut needed = BTreeSet::from([name]);
        for migration in self.iter().rev() {
            if needed.contains(&migration.name) {
                needed.extend(self.needs(&migration.name));
            }
        }
        self.iter().filter(|migration| needed.contains(&migration.name)).collect()
    }

    /// A migration with all that depends on it, in order.
    pub fn from(&self, name: &MigrationName) -> Vec<&Migration> {
        let mut found = BTreeSet::from([name]);
        for migration in self.iter() {
            if self.needs(&migration.name).any(|one| found.contains(one)) {
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
            let sql = statements_of(operation, &before, &state, forwards).map_err(misfit)?;
            statements.push((operation, sql));
        }
        if !forwards {
            statements.reverse();
        }
        Ok(statements)
    }
}

/// The statements of an operation; where its steps are transactions, with their beginnings and ends.
fn statements_of(
    operation: &Operation,
    before: &ProjectState,
    after: &ProjectState,
    forwards: bool,
) -> Result<Vec<String>, Misfit> {
    let texts = |changes: Vec<Change>| changes.iter().map(Change::sql).collect::<Vec<_>>();
    if let Operation::Safely(_) = operation {
        let mut script = Vec::new();
        for stage in stages(operation, before, after, forwards)? {
            let is_transaction = matches!(stage.work, Work::Together(_));
            script.extend(is_transaction.then(|| BEGIN.to_owned()));
            script.extend(texts(stage.work.changes()));
            script.extend(is_transaction.then(|| COMMIT.to_owned()));
        }
        return Ok(script);
    }
    Ok(texts(match forwards {
        true => operation.changes(before, after)?,
        false => operation.changes_back(before, after)?,
    }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Replaced;

    fn name(text: &str) -> MigrationName {
        let (app, name) = text.split_once('.').unwrap();
        MigrationName { app: app.into(), name: name.into() }
    }

    fn migration(text: &str, dependencies: &[&str]) -> Migration {
        Migration {
            name: name(text),
            id: format!("id of {text}"),
            dependencies: dependencies.iter().map(|text| name(text)).collect(),
            ..Migration::default()
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

    fn squash(text: &str, dependencies: &[&str], replaces: &[&str]) -> Migration {
        let of = |text: &&str| Replaced {
            name: name(text),
            id: format!("id of {text}"),
            replaces: Vec::new(),
        };
        Migration { replaces: replaces.iter().map(of).collect(), ..migration(text, dependencies) }
    }

    #[test]
    fn a_squash_stands_for_others_whose_files_may_be_gone() {
        let old = [migration("a.1", &["b.1"]), migration("a.2", &["a.1"])];
        let rest = [
            migration("b.1", &[]),
            migration("b.2", &["a.2"]),
            migration("a.3", &["a.2"]),
            squash("a.1_2", &["b.1"], &["a.1", "a.2"]),
        ];
        let all = Graph::of(old.iter().chain(&rest).cloned()).unwrap();
        let without = Graph::of(rest.clone()).unwrap();
        let expected = ["b.1", "a.1_2", "a.3", "b.2"];
        for graph in [&all, &without] {
            assert_eq!(texts(graph.iter()), expected);
            assert_eq!(texts(graph.from(&name("a.1_2"))), ["a.1_2", "a.3", "b.2"]);
        }
        let on = |graph: &Graph, ran: &[&str]| {
            let ran: Vec<String> = ran.iter().map(|text| format!("id of {text}")).collect();
            let ran = |id: &str| ran.iter().any(|one| one == id);
            graph.on(&ran, &ran)
        };
        let none = on(&all, &["b.1"]).unwrap();
        assert_eq!((texts(none.graph.iter()), none.covered), (texts(all.iter()), vec![]));
        let whole = on(&without, &["b.1", "a.1", "a.2"]).unwrap();
        assert_eq!(texts(whole.graph.iter()), expected);
        assert_eq!(whole.covered, [name("a.1_2")]);
        let some = on(&all, &["b.1", "a.1"]).unwrap();
        assert_eq!(texts(some.graph.iter()), ["b.1", "a.1", "a.2", "a.3", "b.2"]);
        assert_eq!(
            on(&without, &["b.1", "a.1"]).unwrap_err().to_string(),
            "migration a.1_2 stands for others, of which this database has run a.1, and there are no \
             files of a.1, a.2: bring the files back, migrate this database, and remove them again"
        );
        let other = squash("a.other", &[], &["a.2"]);
        assert_eq!(
            Graph::of(rest.iter().cloned().chain([other])).unwrap_err().to_string(),
            "migrations a.1_2 and a.other both stand for a.2"
        );
    }

    #[test]
    fn a_squash_of_squashes() {
        let mut outer = squash("a.1_4", &[], &["a.1_2", "a.3"]);
        outer.replaces[0].replaces = squash("a.1_2", &[], &["a.1", "a.2"]).replaces;
        let files = [outer, migration("a.5", &["a.3"]), migration("b.1", &["a.1"])];
        let graph = Graph::of(files).unwrap();
        assert_eq!(texts(graph.iter()), ["a.1_4", "a.5", "b.1"]);
        for (ran, works) in [
            (vec!["a.1", "a.2", "a.3"], true),
            (vec!["a.1_2", "a.3"], true),
            (vec!["a.1_4"], true),
            (vec!["a.1", "a.3"], false),
        ] {
            let ran = |id: &str| ran.iter().any(|one| format!("id of {one}") == id);
            assert_eq!(graph.on(&ran, &ran).is_ok(), works);
        }
    }
}
