//! `makemigrations --merge`: branches joined.

use super::makemigrations::{new_id, write};
use crate::Result;
use crate::args::Makemigrations;
use crate::context::Context;
use crate::names::{apps, check_apps};
use crate::output::{WARNING, styled};
use orm_migrate::graph::Graph;
use orm_migrate::merge::merge;
use std::process::ExitCode;

pub fn run(context: &Context, args: &Makemigrations, graph: &Graph) -> Result<ExitCode> {
    let named = check_apps(&apps(graph), &args.apps)?;
    let conflicts = graph.conflicts();
    let wanted = conflicts.iter().filter(|(app, _)| named.is_empty() || named.contains(app));
    let mut migrations = Vec::new();
    for (app, _) in wanted {
        let merged = merge(graph, app, new_id())?;
        for clash in &merged.unknown {
            let (one, other) = (&clash.one, &clash.other);
            let text = format!(
                "nobody can see whether these go together: {} of {}, and {} of {}",
                one.1, one.0, other.1, other.0
            );
            context.output.line(styled(WARNING, text));
        }
        migrations.push(merged.migration);
    }
    if migrations.is_empty() {
        context.output.line("No conflicts detected to merge.");
        return Ok(ExitCode::SUCCESS);
    }
    write(context, &migrations, args.dry_run || args.check)?;
    Ok(ExitCode::SUCCESS)
}
