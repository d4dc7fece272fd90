//! What hurts when a migration runs on a database that is in use: rules with names, each with the reason,
//! the lock, and the safe way.
//!
//! A table that the migration itself creates is used by nobody, and nothing is said about it. Where one
//! knows better, the migration says `silence = ["rule"]`.

mod rewrite;
mod rules;
mod statements;
mod whole;

pub use rewrite::{Rewrite, rewrite};
pub use rules::{RULES, Rule};

use crate::file::{Migration, MigrationName};
use crate::graph::{Graph, GraphError, apply};
use crate::operation::Operation;
use crate::state::ProjectState;
use orm_sql::schema::{Change, TableName};
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// What a rule has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The migration.
    pub migration: MigrationName,
    /// The place of the operation, from 1; `None` for the migration as a whole.
    pub place: Option<usize>,
    /// The operation in words, or what the whole is about.
    pub operation: String,
    /// The statement, where it is about one.
    pub sql: Option<String>,
}

/// Two lines: what and why, and the safe way.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { rule, migration, operation, .. } = self;
        write!(
            f,
            "{migration}, {operation}: {} [{}]\n  lock: {}; instead: {}",
            rule.reason, rule.name, rule.lock, rule.safe
        )
    }
}

/// What the rules find in some migrations of a graph.
///
/// ```
/// use orm_migrate::file::{Migration, MigrationName};
/// use orm_migrate::graph::Graph;
/// use orm_migrate::lint::lint;
///
/// let name = MigrationName { app: "library".into(), name: "0001_cleanup".into() };
/// let text = "id = \"1\"\n[[operations]]\nrun_sql = \"DELETE FROM library_book\"";
/// let graph = Graph::of([Migration::parse(name, text)?])?;
/// let found = lint(&graph, |_| true)?;
/// assert_eq!(found[0].rule.name, "irreversible");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When an operation does not fit.
pub fn lint(
    graph: &Graph,
    is_meant: impl Fn(&Migration) -> bool,
) -> Result<Vec<Finding>, GraphError> {
    let mut state = ProjectState::default();
    let mut found = Vec::new();
    for migration in graph.iter() {
        match is_meant(migration) {
            true => of_migration(migration, &mut state, &mut found)?,
            false => apply(migration, &mut state)?,
        }
    }
    Ok(found)
}

/// A migration that is looked at.
struct Look<'a> {
    migration: &'a Migration,
    /// The tables that it has made.
    made: HashSet<TableName>,
    found: Vec<Finding>,
}

impl Look<'_> {
    fn add(
        &mut self,
        rule: &'static Rule,
        place: Option<usize>,
        operation: String,
        sql: Option<String>,
    ) {
        let is_silent = self.migration.silence.iter().any(|name| name == rule.name);
        let is_said = self.found.iter().any(|one| one.rule == rule && one.place == place);
        if !is_silent && !is_said {
            let migration = self.migration.name.clone();
            self.found.push(Finding { rule, migration, place, operation, sql });
        }
    }
}

fn of_migration(
    migration: &Migration,
    state: &mut ProjectState,
    found: &mut Vec<Finding>,
) -> Result<(), GraphError> {
    let mut look = Look { migration, made: HashSet::new(), found: Vec::new() };
    for (place, operation) in migration.operations.iter().enumerate() {
        let before = state.clone();
        let misfit = |misfit| GraphError::Misfit {
            migration: migration.name.clone(),
            place: place + 1,
            operation: operation.to_string(),
            misfit,
        };
        operation.apply(state).map_err(misfit)?;
        let changes = operation.changes(&before, state).map_err(misfit)?;
        let at = Place { place, operation, before: &before };
        for change in &changes {
            statements::look(&mut look, &at, change);
        }
    }
    whole::look(&mut look);
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    for name in migration.silence.iter().filter(|name| !known.contains(&***name)) {
        look.add(&rules::UNKNOWN_RULE, None, format!("silence of `{name}`"), None);
    }
    found.append(&mut look.found);
    Ok(())
}

/// An operation that is looked at.
struct Place<'a> {
    place: usize,
    operation: &'a Operation,
    before: &'a ProjectState,
}

impl Place<'_> {
    fn add(&self, look: &mut Look<'_>, rule: &'static Rule, change: &Change) {
        look.add(rule, Some(self.place + 1), self.operation.to_string(), Some(change.sql()));
    }
}
