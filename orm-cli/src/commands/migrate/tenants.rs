//! `migrate --tenant` and `--all-tenants`: the migrations of tenants that have a schema each.

use super::{planned, remind, runner, show_plan};
use crate::Result;
use crate::args::Migrate;
use crate::commands::{FOUND, confirm};
use crate::context::Context;
use crate::output::{HEADING, WARNING, styled};
use crate::progress::Progress;
use orm_migrate::graph::Graph;
use orm_migrate::run::{Target, TenantRun, create_schema};
use orm_postgres::Database;
use orm_sql::exec::Executor;
use serde_json::json;
use std::process::ExitCode;

pub(super) async fn run(
    context: &Context,
    args: &Migrate,
    graph: &Graph,
    db: &Database,
    target: &Target,
) -> Result<ExitCode> {
    let names = args.tenants.names(context, db).await?;
    if args.plan || args.check {
        return plan(context, args, graph, db, target, &names).await;
    }
    if args.create_schema {
        for name in &names {
            create_schema(db.as_executor(), name).await?;
        }
    }
    if !matches!(target, Target::Latest) && !args.fake {
        let what = format!(
            "what lies beyond it will be undone for {} tenants, with the data of what it made",
            names.len()
        );
        if !confirm(args.noinput, &what)? {
            return Ok(FOUND);
        }
    }
    context.output.line(styled(HEADING, format!("Running migrations of {} tenants:", names.len())));
    let runs = {
        let mut progress = Progress::new(context.output);
        let mut runner = runner(context, args, graph, true)?.on_event(|event| progress.tell(event));
        runner.run_tenants(db.as_executor(), &names, target).await
    };
    report(context, &runs);
    remind(context, graph);
    let failed = runs.iter().any(|run| run.error.is_some());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn plan(
    context: &Context,
    args: &Migrate,
    graph: &Graph,
    db: &Database,
    target: &Target,
    names: &[String],
) -> Result<ExitCode> {
    let (mut plans, mut any) = (Vec::new(), false);
    for name in names {
        let tenant = db.tenant(name);
        let steps = runner(context, args, graph, true)?.plan(tenant.as_executor(), target).await?;
        any |= !steps.is_empty();
        let steps_of = steps.iter().map(planned).collect::<Vec<_>>();
        plans.push(json!({ "tenant": name, "plan": steps_of }));
        context.output.line(styled(HEADING, format!("Tenant {name}:")));
        show_plan(context, &steps);
    }
    context.output.json(&json!({ "tenants": plans }));
    Ok(if args.check && any { FOUND } else { ExitCode::SUCCESS })
}

/// How many are where they should be, and which are not.
fn report(context: &Context, runs: &[TenantRun]) {
    let output = context.output;
    let of = |run: &TenantRun| {
        let error = run.error.as_ref().map(ToString::to_string);
        json!({ "tenant": run.name, "ran": run.ran, "error": error })
    };
    output.json(&json!({ "tenants": runs.iter().map(of).collect::<Vec<_>>() }));
    let failed: Vec<&str> =
        runs.iter().filter(|run| run.error.is_some()).map(|run| &*run.name).collect();
    let done = runs.len() - failed.len();
    if failed.is_empty() {
        return output.line(format!("  {done} tenants are done."));
    }
    let text =
        format!("  {done} tenants are done, and {} failed: {}", failed.len(), failed.join(", "));
    output.line(styled(WARNING, text));
}
