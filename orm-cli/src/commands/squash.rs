//! `squashmigrations` and `optimizemigration`: fewer migrations, and fewer operations.

use super::FOUND;
use super::makemigrations::{check_name, new_id, write};
use crate::Result;
use crate::args::{Optimizemigration, Squashmigrations};
use crate::context::Context;
use crate::names::find;
use crate::output::{WARNING, styled};
use orm_migrate::file::MigrationName;
use orm_migrate::graph::Graph;
use orm_migrate::squash::{Squash, optimized, squash};
use serde_json::json;
use std::process::ExitCode;

/// `squashmigrations app [from] to`
pub fn run(context: &Context, args: &Squashmigrations) -> Result<ExitCode> {
    let graph = context.folder().read()?;
    let (from, to) = match &args.to {
        Some(to) => (Some(find(&graph, &args.app, &args.from)?), to),
        None => (None, &args.from),
    };
    let to = find(&graph, &args.app, to)?;
    let mut made = squash(&graph, &args.app, from.as_ref(), &to, new_id())?;
    if let Some(name) = &args.squashed_name {
        check_name(name)?;
        let number = made.migration.name.name.split('_').next().unwrap_or_default();
        made.migration.name.name = format!("{number}_{name}");
    }
    write(context, std::slice::from_ref(&made.migration), args.dry_run)?;
    tell(context, &made);
    Ok(ExitCode::SUCCESS)
}

fn tell(context: &Context, made: &Squash) {
    let output = context.output;
    let after = made.migration.operations.len();
    output.line(format!("  {} operations became {after}.", made.operations));
    for kept in &made.kept {
        let text = format!("kept as it is: {} of {}", kept.operation, kept.migration);
        output.line(format!("  {}", styled(WARNING, text)));
    }
    if !made.migration.replaces.is_empty() {
        output.line(
            "  Keep the old files until every database has run them; `migrate` then counts this one \
             as run.",
        );
    }
}

/// `optimizemigration app migration`
pub fn optimize(context: &Context, args: &Optimizemigration) -> Result<ExitCode> {
    let graph = context.folder().read()?;
    let name = named(&graph, args)?;
    let id = args.new_id.then(new_id);
    let made = optimized(&graph, &name, id)?;
    let output = context.output;
    let after = made.migration.operations.len();
    output.json(&json!({ "before": made.operations, "after": after }));
    if after == made.operations {
        output.line("No optimizations possible.");
        return Ok(ExitCode::SUCCESS);
    }
    if args.check {
        output.line(format!("{} operations could be {after}.", made.operations));
        return Ok(FOUND);
    }
    context.folder().overwrite(&made.migration)?;
    tell(context, &made);
    Ok(ExitCode::SUCCESS)
}

fn named(graph: &Graph, args: &Optimizemigration) -> Result<MigrationName> {
    match &args.migration {
        Some(name) => find(graph, &args.app, name),
        None => find(graph, "", &args.app),
    }
}
