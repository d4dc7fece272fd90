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
    if args.sql {
        return sql(context);
    }
    let tables = tables(context)?;
    let count = tables.len();
    let Some(truncate) = truncate(tables) else { return Ok(ExitCode::SUCCESS) };
    let db = context.database().await?;
    let what =
        format!("All rows of {count} tables in the database `{}` will be removed", db.dbname());
    if !confirm(args.noinput, &what)? {
        return Ok(FOUND);
    }
    db.as_executor().batch_execute(&truncate.sql()).await?;
    context.output.json(&json!({ "tables": count }));
    context.output.line(format!("{count} tables are empty."));
    Ok(ExitCode::SUCCESS)
}

/// `sqlflush`: what `flush` would do, as SQL.
pub fn sql(context: &Context) -> Result<ExitCode> {
    let truncate = truncate(tables(context)?);
    let statements: Vec<String> = truncate.iter().map(Change::sql).collect();
    context.output.json(&json!({ "statements": statements }));
    for statement in statements.iter().filter(|_| !context.is_json()) {
        context.output.answer(format!("{statement};"));
    }
    Ok(ExitCode::SUCCESS)
}

fn tables(context: &Context) -> Result<Vec<TableName>> {
    let tables = context.state()?.tables()?;
    Ok(tables.into_iter().map(|table| table.name).collect())
}

fn truncate(tables: Vec<TableName>) -> Option<Change> {
    (!tables.is_empty()).then_some(Change::Truncate { tables, restart_identity: true })
}
