//! Tables that are there before their first migration runs.

use super::{Runner, Step};
use crate::answer::ask;
use crate::drift;
use crate::error::{Error, Result};
use crate::state::ProjectState;
use orm_core::tables::state::ModelName;
use orm_sql::exec::Executor;
use orm_sql::schema::TableName;
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Runner<'_> {
    /// True for the first migration of an app whose tables are all there, as it would make them.
    pub(super) async fn is_there(
        &self,
        db: &dyn Executor,
        step: &Step<'_>,
        states: &[ProjectState],
    ) -> Result<bool> {
        let name = &step.migration.name;
        let is_first = !self.graph.needs(name).any(|needed| needed.app == name.app);
        let (Some(before), Some(after)) = (states.first(), states.last()) else { return Ok(false) };
        if !self.fake_initial || !is_first || !step.forwards || step.done > 0 {
            return Ok(false);
        }
        let is_new = |model: &&ModelName| !before.models.contains_key(*model);
        let new: BTreeSet<&ModelName> = after.models.keys().filter(is_new).collect();
        let mut tables = BTreeSet::new();
        for model in new.iter().filter_map(|name| after.model(name)) {
            tables.extend(after.tables_of(model)?.into_iter().map(|table| table.name));
        }
        let mut missing = Vec::new();
        for table in &tables {
            let param = (SqlValue::Text(table.quoted()), SqlType::Text);
            if !ask::<bool>(db, sql::IS_TABLE, vec![param]).await? {
                missing.push(table);
            }
        }
        if missing.len() == tables.len() {
            return Ok(false);
        }
        let differences = differences(db, after, &new, &tables).await?;
        if differences.is_empty() {
            return Ok(true);
        }
        Err(Error::OtherTables { migration: name.clone(), differences })
    }
}

/// What is different of the tables of some models.
async fn differences(
    db: &dyn Executor,
    after: &ProjectState,
    new: &BTreeSet<&ModelName>,
    tables: &BTreeSet<TableName>,
) -> Result<Vec<String>> {
    let mut state = after.clone();
    for model in state.models.values_mut().filter(|model| !new.contains(&model.name)) {
        Arc::make_mut(model).managed = false;
    }
    let drift = drift::compare(db, &state).await?;
    let named: BTreeSet<String> = tables.iter().map(TableName::to_string).collect();
    let own = drift.differences.into_iter().filter(|one| {
        let name = one.of.strip_prefix("table ").unwrap_or(&one.of);
        named.contains(name) || one.of.starts_with("type ")
    });
    Ok(own.map(|one| format!("{}: {}", one.of, one.text)).collect())
}
