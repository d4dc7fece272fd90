//! One migration, forwards or backwards.

use super::{Event, Runner, Step, Target, record};
use crate::answer::{ask, tell};
use crate::error::{Error, FailedStatement, Result};
use crate::file::Migration;
use crate::graph::apply;
use crate::operation::Operation;
use crate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, TableName};
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashSet;
use std::time::{Duration, Instant};

impl Runner<'_> {
    /// Runs a step; false where somebody else has done so meanwhile.
    pub(super) async fn step(&mut self, db: &dyn Executor, step: &Step<'_>) -> Result<bool> {
        let (migration, forwards) = (step.migration, step.forwards);
        self.tell(Event::Begins { migration: &migration.name, forwards });
        let start = Instant::now();
        let mut wait = Duration::from_millis(250);
        let mut tries = 0;
        let done = loop {
            let atomic = self.fake || migration.operations.iter().all(Operation::is_atomic);
            let done = match atomic {
                true => self.in_transaction(db, step).await,
                false => self.one_by_one(db, step).await,
            };
            match done {
                Err(error) if tries < self.retries && is_lock_timeout(&error) => {
                    tries += 1;
                    self.tell(Event::Waits { migration: &migration.name, time: wait });
                    db.sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(30));
                }
                other => break other?,
            }
        };
        self.tell(Event::Done { migration: &migration.name, time: start.elapsed() });
        Ok(done)
    }

    /// The statements and the note, or nothing.
    async fn in_transaction(&mut self, db: &dyn Executor, step: &Step<'_>) -> Result<bool> {
        let tx = record::lock(db).await?;
        let inside = tx.executor();
        if !self.is_due(inside, step).await? {
            return Ok(false);
        }
        self.limit_locks(inside).await?;
        let states = self.states(inside, step.migration).await?;
        let count = step.migration.operations.len();
        let places: Vec<usize> = match step.forwards {
            _ if self.fake || self.is_there(inside, step, &states).await? => Vec::new(),
            true => (step.done..count).collect(),
            false => (0..step.done).rev().collect(),
        };
        for place in places {
            self.operation(inside, step, place, &states, true).await?;
        }
        match step.forwards {
            true => record::note(inside, step.migration, count).await?,
            false => record::forget(inside, step.migration).await?,
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Each operation by itself, with a note after each. Another connection holds the lock meanwhile.
    async fn one_by_one(&mut self, db: &dyn Executor, step: &Step<'_>) -> Result<bool> {
        let lock = record::lock(db).await?;
        let applied = record::read(db).await?;
        let steps = self.plan_after(&applied, &target(step))?;
        let Some(now) = steps.iter().find(|one| one.migration.id == step.migration.id) else {
            return Ok(false);
        };
        let states = self.states(db, step.migration).await?;
        let count = step.migration.operations.len();
        let places: Vec<usize> = match step.forwards {
            true => (now.done..count).collect(),
            false => (0..now.done).rev().collect(),
        };
        for place in places {
            let done = if step.forwards { place + 1 } else { place };
            let Some(operation) = step.migration.operations.get(place) else { continue };
            if operation.is_atomic() {
                let tx = db.begin().await?;
                self.limit_locks(tx.executor()).await?;
                self.operation(tx.executor(), step, place, &states, false).await?;
                record::note(tx.executor(), step.migration, done).await?;
                tx.commit().await?;
            } else {
                self.operation(db, step, place, &states, false).await?;
                record::note(db, step.migration, done).await?;
            }
        }
        if !step.forwards {
            record::forget(db, step.migration).await?;
        }
        lock.rollback().await?;
        Ok(true)
    }

    /// Whether a step has still to be done, now that nobody else does it.
    async fn is_due(&self, db: &dyn Executor, step: &Step<'_>) -> Result<bool> {
        let applied = record::read(db).await?;
        let done = applied.iter().find(|one| one.id == step.migration.id).map(|one| one.done);
        Ok(match step.forwards {
            true => {
                done.is_none_or(|done| done == step.done && done < step.migration.operations.len())
            }
            false => done == Some(step.done),
        })
    }

    async fn limit_locks(&self, db: &dyn Executor) -> Result<()> {
        let Some(time) = self.lock_timeout else { return Ok(()) };
        let text = (SqlValue::Text(format!("{}ms", time.as_millis())), SqlType::Text);
        Ok(tell(db, sql::LOCK_TIMEOUT, vec![text]).await?)
    }

    /// The states before the operations of a migration, and after the last one.
    async fn states(&self, db: &dyn Executor, migration: &Migration) -> Result<Vec<ProjectState>> {
        let now = self.now(&record::read(db).await?)?;
        let mut state = ProjectState::default();
        let ran: HashSet<&str> = now.applied.iter().map(|done| &*done.id).collect();
        let others = now.graph.iter().filter(|one| one.id != migration.id);
        for one in others.filter(|one| ran.contains(&*one.id)) {
            apply(one, &mut state)?;
        }
        let mut states = vec![state.clone()];
        for operation in &migration.operations {
            operation.apply(&mut state).map_err(|misfit| Error::Misfit {
                migration: migration.name.clone(),
                operation: operation.to_string(),
                misfit,
            })?;
            states.push(state.clone());
        }
        Ok(states)
    }

    async fn operation(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        place: usize,
        states: &[ProjectState],
        undone: bool,
    ) -> Result<()> {
        let migration = step.migration;
        let (Some(operation), Some(before), Some(after)) =
            (migration.operations.get(place), states.get(place), states.get(place + 1))
        else {
            return Ok(());
        };
        let text = operation.to_string();
        let start = Instant::now();
        let changes = match step.forwards {
            true => operation.changes(before, after),
            false => operation.changes_back(before, after),
        };
        let changes = changes.map_err(|misfit| Error::Misfit {
            migration: migration.name.clone(),
            operation: text.clone(),
            misfit,
        })?;
        for change in changes {
            if !operation.is_atomic() && is_done(db, &change).await? {
                continue;
            }
            let sql = change.sql();
            db.batch_execute(&sql).await.map_err(|source| {
                let (migration, operation) = (migration.name.clone(), text.clone());
                let failed = FailedStatement { migration, operation, sql, undone, source };
                Error::Statement(Box::new(failed))
            })?;
        }
        self.tell(Event::Operation { text: &text, time: start.elapsed() });
        Ok(())
    }
}

/// Where a step leads.
fn target(step: &Step<'_>) -> Target {
    match step.forwards {
        true => Target::Migration(step.migration.name.clone()),
        false => Target::Zero(step.migration.name.app.clone()),
    }
}

/// True where an index that is made without locks is there already, or one that is dropped is gone. One
/// that cannot be used is dropped.
async fn is_done(db: &dyn Executor, change: &Change) -> Result<bool> {
    let (name, wanted) = match change {
        Change::CreateIndex { table, index, .. } => {
            (TableName { schema: table.schema.clone(), name: index.name.clone() }, true)
        }
        Change::DropIndex { name, .. } => (name.clone(), false),
        _ => return Ok(false),
    };
    let param = (SqlValue::Text(name.quoted()), SqlType::Text);
    let usable: Option<bool> = ask(db, sql::INDEX_STATE, vec![param]).await?;
    if wanted && usable == Some(false) {
        let drop = Change::DropIndex { name, if_exists: true, concurrently: true };
        db.batch_execute(&drop.sql()).await?;
    }
    Ok(if wanted { usable == Some(true) } else { usable.is_none() })
}

fn is_lock_timeout(error: &Error) -> bool {
    let source = match error {
        Error::Statement(failed) => &failed.source,
        Error::Database(source) => source,
        _ => return false,
    };
    matches!(source, orm_sql::Error::Timeout { .. })
}
