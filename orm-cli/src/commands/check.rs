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
use orm_migrate::run::{self, Runner, Target};
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
            if args.database {
                let found = of_database(context, &graph).await;
                problems.extend(found.err().map(|error| error.to_string()));
            }
            if args.deploy {
                warnings = hurting(context, &graph).await?;
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

/// What hurts when the migrations that have not run do so on a database that is in use.
async fn hurting(context: &Context, graph: &Graph) -> Result<Vec<String>> {
    let db = context.database().await?;
    let applied = run::applied(db.as_executor()).await?;
    let is_due = |one: &Migration| !applied.iter().any(|ran| ran.id == one.id);
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

async fn of_database(context: &Context, graph: &Graph) -> Result {
    let db = context.database().await?;
    let steps = Runner::new(graph).plan(db.as_executor(), &Target::Latest).await?;
    if let Some(step) = steps.first() {
        return Err(format!(
            "{} migrations have not run, the first of them {}",
            steps.len(),
            step.migration.name
        )
        .into());
    }
    Ok(())
}
