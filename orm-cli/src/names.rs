//! Apps and migrations as they are named on the command line.

use crate::Result;
use orm_migrate::file::MigrationName;
use orm_migrate::graph::Graph;
use orm_migrate::run::Target;
use std::collections::BTreeSet;

/// The apps that have migrations.
pub fn apps(graph: &Graph) -> BTreeSet<&str> {
    graph.iter().map(|migration| &*migration.name.app).collect()
}

/// The apps that were named, which must be there.
pub fn check_apps<'a>(known: &BTreeSet<&str>, named: &'a [String]) -> Result<BTreeSet<&'a str>> {
    for name in named {
        if !known.contains(&**name) {
            return Err(format!("there is no app `{name}`{}", listed(known)).into());
        }
    }
    Ok(named.iter().map(String::as_str).collect())
}

fn listed(known: &BTreeSet<&str>) -> String {
    let named: Vec<&str> = known.iter().copied().filter(|app| !app.is_empty()).collect();
    if named.is_empty() { String::new() } else { format!("; there are {}", named.join(", ")) }
}

/// Where `migrate app migration` leads. Models without an app have migrations without one: `migrate
/// 0002`.
pub fn target(graph: &Graph, app: Option<&str>, migration: Option<&str>) -> Result<Target> {
    let apps = apps(graph);
    let (app, migration) = match (app, migration) {
        (None, _) => return Ok(Target::Latest),
        (Some(app), Some(migration)) => (app, migration),
        (Some(app), None) if apps.contains(app) => return latest_of(graph, app),
        (Some(migration), None) if apps.contains("") => ("", migration),
        (Some(app), None) => {
            return Err(format!("there is no app `{app}` with migrations{}", listed(&apps)).into());
        }
    };
    if !apps.contains(app) {
        return Err(format!("there is no app `{app}` with migrations{}", listed(&apps)).into());
    }
    match migration {
        "zero" => Ok(Target::Zero(app.to_owned())),
        name => Ok(Target::Migration(find(graph, app, name)?)),
    }
}

fn latest_of(graph: &Graph, app: &str) -> Result<Target> {
    match graph.leaves(app).as_slice() {
        [last] => Ok(Target::Migration((*last).clone())),
        // Two branches: that is said, with their names, by whoever runs them.
        _ => Ok(Target::Latest),
    }
}

/// A migration by the beginning of its name.
pub fn find(graph: &Graph, app: &str, name: &str) -> Result<MigrationName> {
    let begins = |one: &&MigrationName| one.app == app && one.name.starts_with(name);
    let mut found: Vec<&MigrationName> = graph.iter().map(|one| &one.name).filter(begins).collect();
    if found.is_empty() {
        // A database may still need what a squash stands for.
        found = graph.files().map(|one| &one.name).filter(begins).collect();
    }
    let exact = found.iter().find(|one| one.name == name);
    match (exact, found.as_slice()) {
        (Some(one), _) => Ok((*one).clone()),
        (None, [one]) => Ok((*one).clone()),
        (None, []) if app.is_empty() && !apps(graph).contains("") => match apps(graph)
            .contains(name)
        {
            true => Err(format!("which migration of `{name}`? Say its name behind the app").into()),
            false => Err(format!("there is no app `{name}`{}", listed(&apps(graph))).into()),
        },
        (None, []) => Err(format!("no migration of `{app}` begins with `{name}`").into()),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|one| &*one.name).collect();
            Err(format!("several migrations begin with `{name}`: {}", names.join(", ")).into())
        }
    }
}
