//! `check`: mistakes in the models and migrations.

use super::FOUND;
use crate::Result;
use crate::args::Check;
use crate::context::Context;
use crate::output::{BAD, GOOD, styled};
use orm_migrate::detect::{NoInput, detect};
use orm_migrate::graph::Graph;
use orm_migrate::run::{Runner, Target};
use orm_sql::exec::Executor;
use serde_json::json;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Check) -> Result<ExitCode> {
    let mut problems = Vec::new();
    match context.graph() {
        Err(error) => problems.push(error.to_string()),
        Ok(graph) => {
            problems.extend(of_models(context, &graph).err().map(|error| error.to_string()));
            if args.database || args.deploy {
                problems.extend(
                    of_database(context, &graph).await.err().map(|error| error.to_string()),
                );
            }
        }
    }
    let output = context.output;
    output.json(&json!({ "problems": problems }));
    for problem in &problems {
        output.line(format!("{} {problem}", styled(BAD, "error:")));
    }
    if problems.is_empty() {
        output.line(styled(GOOD, "No problems found."));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(FOUND)
}

fn of_models(context: &Context, graph: &Graph) -> Result {
    let changes = detect(&graph.state()?, &context.state()?, &mut NoInput);
    match changes {
        Ok(changes) if changes.is_empty() => Ok(()),
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
