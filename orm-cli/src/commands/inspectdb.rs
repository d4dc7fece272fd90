//! `inspectdb`: models from a live database.

use crate::Result;
use crate::args::Inspectdb;
use crate::context::Context;
use crate::output::{WARNING, styled};
use anstream::eprintln;
use orm_migrate::inspect::{Note, Options, models};
use orm_sql::exec::Executor;
use serde_json::json;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Inspectdb) -> Result<ExitCode> {
    let db = context.database().await?;
    let options = Options {
        tables: args.tables.clone(),
        schemas: args.schema.clone(),
        include_views: args.include_views,
        include_partitions: args.include_partitions,
        app: args.app.clone(),
        managed: !args.unmanaged,
    };
    let source = models(db.as_executor(), &options).await?;
    let output = context.output;
    let notes: Vec<String> = source.notes.iter().map(Note::to_string).collect();
    match &args.output {
        Some(path) => {
            std::fs::write(path, &source.text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            output.line(format!("{} models in {}", source.models, path.display()));
        }
        None if output.json => {}
        None => output.answer(source.text.trim_end()),
    }
    output.json(&json!({ "models": source.models, "notes": notes, "text": source.text }));
    // Beside what may be on its way into a file.
    if output.is_for_people() {
        for note in notes {
            eprintln!("{} {note}", styled(WARNING, "not said:"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
