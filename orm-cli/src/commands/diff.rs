//! `diff`: the models compared with a live database, in both directions.

use super::FOUND;
use super::makemigrations::{new_id, write};
use crate::Result;
use crate::args::Diff;
use crate::context::Context;
use crate::output::{GOOD, HEADING, WARNING, styled};
use orm_migrate::drift::{Difference, Drift, Side, compare};
use orm_migrate::make;
use orm_sql::exec::Executor;
use orm_sql::schema::Change;
use serde_json::json;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Diff) -> Result<ExitCode> {
    let db = context.database().await?;
    let drift = compare(db.as_executor(), &context.state()?).await?;
    let output = context.output;
    output.json(&shown(&drift));
    if args.sql {
        for change in &drift.mend {
            output.answer(format!("{};", change.sql()));
        }
    } else {
        for line in drift.to_string().lines() {
            let is_heading = !line.starts_with(' ');
            output.line(if is_heading { styled(HEADING, line) } else { line.to_owned() });
        }
        for note in &drift.notes {
            output.line(format!("{} {note}", styled(WARNING, "not said:")));
        }
        for table in &drift.unknown {
            output.line(format!("{} no model has {table}", styled(WARNING, "not ours:")));
        }
    }
    if let (Some(app), Some(operation)) = (&args.migration, drift.operation()) {
        let mut migration = make::empty(&context.folder().read()?, app, new_id());
        migration.name.name = migration.name.name.replace("_auto", "_mend");
        migration.operations.push(operation);
        write(context, &[migration], false)?;
    }
    if drift.is_clean() {
        output.line(styled(GOOD, "The database is as the models are."));
        return Ok(ExitCode::SUCCESS);
    }
    Ok(FOUND)
}

fn shown(drift: &Drift) -> serde_json::Value {
    let side = |side: Side| match side {
        Side::Models => "models",
        Side::Database => "database",
        Side::Both => "both",
    };
    let difference =
        |one: &Difference| json!({ "of": one.of, "in": side(one.side), "text": one.text });
    json!({
        "differences": drift.differences.iter().map(difference).collect::<Vec<_>>(),
        "notes": drift.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "unknown": drift.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "mend": drift.mend.iter().map(Change::sql).collect::<Vec<_>>(),
    })
}
