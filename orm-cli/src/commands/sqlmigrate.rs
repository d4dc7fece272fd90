//! `sqlmigrate`: the SQL of a migration.

use crate::Result;
use crate::args::Sqlmigrate;
use crate::context::Context;
use crate::names::find;
use orm_migrate::operation::{Operation, are_atomic};
use orm_sql::sql::{BEGIN, COMMIT};
use serde_json::json;
use std::fmt::Write as _;
use std::process::ExitCode;

pub fn run(context: &Context, args: &Sqlmigrate) -> Result<ExitCode> {
    let graph = context.graph()?;
    let (app, name) = match &args.migration {
        Some(name) => (&*args.app, &**name),
        None => ("", &*args.app),
    };
    let name = find(&graph, app, name)?;
    let statements = graph.statements(&name, !args.backwards)?;
    let shown = statements
        .iter()
        .map(|(operation, sql)| json!({ "operation": operation.to_string(), "sql": sql }));
    let output = context.output;
    output.json(&json!({ "statements": shown.collect::<Vec<_>>() }));
    if output.json {
        return Ok(ExitCode::SUCCESS);
    }
    let atomic = are_atomic(statements.iter().map(|(operation, _)| *operation));
    let mut text = String::new();
    for (operation, sql) in &statements {
        writeln!(text, "--\n-- {operation}\n--")?;
        match operation {
            Operation::RunRust { .. } => writeln!(text, "-- (Rust, which is no SQL)")?,
            _ if sql.is_empty() => writeln!(text, "-- (no-op)")?,
            _ => {}
        }
        for statement in sql {
            writeln!(text, "{statement};")?;
        }
    }
    match atomic {
        true => output.answer(format!("{BEGIN};\n{text}{COMMIT};")),
        false => output.answer(text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}
