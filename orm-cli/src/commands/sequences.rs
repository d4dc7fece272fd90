//! `sqlsequencereset`: sequences that go on behind the largest key.

use crate::Result;
use crate::args::Apps;
use crate::context::Context;
use crate::names::check_apps;
use orm_sql::schema::{Change, Fill};
use std::collections::BTreeSet;
use std::process::ExitCode;

pub fn run(context: &Context, args: &Apps) -> Result<ExitCode> {
    let state = context.state()?;
    let known: BTreeSet<&str> = state.models.keys().map(|name| &*name.app).collect();
    let named = check_apps(&known, &args.apps)?;
    let models = state.models.values();
    for model in models.filter(|one| named.is_empty() || named.contains(&*one.name.app)) {
        for table in state.tables_of(model)? {
            for column in table.columns.iter().filter(|column| column.fill == Fill::Identity) {
                let (table, column) = (table.name.clone(), column.name.clone());
                let restart = Change::RestartIdentity { table, column };
                context.output.answer(format!("{};", restart.sql()));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
