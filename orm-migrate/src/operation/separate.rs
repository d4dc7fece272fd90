//! Operations on the database alone, and on the state alone.

use super::{Misfit, Operation, SqlFiles};
use crate::state::ProjectState;
use orm_sql::schema::Change;

/// What happens to the state. What happens to the database must fit as well.
pub(super) fn apply(
    database: &[Operation],
    state_operations: &[Operation],
    state: &mut ProjectState,
) -> Result<(), Misfit> {
    states(database, state)?;
    state_operations.iter().try_for_each(|operation| operation.apply(state))
}

/// The states that the operations on the database lead through, the first one included.
fn states(database: &[Operation], before: &ProjectState) -> Result<Vec<ProjectState>, Misfit> {
    let mut states = vec![before.clone()];
    let mut now = before.clone();
    for operation in database {
        match operation {
            Operation::RunRust { .. } => {
                return Err(Misfit(format!("{operation}: a data migration stands by itself")));
            }
            Operation::Safely(_) => {
                return Err(Misfit(format!(
                    "{operation}: what is done step by step stands by itself"
                )));
            }
            _ => {}
        }
        operation.apply(&mut now).map_err(|misfit| Misfit(format!("{operation}: {misfit}")))?;
        states.push(now.clone());
    }
    Ok(states)
}

pub(super) fn changes(
    database: &[Operation],
    before: &ProjectState,
) -> Result<Vec<Change>, Misfit> {
    let states = states(database, before)?;
    let mut changes = Vec::new();
    for (operation, pair) in database.iter().zip(states.windows(2)) {
        if let [now, next] = pair {
            changes.extend(operation.changes(now, next)?);
        }
    }
    Ok(changes)
}

pub(super) fn changes_back(
    database: &[Operation],
    before: &ProjectState,
) -> Result<Vec<Change>, Misfit> {
    let states = states(database, before)?;
    let mut changes = Vec::new();
    for (operation, pair) in database.iter().zip(states.windows(2)).rev() {
        if let [now, next] = pair {
            changes.extend(operation.changes_back(now, next)?);
        }
    }
    Ok(changes)
}

impl Operation {
    /// The same with the SQL of files in it.
    pub(crate) fn without_files(&self) -> Operation {
        let all = |operations: &[Operation]| operations.iter().map(Self::without_files).collect();
        match self {
            Operation::RunSql { sql, reverse, .. } => {
                let (sql, reverse, files) = (sql.clone(), reverse.clone(), SqlFiles::default());
                Operation::RunSql { sql, reverse, files }
            }
            Operation::SeparateDatabaseAndState { database, state } => {
                Operation::SeparateDatabaseAndState { database: all(database), state: all(state) }
            }
            other => other.clone(),
        }
    }
}
