//! `flush`: all rows of all models removed.

use super::{FOUND, confirm};
use crate::Result;
use crate::args::Flush;
use crate::context::Context;
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, TableName};
use serde_json::json;
use std::process::ExitCode;

pub async fn run(context: &Context, args: &Flush) -> Result<ExitCode> {
    let tables = context.state()?.tables()?;
    let tables: Vec<TableName> = tables.into_iter().map(|table| table.name).collect();
    let count = tables.len();
    let truncate = Change::Truncate { tables, restart_identity: true };
    if count == 0 || args.sql {
        if count > 0 {
            context.output.answer(format!("{};", truncate.sql()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let db = context.database().await?;
    let what = format!(
        "All rows of {count} tables in the database `{}` will be removed. Go on?",
        db.dbname()
    );
    if !confirm(args.noinput, &what)? {
        return Ok(FOUND);
    }
    db.as_executor().batch_execute(&truncate.sql()).await?;
    context.output.json(&json!({ "tables": count }));
    context.output.line(format!("{count} tables are empty."));
    Ok(ExitCode::SUCCESS)
}
