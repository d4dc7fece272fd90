//! The commands, a file each.

mod check;
mod databases;
mod diff;
mod dumpdata;
mod flush;
mod graph;
mod inspectdb;
mod loaddata;
mod makemigrations;
mod merge;
mod migrate;
mod prove;
mod sequences;
mod shell;
mod showmigrations;
mod sqlmigrate;
mod squash;

use crate::Result;
use crate::args::Command;
use crate::context::Context;
use std::process::ExitCode;

/// What a command ends with where it found what it was to look for.
const FOUND: ExitCode = ExitCode::FAILURE;

/// Runs a command.
pub async fn run(context: &Context, command: Command) -> Result<ExitCode> {
    match command {
        Command::Makemigrations(args) => makemigrations::run(context, &args),
        Command::Migrate(args) => migrate::run(context, &args).await,
        Command::Showmigrations(args) => showmigrations::run(context, &args).await,
        Command::Sqlmigrate(args) => sqlmigrate::run(context, &args),
        Command::Squashmigrations(args) => squash::run(context, &args).await,
        Command::Optimizemigration(args) => squash::optimize(context, &args),
        Command::Check(args) => check::run(context, &args).await,
        Command::Inspectdb(args) => inspectdb::run(context, &args).await,
        Command::Diff(args) => diff::run(context, &args).await,
        Command::Flush(args) => flush::run(context, &args).await,
        Command::Sqlflush => flush::sql(context),
        Command::Dumpdata(args) => dumpdata::run(context, &args).await,
        Command::Graph(args) => graph::run(context, &args),
        Command::Loaddata(args) => loaddata::run(context, &args).await,
        Command::Sqlsequencereset(args) => sequences::run(context, &args),
        Command::Dbshell(args) => shell::run(context, &args),
        Command::Createdb => databases::create(context).await,
        Command::Dropdb(args) => databases::drop(context, &args).await,
        // It needs the command line, which this does not know.
        Command::Completions { .. } => Ok(ExitCode::SUCCESS),
    }
}

/// Says what cannot be undone, and asks whether it is meant.
fn confirm(noinput: bool, what: &str) -> Result<bool> {
    if noinput {
        return Ok(true);
    }
    if !crate::output::can_ask() {
        return Err(
            format!("{what}; where that is meant, and nobody can be asked, say --noinput").into()
        );
    }
    Ok(dialoguer::Confirm::new()
        .with_prompt(format!("{what}. Go on?"))
        .default(false)
        .interact()?)
}
