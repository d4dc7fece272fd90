//! `migrate`: migrations run, and undone.

mod tenants;

use super::{FOUND, confirm};
use crate::Result;
use crate::args::Migrate;
use crate::context::Context;
use crate::names::target;
use crate::output::{HEADING, WARNING, styled};
use crate::progress::Progress;
use orm_migrate::graph::Graph;
use orm_migrate::make::missing;
use orm_migrate::run::{Runner, Step, Target, prune};
use orm_postgres::Database;
use orm_sql::exec::Executor;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

pub async fn run(context: &Context, args: &Migrate) -> Result<ExitCode> {
    let output = context.output;
    let graph = context.graph()?;
    let target = target(&graph, args.app.as_deref(), args.migration.as_deref())?;
    let db = context.database().await?;
    if args.prune {
        return forget(context, &graph, &db, args.app.as_deref().unwrap_or_default()).await;
    }
    if args.tenants.are_said() {
        return tenants::run(context, args, &graph, &db, &target).await;
    }
    let steps = runner(context, args, &graph, false)?.plan(db.as_executor(), &target).await?;
    if args.plan || args.check {
        output.json(&json!({ "plan": steps.iter().map(planned).collect::<Vec<_>>() }));
        show_plan(context, &steps);
        return Ok(if args.check && !steps.is_empty() { FOUND } else { ExitCode::SUCCESS });
    }
    let undone = steps.iter().filter(|step| !step.forwards && !args.fake);
    let undone: Vec<String> = undone.map(|step| step.migration.name.to_string()).collect();
    if !undone.is_empty() {
        let what = format!("{} will be undone, with the data of what they made", undone.join(", "));
        if !confirm(args.noinput, &what)? {
            return Ok(FOUND);
        }
    }
    let count = run_all(context, args, &graph, &db, &target).await?;
    output.json(&json!({ "ran": count }));
    if count == 0 {
        output.line("  No migrations to apply.");
    }
    remind(context, &graph);
    Ok(ExitCode::SUCCESS)
}

/// Forgets what has run and has no file any more.
async fn forget(context: &Context, graph: &Graph, db: &Database, app: &str) -> Result<ExitCode> {
    let names = prune(graph, db.as_executor(), app).await?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    context.output.json(&json!({ "pruned": names }));
    match names.is_empty() {
        true => context.output.line("  No migrations to prune."),
        false => names.iter().for_each(|name| context.output.line(format!("  Pruned {name}"))),
    }
    Ok(ExitCode::SUCCESS)
}

async fn run_all(
    context: &Context,
    args: &Migrate,
    graph: &Graph,
    db: &Database,
    target: &Target,
) -> Result<usize> {
    let output = context.output;
    output.line(styled(HEADING, "Running migrations:"));
    let mut progress = Progress::new(output);
    let mut runner = runner(context, args, graph, false)?.on_event(|event| progress.tell(event));
    Ok(runner.run(db.as_executor(), target).await?)
}

/// What runs migrations as the command line says, those of tenants or those that they share.
fn runner<'g>(
    context: &Context,
    args: &Migrate,
    graph: &'g Graph,
    of_tenants: bool,
) -> Result<Runner<'g>> {
    let mut runner =
        context.runner(graph, of_tenants).fake(args.fake).fake_initial(args.fake_initial);
    runner = runner.retries(args.retries);
    if args.lock_timeout > 0.0 {
        let time = Duration::try_from_secs_f64(args.lock_timeout)?;
        runner = runner.lock_timeout(time);
    }
    Ok(runner)
}

fn planned(step: &Step<'_>) -> serde_json::Value {
    let operations = step.migration.operations.iter().map(ToString::to_string);
    json!({
        "app": step.migration.name.app,
        "name": step.migration.name.name,
        "forwards": step.forwards,
        "done": step.done,
        "operations": operations.collect::<Vec<_>>(),
    })
}

fn show_plan(context: &Context, steps: &[Step<'_>]) {
    let output = context.output;
    if steps.is_empty() {
        output.line("No planned migration operations.");
        return;
    }
    output.line(styled(HEADING, "Planned operations:"));
    for step in steps {
        let undo = if step.forwards { "" } else { "undo " };
        output.line(format!("{undo}{}", step.migration.name));
        let count = step.migration.operations.len();
        let places: Vec<usize> = match step.forwards {
            true => (step.done..count).collect(),
            false => (0..step.done).rev().collect(),
        };
        for operation in places.into_iter().filter_map(|at| step.migration.operations.get(at)) {
            output.line(format!("    {undo}{operation}"));
        }
    }
}

/// Says where models have changes that no migration has.
fn remind(context: &Context, graph: &Graph) {
    let changes = || -> Result<bool> { Ok(!missing(graph, &context.state()?)?.is_empty()) };
    if changes().unwrap_or(false) {
        let text = "The models have changes that are not in a migration: run `makemigrations`, then \
                    `migrate` again.";
        context.output.line(styled(WARNING, text));
    }
}
