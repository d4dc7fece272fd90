//! `check`: mistakes in the models and migrations.

use super::FOUND;
use crate::Result;
use crate::args::Check;
use crate::context::Context;
use crate::output::{BAD, GOOD, WARNING, styled};
use orm_migrate::file::Migration;
use orm_migrate::graph::Graph;
use orm_migrate::lint::lint;
use orm_migrate::make::missing;
use orm_migrate::run::{self, Applied, Runner, Target};
use orm_sql::exec::Executor;
use serde_json::json;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Check) -> Result<ExitCode> {
    let output = context.output;
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    match context.graph() {
        Err(error) => problems.push(error.to_string()),
        Ok(graph) => {
            problems.extend(of_models(context, &graph).err().map(|error| error.to_string()));
            if args.database || args.tenants.are_said() {
                match of_databases(context, args, &graph).await {
                    Ok(found) => problems.extend(found),
                    Err(error) => problems.push(error.to_string()),
                }
            }
            if args.deploy {
                warnings = hurting(context, args, &graph).await?;
            }
        }
    }
    output.json(&json!({ "problems": problems, "warnings": warnings }));
    for warning in &warnings {
        output.line(format!("{} {warning}", styled(WARNING, "warning:")));
    }
    for problem in &problems {
        output.line(format!("{} {problem}", styled(BAD, "error:")));
    }
    if problems.is_empty() {
        output.line(styled(GOOD, "No problems found."));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(FOUND)
}

/// What hurts when the migrations that have not run do so on a database that is in use; where it is about
/// tenants, those that have not run for one of them.
async fn hurting(context: &Context, args: &Check, graph: &Graph) -> Result<Vec<String>> {
    let db = context.database().await?;
    let of_tenants = args.tenants.are_said();
    let mut applied = Vec::new();
    match of_tenants {
        true => {
            for name in args.tenants.names(context, &db).await? {
                applied.push(run::applied(db.tenant(&name).as_executor()).await?);
            }
        }
        false => applied.push(run::applied(db.as_executor()).await?),
    }
    let is_due = |one: &Migration| {
        let has_run = |applied: &Vec<Applied>| applied.iter().any(|ran| ran.id == one.id);
        context.runs_for(of_tenants, one) && !applied.iter().all(has_run)
    };
    Ok(lint(graph, is_due)?.iter().map(ToString::to_string).collect())
}

fn of_models(context: &Context, graph: &Graph) -> Result {
    match missing(graph, &context.state()?)?.as_slice() {
        [] => Ok(()),
        _ => {
            Err("the models have changes that are not in a migration: run `makemigrations`".into())
        }
    }
}

/// What is wrong with the database, or with the schemas of tenants.
async fn of_databases(context: &Context, args: &Check, graph: &Graph) -> Result<Vec<String>> {
    let db = context.database().await?;
    let of_tenants = args.tenants.are_said();
    let runner = context.runner(graph, of_tenants);
    if !of_tenants {
        return Ok(of_database(&runner, db.as_executor()).await.into_iter().collect());
    }
    let mut problems = Vec::new();
    for name in args.tenants.names(context, &db).await? {
        let problem = of_database(&runner, db.tenant(&name).as_executor()).await;
        problems.extend(problem.map(|problem| format!("tenant {name}: {problem}")));
    }
    Ok(problems)
}

async fn of_database(runner: &Runner<'_>, db: &dyn Executor) -> Option<String> {
    let steps = match runner.plan(db, &Target::Latest).await {
        Ok(steps) => steps,
        Err(error) => return Some(error.to_string()),
    };
    let first = steps.first()?;
    let (count, name) = (steps.len(), &first.migration.name);
    Some(format!("{count} migrations have not run, the first of them {name}"))
}
