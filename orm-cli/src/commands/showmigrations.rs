//! `showmigrations`: which there are, and which have run.

use crate::Result;
use crate::args::Showmigrations;
use crate::context::Context;
use crate::names::{apps, check_apps};
use crate::output::{GOOD, HEADING, WARNING, styled};
use orm_migrate::file::Migration;
use orm_migrate::run::{self, Applied};
use orm_sql::exec::Executor;
use serde_json::json;
use std::collections::HashMap;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Showmigrations) -> Result<ExitCode> {
    let graph = context.graph()?;
    let known = apps(&graph);
    let named = check_apps(&known, &args.apps)?;
    let db = context.database().await?;
    let applied = run::applied(db.as_executor()).await?;
    let done: HashMap<&str, &Applied> = applied.iter().map(|one| (&*one.id, one)).collect();
    let is_shown = |one: &&Migration| named.is_empty() || named.contains(&*one.name.app);
    let output = context.output;
    let shown = graph.iter().filter(is_shown).map(|one| {
        json!({
            "app": one.name.app,
            "name": one.name.name,
            "operations": one.operations.len(),
            "done": done.get(&*one.id).map(|applied| applied.done),
            "dependencies": one.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    output.json(&json!({ "migrations": shown.collect::<Vec<_>>() }));
    let mark = |one: &Migration| mark(one, done.get(&*one.id).copied());
    if args.plan {
        for migration in graph.iter().filter(is_shown) {
            output.line(format!("{}  {}", mark(migration), migration.name));
        }
        return Ok(ExitCode::SUCCESS);
    }
    for app in known.into_iter().filter(|app| named.is_empty() || named.contains(app)) {
        output.line(styled(HEADING, if app.is_empty() { "(no app)" } else { app }));
        for migration in graph.iter().filter(|one| one.name.app == app) {
            let squashed = match migration.replaces.iter().map(|one| one.all().len()).sum() {
                0 => String::new(),
                count => format!(" ({count} squashed migrations)"),
            };
            output.line(format!(" {} {}{squashed}", mark(migration), migration.name.name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `[X]`, `[ ]`, or how far it is.
fn mark(migration: &Migration, applied: Option<&Applied>) -> String {
    let count = migration.operations.len();
    match applied {
        None => "[ ]".to_owned(),
        Some(applied) if applied.done >= count => styled(GOOD, "[X]"),
        Some(applied) => styled(WARNING, format!("[{}/{count}]", applied.done)),
    }
}
