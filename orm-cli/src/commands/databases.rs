//! `createdb`, `dropdb`: the database itself.

use super::{FOUND, confirm};
use crate::Result;
use crate::args::Dropdb;
use crate::context::Context;
use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::schema::Change;
use serde_json::json;
use std::process::ExitCode;

/// The database that every server has, from which others are made.
const MAINTENANCE: &str = "postgres";

pub async fn create(context: &Context) -> Result<ExitCode> {
    let (server, name) = server(context).await?;
    let change = Change::CreateDatabase { name: name.clone(), template: None };
    server.as_executor().batch_execute(&change.sql()).await?;
    context.output.json(&json!({ "created": name }));
    context.output.line(format!("The database `{name}` is there."));
    Ok(ExitCode::SUCCESS)
}

pub async fn drop(context: &Context, args: &Dropdb) -> Result<ExitCode> {
    let (server, name) = server(context).await?;
    let question = format!("The database `{name}` with all that is in it will be gone");
    if !confirm(args.noinput, &question)? {
        return Ok(FOUND);
    }
    let change = Change::DropDatabase { name: name.clone(), if_exists: false, force: args.force };
    server.as_executor().batch_execute(&change.sql()).await?;
    context.output.json(&json!({ "dropped": name }));
    context.output.line(format!("The database `{name}` is gone."));
    Ok(ExitCode::SUCCESS)
}

/// The server, and the name of the database.
async fn server(context: &Context) -> Result<(Database, String)> {
    let name = Database::builder().url(context.url()?).get_dbname()?;
    if name == MAINTENANCE {
        return Err(format!("the database of the address is `{MAINTENANCE}` itself").into());
    }
    Ok((context.other_database(MAINTENANCE).await?, name))
}
