//! Which of the files are in a graph: squashes, or what they stand for.

use super::{Graph, GraphError};
use crate::file::{Migration, MigrationName, Replaced};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Files = BTreeMap<MigrationName, Arc<Migration>>;
type Needs = BTreeMap<MigrationName, BTreeSet<MigrationName>>;

/// The graph for a database.
#[derive(Clone, Debug)]
pub struct OnDatabase {
    /// The migrations, with those in place of a squash that the database has run in part.
    pub graph: Graph,
    /// The squashes that have not run, and need not: all that they stand for has.
    pub covered: Vec<MigrationName>,
}

impl Graph {
    /// The graph for a database that has begun some migrations, by their identifiers, and is done with
    /// some of them.
    ///
    /// A squash is in it where the database has run it, or all of what it stands for, or nothing of it.
    /// Otherwise what it stands for is.
    ///
    /// # Errors
    ///
    /// When files of what a squash stands for are needed, and are not there.
    pub fn on(
        &self,
        begun: &impl Fn(&str) -> bool,
        done: &impl Fn(&str) -> bool,
    ) -> Result<OnDatabase, GraphError> {
        let (mut open, mut covered) = (Vec::new(), Vec::new());
        let mut inside: BTreeSet<&str> = BTreeSet::new();
        for squash in self.files.values().filter(|one| !one.replaces.is_empty()) {
            let replaces = &squash.replaces;
            let is_covered = replaces.iter().all(|one| one.is_covered(done));
            let is_touched = replaces.iter().any(|one| one.is_touched(begun));
            if is_touched && !is_covered && !begun(&squash.id) {
                open.push(squash);
                continue;
            }
            if is_covered && !begun(&squash.id) {
                covered.push(squash.name.clone());
            }
            inside.extend(replaces.iter().flat_map(Replaced::all).map(|one| &*one.id));
        }
        open.retain(|squash| !inside.contains(&*squash.id));
        for squash in &open {
            self.check_files(squash, begun)?;
        }
        let open: BTreeSet<&str> = open.into_iter().map(|squash| &*squash.id).collect();
        let graph = match open.is_empty() {
            true => self.clone(),
            false => Graph::seen(self.files.clone(), &open)?,
        };
        // What an outer squash stands for is not in the graph.
        covered.retain(|name| graph.needs.contains_key(name));
        Ok(OnDatabase { graph, covered })
    }

    /// What a squash stands for is there, where the database has run some of it.
    fn check_files(
        &self,
        squash: &Migration,
        ran: &impl Fn(&str) -> bool,
    ) -> Result<(), GraphError> {
        let is_file = |one: &&Replaced| self.files.values().any(|file| file.id == one.id);
        let missing: Vec<_> = squash.replaces.iter().filter(|one| !is_file(one)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let ran = squash.replaces.iter().filter(|one| one.is_touched(ran));
        Err(GraphError::PartlyReplaced {
            squash: squash.name.clone(),
            ran: ran.map(|one| one.name.clone()).collect(),
            missing: missing.into_iter().map(|one| one.name.clone()).collect(),
        })
    }

    /// The graph of some files, in which some squashes, by their identifiers, are not used.
    pub(super) fn seen(files: Files, open: &BTreeSet<&str>) -> Result<Graph, GraphError> {
        let view = View::of(&files, open)?;
        let mut needs = Needs::new();
        for migration in files.values().filter(|one| view.is_visible(one)) {
            let mut needed = BTreeSet::new();
            for dependency in &migration.dependencies {
                if !view.resolve(dependency, files.len(), &mut needed) {
                    let (migration, dependency) = (migration.name.clone(), dependency.clone());
                    return Err(GraphError::Missing { migration, dependency });
                }
            }
            needed.remove(&migration.name);
            needs.insert(migration.name.clone(), needed);
        }
        let order = in_order(&needs)?;
        Ok(Graph { files, needs, order })
    }
}

/// What stands for what.
struct View<'a> {
    files: &'a Files,
    /// The identifiers of what is not in the graph.
    hidden: BTreeSet<&'a str>,
    /// What stands for a name that is not in the graph.
    instead: BTreeMap<&'a MigrationName, Vec<&'a MigrationName>>,
}

impl<'a> View<'a> {
    fn of(files: &'a Files, open: &BTreeSet<&'a str>) -> Result<Self, GraphError> {
        let names: BTreeMap<&str, &MigrationName> =
            files.values().map(|file| (&*file.id, &file.name)).collect();
        let mut view = View { files, hidden: open.clone(), instead: BTreeMap::new() };
        let squashes = || files.values().filter(|one| !one.replaces.is_empty());
        let inside: BTreeSet<&str> = squashes()
            .filter(|one| !open.contains(&*one.id))
            .flat_map(|one| one.replaces.iter().flat_map(Replaced::all))
            .map(|one| &*one.id)
            .collect();
        let mut by: BTreeMap<&str, &MigrationName> = BTreeMap::new();
        for squash in squashes() {
            if open.contains(&*squash.id) {
                let parts = squash.replaces.iter().filter_map(|one| names.get(&*one.id).copied());
                view.instead.insert(&squash.name, parts.collect());
            } else if !inside.contains(&*squash.id) {
                for one in squash.replaces.iter().flat_map(Replaced::all) {
                    if let Some(other) = by.insert(&one.id, &squash.name) {
                        return Err(GraphError::ReplacedTwice {
                            migration: one.name.clone(),
                            by: Box::new([other.clone(), squash.name.clone()]),
                        });
                    }
                    view.hidden.insert(&one.id);
                    let file = names.get(&*one.id).copied();
                    for name in [Some(&one.name), file].into_iter().flatten() {
                        view.instead.insert(name, vec![&squash.name]);
                    }
                }
            }
        }
        Ok(view)
    }

    fn is_visible(&self, migration: &Migration) -> bool {
        !self.hidden.contains(&*migration.id)
    }

    /// Adds what a dependency means; false where that is nothing. Files can say that they stand for each
    /// other in a circle.
    fn resolve(
        &self,
        name: &MigrationName,
        depth: usize,
        into: &mut BTreeSet<MigrationName>,
    ) -> bool {
        if self.files.get(name).is_some_and(|file| self.is_visible(file)) {
            into.insert(name.clone());
            return true;
        }
        let instead = self.instead.get(name).map(Vec::as_slice).unwrap_or_default();
        depth > 0
            && !instead.is_empty()
            && instead.iter().all(|one| self.resolve(one, depth - 1, into))
    }
}

/// The names in an order in which each comes after those it depends on; among several, by name.
fn in_order(needs: &Needs) -> Result<Vec<MigrationName>, GraphError> {
    let mut waiting: BTreeMap<&MigrationName, usize> =
        needs.iter().map(|(name, needed)| (name, needed.len())).collect();
    let mut after: BTreeMap<&MigrationName, BTreeSet<&MigrationName>> = BTreeMap::new();
    for (name, needed) in needs {
        for dependency in needed {
            after.entry(dependency).or_default().insert(name);
        }
    }
    let mut ready: BTreeSet<&MigrationName> =
        waiting.iter().filter(|(_, needed)| **needed == 0).map(|(name, _)| *name).collect();
    let mut order = Vec::with_capacity(needs.len());
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
