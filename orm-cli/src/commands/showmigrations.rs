//! `showmigrations`: which there are, and which have run.

use crate::Result;
use crate::args::Showmigrations;
use crate::context::Context;
use crate::names::{apps, check_apps};
use crate::output::{GOOD, HEADING, WARNING, styled};
use orm_migrate::file::Migration;
use orm_migrate::graph::Graph;
use orm_migrate::run::{self, Applied};
use orm_sql::exec::Executor;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Showmigrations) -> Result<ExitCode> {
    let graph = context.graph()?;
    let named = check_apps(&apps(&graph), &args.apps)?;
    let db = context.database().await?;
    let of_tenants = args.tenants.are_said();
    // Those that are asked for by name are shown, whoever they run for.
    let is_shown = |one: &&Migration| match named.is_empty() {
        true => context.runs_for(of_tenants, one),
        false => named.contains(&*one.name.app),
    };
    let shown: Vec<&Migration> = graph.iter().filter(is_shown).collect();
    let show = Show { context, graph: &graph, shown, plan: args.plan };
    let output = context.output;
    if !of_tenants {
        let shown = show.of(&run::applied(db.as_executor()).await?);
        output.json(&json!({ "migrations": shown }));
        return Ok(ExitCode::SUCCESS);
    }
    let mut tenants = Vec::new();
    for name in args.tenants.names(context, &db).await? {
        let applied = run::applied(db.tenant(&name).as_executor()).await?;
        output.line(styled(HEADING, format!("Tenant {name}:")));
        let shown = show.of(&applied);
        tenants.push(json!({ "tenant": name, "migrations": shown }));
    }
    output.json(&json!({ "tenants": tenants }));
    Ok(ExitCode::SUCCESS)
}

/// What is shown of a database, or of a tenant.
struct Show<'a> {
    context: &'a Context,
    graph: &'a Graph,
    shown: Vec<&'a Migration>,
    /// In the order in which they run.
    plan: bool,
}

impl Show<'_> {
    /// Shows it, for people, and returns it for other programs.
    fn of(&self, applied: &[Applied]) -> Vec<Value> {
        let done: HashMap<&str, &Applied> = applied.iter().map(|one| (&*one.id, one)).collect();
        self.lines(&done);
        let value = |one: &&Migration| {
            json!({
                "app": one.name.app,
                "name": one.name.name,
                "operations": one.operations.len(),
                "done": done.get(&*one.id).map(|applied| applied.done),
                "dependencies": one.dependencies.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        };
        self.shown.iter().map(value).collect()
    }

    fn lines(&self, done: &HashMap<&str, &Applied>) {
        let output = self.context.output;
        let mark = |one: &Migration| mark(one, done.get(&*one.id).copied());
        if self.plan {
            for migration in &self.shown {
                output.line(format!("{}  {}", mark(migration), migration.name));
            }
            return;
        }
        let of_shown: HashSet<&str> = self.shown.iter().map(|one| &*one.name.app).collect();
        for app in apps(self.graph).into_iter().filter(|app| of_shown.contains(app)) {
            output.line(styled(HEADING, if app.is_empty() { "(no app)" } else { app }));
            for migration in self.shown.iter().filter(|one| one.name.app == app) {
                let squashed = match migration.replaces.iter().map(|one| one.all().len()).sum() {
                    0 => String::new(),
                    count => format!(" ({count} squashed migrations)"),
                };
                output.line(format!(" {} {}{squashed}", mark(migration), migration.name.name));
            }
        }
    }
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
