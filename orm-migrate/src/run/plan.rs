//! What has to run.

use super::Applied;
use crate::error::{Error, Result};
use crate::file::{Migration, MigrationName, Replaced};
use crate::graph::Graph;
use std::collections::{HashMap, HashSet};

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All migrations.
    Latest,
    /// A migration, with what it needs; what comes after it is undone.
    Migration(MigrationName),
    /// Nothing of an app, nor of what needs it.
    Zero(String),
}

/// A migration that has to run, or to be undone.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The migration.
    pub migration: &'a Migration,
    /// False where it is to be undone.
    pub forwards: bool,
    /// How many of its operations are done already.
    pub done: usize,
}

/// Whether what has run fits the files.
pub(super) fn check(graph: &Graph, applied: &[Applied]) -> Result<()> {
    let by_id: HashMap<&str, &Migration> =
        graph.iter().map(|migration| (&*migration.id, migration)).collect();
    // What a squash stands for has run before there was one, and need not be there any more.
    let replaced = graph.iter().flat_map(|one| &one.replaces).flat_map(Replaced::all);
    let replaced: HashSet<&str> = replaced.map(|one| &*one.id).collect();
    let is_known = |one: &Applied| by_id.contains_key(&*one.id) || replaced.contains(&*one.id);
    let ahead = applied.iter().filter(|one| !is_known(one));
    let ahead: Vec<MigrationName> = ahead.map(Applied::name).collect();
    if !ahead.is_empty() {
        return Err(Error::Ahead(ahead));
    }
    let ran: HashSet<&str> = applied.iter().map(|one| &*one.id).collect();
    for one in applied {
        let Some(migration) = by_id.get(&*one.id) else { continue };
        let now: Vec<String> =
            migration.operations.iter().map(|operation| operation.to_toml()).collect();
        if now != one.operations {
            let difference = difference(&one.operations, &now);
            return Err(Error::Changed { migration: migration.name.clone(), difference });
        }
        for dependency in graph.needs(&migration.name) {
            if graph.get(dependency).is_some_and(|needed| !ran.contains(&*needed.id)) {
                let (migration, dependency) = (migration.name.clone(), dependency.clone());
                return Err(Error::Inconsistent { migration, dependency });
            }
        }
    }
    Ok(())
}

/// The lines of operations that are different.
fn difference(before: &[String], after: &[String]) -> String {
    let mut lines = Vec::new();
    for place in 0..before.len().max(after.len()) {
        let (old, new) = (before.get(place), after.get(place));
        if old == new {
            continue;
        }
        lines.push(format!("operation {}:", place + 1));
        let text = |text: Option<&String>| text.map_or("", String::as_str).to_owned();
        let (old, new) = (text(old), text(new));
        lines.extend(
            old.lines()
                .filter(|line| !new.lines().any(|one| one == *line))
                .map(|l| format!("- {l}")),
        );
        lines.extend(
            new.lines()
                .filter(|line| !old.lines().any(|one| one == *line))
                .map(|l| format!("+ {l}")),
        );
    }
    lines.join("\n")
}

/// What has to run, in order.
pub(super) fn steps<'a>(
    graph: &'a Graph,
    applied: &[Applied],
    target: &Target,
) -> Result<Vec<Step<'a>>> {
    let done = Done(applied.iter().map(|one| (&*one.id, one)).collect());
    match target {
        Target::Latest => Ok(done.missing(graph.iter())),
        Target::Zero(app) => {
            let of_app = graph.iter().filter(|one| one.name.app == *app);
            Ok(done.beyond(graph, of_app))
        }
        Target::Migration(name) => {
            let wanted = graph.get(name).ok_or_else(|| unknown(graph, name))?;
            if !done.is_finished(wanted) {
                return Ok(done.missing(graph.up_to(name).into_iter()));
            }
            // Those of the app right behind it, with what needs them.
            let is_behind = |one: &&Migration| {
                one.name.app == name.app && graph.needs(&one.name).any(|one| one == name)
            };
            Ok(done.beyond(graph, graph.iter().filter(is_behind)))
        }
    }
}

/// There is no such migration, or a squash stands for it.
fn unknown(graph: &Graph, name: &MigrationName) -> Error {
    let is_it = |one: &&Replaced| one.name == *name;
    let squash = graph
        .iter()
        .find(|squash| squash.replaces.iter().flat_map(Replaced::all).any(|one| is_it(&one)));
    match squash {
        Some(squash) => Error::Replaced { migration: name.clone(), by: squash.name.clone() },
        None => Error::Unknown(name.clone()),
    }
}

/// How many operations of each migration are done.
struct Done<'a>(HashMap<&'a str, &'a Applied>);

impl Done<'_> {
    fn is_finished(&self, migration: &Migration) -> bool {
        let done = self.0.get(&*migration.id).map(|one| one.done_towards(true));
        done.is_some_and(|done| done >= migration.operations.len())
    }

    fn step<'g>(&self, migration: &'g Migration, forwards: bool) -> Step<'g> {
        let done = self.0.get(&*migration.id).map_or(0, |one| one.done_towards(forwards));
        let done = done.min(migration.operations.len());
        Step { migration, forwards, done }
    }

    /// Those that have not run.
    fn missing<'g>(&self, all: impl Iterator<Item = &'g Migration>) -> Vec<Step<'g>> {
        all.filter(|one| !self.is_finished(one)).map(|one| self.step(one, true)).collect()
    }

    /// Those that have run of some, and of what needs them, the last one first.
    fn beyond<'g>(
        &self,
        graph: &'g Graph,
        roots: impl Iterator<Item = &'g Migration>,
    ) -> Vec<Step<'g>> {
        let from: HashSet<&MigrationName> =
            roots.flat_map(|root| graph.from(&root.name)).map(|one| &one.name).collect();
        let is_there = |one: &&Migration| from.contains(&one.name) && self.0.contains_key(&*one.id);
        graph.iter().rev().filter(is_there).map(|one| self.step(one, false)).collect()
    }
}
