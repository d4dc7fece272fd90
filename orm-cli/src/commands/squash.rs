//! `squashmigrations` and `optimizemigration`: fewer migrations, and fewer operations.

use super::makemigrations::{check_name, new_id, write};
use super::{FOUND, prove};
use crate::Result;
use crate::args::{Optimizemigration, Squashmigrations};
use crate::context::Context;
use crate::names::{apps, check_apps, find};
use crate::output::{GOOD, WARNING, styled};
use orm_migrate::file::{Migration, MigrationName};
use orm_migrate::graph::Graph;
use orm_migrate::squash::{Squash, optimized, squash, squash_together};
use serde_json::json;
use std::process::ExitCode;

/// `squashmigrations app [from] to`
pub async fn run(context: &Context, args: &Squashmigrations) -> Result<ExitCode> {
    let graph = context.folder().read()?;
    let mut made = squashed(&graph, args)?;
    if let (Some(name), [one]) = (&args.squashed_name, made.as_mut_slice()) {
        check_name(name)?;
        let number = one.migration.name.name.split('_').next().unwrap_or_default();
        one.migration.name.name = format!("{number}_{name}");
    }
    let new: Vec<Migration> = made.iter().map(|one| one.migration.clone()).collect();
    let unknown = match args.prove {
        true => prove::run(context, &graph, &new).await?,
        false => Vec::new(),
    };
    write(context, &new, args.dry_run)?;
    made.iter().for_each(|one| tell(context, one));
    let output = context.output;
    if args.prove {
        output
            .line(styled(GOOD, "  Two databases have become the same, by the old and by the new."));
    }
    for text in unknown {
        output.line(format!("  {}", styled(WARNING, format!("not shown by that: {text}"))));
    }
    output.line(
        "  Keep the old files until every database has run them; `migrate` then counts the new as run. \
         Once they are removed, `migrate APP --prune` forgets them.",
    );
    Ok(ExitCode::SUCCESS)
}

/// The migrations put together that were named.
fn squashed(graph: &Graph, args: &Squashmigrations) -> Result<Vec<Squash>> {
    let known = apps(graph);
    let named = [&args.from, &args.to].into_iter().flatten().map(String::as_str);
    // Where models name no app, there is nothing to name.
    let (app, named): (&str, Vec<&str>) = match known.contains("") && !known.contains(&*args.app) {
        true => ("", std::iter::once(&*args.app).chain(named).collect()),
        false => (&args.app, named.collect()),
    };
    let to = up_to(graph, app, named.last().copied())?;
    if args.with.is_empty() {
        let from = match named.as_slice() {
            [from, _, ..] => Some(find(graph, app, from)?),
            _ => None,
        };
        return Ok(vec![squash(graph, app, from.as_ref(), &to, new_id())?]);
    }
    let mut last = vec![to];
    for name in &args.with {
        let (app, migration) = match name.split_once('.') {
            Some((app, migration)) => (app, Some(migration)),
            None => (&**name, None),
        };
        last.push(up_to(graph, app, migration)?);
    }
    Ok(squash_together(graph, &last, &mut new_id)?)
}

/// A migration of an app; its last one where none is named.
fn up_to(graph: &Graph, app: &str, migration: Option<&str>) -> Result<MigrationName> {
    check_apps(&apps(graph), &[app.to_owned()])?;
    match (migration, graph.leaves(app).as_slice()) {
        (Some(name), _) => find(graph, app, name),
        (None, [last]) => Ok((*last).clone()),
        (None, _) => Err(format!("which migration of `{app}` is the last one to squash?").into()),
    }
}

fn tell(context: &Context, made: &Squash) {
    let output = context.output;
    let after = made.migration.operations.len();
    output.line(format!("  {} operations became {after}.", made.operations));
    for kept in &made.kept {
        let text = format!("kept as it is: {} of {}", kept.operation, kept.migration);
        output.line(format!("  {}", styled(WARNING, text)));
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
    if args.new_id {
        output.line("  Databases that have run it as it was count as having run it as it is.");
    }
    Ok(ExitCode::SUCCESS)
}

fn named(graph: &Graph, args: &Optimizemigration) -> Result<MigrationName> {
    match &args.migration {
        Some(name) => find(graph, &args.app, name),
        None => find(graph, "", &args.app),
    }
}
