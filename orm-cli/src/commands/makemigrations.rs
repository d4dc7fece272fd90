//! `makemigrations`: what has changed in the models, as files.

use super::{FOUND, merge};
use crate::Result;
use crate::answers::Answers;
use crate::args::Makemigrations;
use crate::context::Context;
use crate::names::{apps, check_apps};
use crate::output::{HEADING, WARNING, styled};
use orm_migrate::detect::detect;
use orm_migrate::error::Error;
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::lint::lint;
use orm_migrate::make;
use orm_migrate::operation::{Operation, safely};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

pub fn run(context: &Context, args: &Makemigrations) -> Result<ExitCode> {
    if args.merge {
        return merge::run(context, args, &context.folder().read_branches()?);
    }
    if !args.dry_run && !args.check {
        for last in context.folder().mend_heads()? {
            context.output.line(format!("A file is gone: the last migration is {last} now."));
        }
    }
    let graph = context.folder().read()?;
    Error::of_conflicts(&graph)?;
    let state = context.state()?;
    let of_models = state.models.keys().map(|name| &*name.app);
    let known: BTreeSet<&str> = apps(&graph).into_iter().chain(of_models).collect();
    let named = check_apps(&known, &args.apps)?;
    if let Some(name) = &args.name {
        check_name(name)?;
    }
    let mut migrations = match args.empty {
        true => empty(&graph, &named)?,
        false => {
            let before = graph.state()?;
            let mut answers = Answers::new(&args.questions)?;
            let mut operations = detect(&before, &state, &mut answers)
                .map_err(|misfit| answers.with_unused(misfit.to_string()))?;
            answers.check_all_used()?;
            if args.safe.unwrap_or(context.safe) {
                operations = safely(&before, operations)?;
            }
            let made = make::migrations(&graph, &before, operations, &mut new_id)?;
            with_needed(made, &named)
        }
    };
    if let Some(name) = &args.name {
        rename(&mut migrations, name);
    }
    write(context, &migrations, args.dry_run || args.check)?;
    warn(context, &graph, &migrations)?;
    Ok(if args.check && !migrations.is_empty() { FOUND } else { ExitCode::SUCCESS })
}

/// Writes them, unless they are only to be shown, and shows them.
pub fn write(context: &Context, migrations: &[Migration], dry_run: bool) -> Result {
    if !dry_run && !migrations.is_empty() {
        context.folder().write(migrations)?;
    }
    show(context, migrations, dry_run);
    Ok(())
}

/// Says what hurts when the new ones run on a database that is in use.
fn warn(context: &Context, graph: &Graph, new: &[Migration]) -> Result {
    // Of what came before, they show which tables are there.
    let all = Graph::of(graph.files().chain(new).cloned())?;
    let is_new = |one: &Migration| new.iter().any(|new| new.id == one.id);
    for finding in lint(&all, is_new)? {
        context.output.line(format!("{} {finding}", styled(WARNING, "warning:")));
    }
    Ok(())
}

/// What a migration is known by, whatever its name becomes.
pub fn new_id() -> String {
    let mut id = uuid::Uuid::new_v4().simple().to_string();
    id.truncate(12);
    id
}

pub fn check_name(name: &str) -> Result {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(fits) {
        return Err(
            format!("`{name}` cannot be a part of a file's name: letters, digits and _").into()
        );
    }
    Ok(())
}

/// Migrations without operations, one for each app.
fn empty(graph: &Graph, named: &BTreeSet<&str>) -> Result<Vec<Migration>> {
    // Where models name no app, there is nothing to name.
    let known = apps(graph);
    let only: BTreeSet<&str> = match named.is_empty() && known.iter().all(|app| app.is_empty()) {
        true => BTreeSet::from([""]),
        false => named.clone(),
    };
    if only.is_empty() {
        return Err("`--empty` needs the app that the migration is for".into());
    }
    let one = |app: &str| make::empty(graph, app, new_id());
    Ok(only.into_iter().map(one).collect())
}

/// Those of the apps that were named, and what they need of others.
fn with_needed(mut all: Vec<Migration>, named: &BTreeSet<&str>) -> Vec<Migration> {
    if named.is_empty() {
        return all;
    }
    let mut wanted: BTreeSet<MigrationName> = BTreeSet::new();
    // They are in order: what is needed comes before.
    for migration in all.iter().rev() {
        if named.contains(&*migration.name.app) || wanted.contains(&migration.name) {
            wanted.insert(migration.name.clone());
            wanted.extend(migration.dependencies.iter().cloned());
        }
    }
    all.retain(|migration| wanted.contains(&migration.name));
    all
}

/// Gives each the name behind its number, where others name it as well.
fn rename(all: &mut [Migration], name: &str) {
    let mut new: BTreeMap<MigrationName, MigrationName> = BTreeMap::new();
    for migration in all.iter_mut() {
        let number = migration.name.name.split('_').next().unwrap_or_default();
        let app = migration.name.app.clone();
        let named = MigrationName { app, name: format!("{number}_{name}") };
        new.insert(std::mem::replace(&mut migration.name, named.clone()), named);
    }
    for dependency in all.iter_mut().flat_map(|one| &mut one.dependencies) {
        if let Some(named) = new.get(dependency) {
            dependency.clone_from(named);
        }
    }
}

fn show(context: &Context, migrations: &[Migration], dry_run: bool) {
    let output = context.output;
    let path = |one: &Migration| {
        context.folder().path().join(&one.name.app).join(format!("{}.toml", one.name.name))
    };
    let shown = |one: &Migration| {
        json!({
            "app": one.name.app,
            "name": one.name.name,
            "path": path(one),
            "operations": one.operations.iter().map(Operation::to_string).collect::<Vec<_>>(),
            "text": one.to_toml(),
        })
    };
    output.json(&json!({ "migrations": migrations.iter().map(shown).collect::<Vec<_>>() }));
    if migrations.is_empty() {
        output.line("No changes detected");
    }
    for migration in migrations {
        let heading = match &*migration.name.app {
            "" => "Migrations:".to_owned(),
            app => format!("Migrations for '{app}':"),
        };
        output.line(styled(HEADING, heading));
        let path = path(migration);
        let current = std::env::current_dir().ok();
        let short = current.as_deref().and_then(|dir| path.strip_prefix(dir).ok());
        output.line(format!("  {}", short.unwrap_or(&path).display()));
        for operation in &migration.operations {
            output.line(format!("    {} {operation}", symbol(operation)));
        }
        if dry_run && output.verbosity > 1 {
            output.line(format!("\n{}", migration.to_toml()));
        }
    }
}

/// What an operation does, as one sign.
pub fn symbol(operation: &Operation) -> char {
    let text = operation.to_string();
    match text.split(' ').next() {
        Some("create" | "add") => '+',
        Some("delete" | "remove" | "drop") => '-',
        Some("run") => 's',
        _ => '~',
    }
}
