//! Migrations of several apps, squashed at once.
//!
//! Where apps refer to each other in turn, no app becomes one file. Each becomes as few as can be: its
//! migrations are put together as long as nothing comes after one of them and before another, the files
//! of the other apps being put together likewise.
//!
//! They depend on each other by the names of the old migrations: a database that has run some of these
//! may need no more of what another squash stands for.

use super::{Squash, check_state, put_together, range, too_few};
use crate::error::Result;
use crate::file::{Migration, MigrationName};
use crate::graph::Graph;
use std::collections::{BTreeMap, BTreeSet};

/// As few migrations as can be for those of several apps, each up to one of them. What stays as it is
/// is not among them.
///
/// ```
/// use orm_migrate::file::{Migration, MigrationName};
/// use orm_migrate::graph::Graph;
/// use orm_migrate::squash::squash_together;
///
/// let name = |app: &str, name: &str| MigrationName { app: app.into(), name: name.into() };
/// let file = |app: &str, place: u8, needs: &str| {
///     let text = format!("id = \"{app}{place}\"\ndependencies = [{needs}]");
///     Migration::parse(name(app, &format!("000{place}")), &text)
/// };
/// let graph = Graph::of([
///     file("book", 1, "")?,
///     file("shop", 1, "\"book.0001\"")?,
///     file("shop", 2, "\"shop.0001\"")?,
///     file("book", 2, "\"book.0001\", \"shop.0002\"")?,
///     file("book", 3, "\"book.0002\"")?,
/// ])?;
/// let mut number = 0;
/// let mut id = || {
///     number += 1;
///     format!("new {number}")
/// };
/// let made = squash_together(&graph, &[name("book", "0003"), name("shop", "0002")], &mut id)?;
/// let names: Vec<String> = made.iter().map(|one| one.migration.name.to_string()).collect();
/// assert_eq!(names, ["shop.0001_squashed_0002", "book.0002_squashed_0003"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When there is no such migration, or nothing to put together.
pub fn squash_together(
    graph: &Graph,
    last: &[MigrationName],
    id: &mut dyn FnMut() -> String,
) -> Result<Vec<Squash>> {
    let mut chosen: BTreeSet<&MigrationName> = BTreeSet::new();
    for name in last {
        chosen.extend(range(graph, &name.app, None, name)?.into_iter().map(|one| &one.name));
    }
    let mut parts = Parts::default();
    for migration in graph.iter() {
        parts.add(graph, migration, chosen.contains(&migration.name));
    }
    let several = parts.all.iter().filter(|part| part.migrations.len() > 1);
    let made = several.map(|part| put_together(graph, &part.migrations, id()));
    let made = made.collect::<Result<Vec<_>>>()?;
    if made.is_empty() {
        return Err(too_few(last));
    }
    check_state(graph, made.iter().map(|one| &one.migration))?;
    Ok(made)
}

/// Migrations that become one.
struct Part<'a> {
    migrations: Vec<&'a Migration>,
    /// Those that it comes after, itself left out.
    needs: BTreeSet<usize>,
}

#[derive(Default)]
struct Parts<'a> {
    all: Vec<Part<'a>>,
    /// The part that each migration is in.
    of: BTreeMap<&'a MigrationName, usize>,
    /// The last part of each app.
    open: BTreeMap<&'a str, usize>,
}

impl<'a> Parts<'a> {
    /// Adds a migration behind all that it depends on: to the last part of its app where it can.
    fn add(&mut self, graph: &'a Graph, migration: &'a Migration, is_chosen: bool) {
        let needs = graph.needs(&migration.name).filter_map(|name| self.of.get(name).copied());
        let mut needs: BTreeSet<usize> = needs.collect();
        let open = self.open.get(&*migration.name.app).copied().filter(|_| is_chosen);
        // One that came between would come after the part and before it.
        let open = open
            .filter(|open| !needs.iter().any(|need| need != open && self.reaches(*need, *open)));
        let place = open.unwrap_or(self.all.len());
        needs.remove(&place);
        match self.all.get_mut(place) {
            Some(part) => {
                part.migrations.push(migration);
                part.needs.extend(needs);
            }
            None => self.all.push(Part { migrations: vec![migration], needs }),
        }
        self.of.insert(&migration.name, place);
        if is_chosen {
            self.open.insert(&migration.name.app, place);
        }
    }

    /// True where a part comes after another.
    fn reaches(&self, from: usize, to: usize) -> bool {
        let (mut waiting, mut seen) = (vec![from], BTreeSet::new());
        while let Some(place) = waiting.pop() {
            if place == to {
                return true;
            }
            if seen.insert(place) {
                waiting.extend(self.all.get(place).into_iter().flat_map(|part| &part.needs));
            }
        }
        false
    }
}
