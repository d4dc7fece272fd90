//! One migration, forwards or backwards.

use super::known::Known;
use super::{Event, Runner, Step, Target, holders};
use crate::answer::ask;
use crate::data::{self, DataStep, Resumable, Told};
use crate::error::{Error, FailedFunction, FailedStatement, Result};
use crate::file::Migration;
use crate::operation::{Operation, are_atomic};
use crate::record::{self, Progress};
use crate::state::ProjectState;
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, TableName};
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use std::time::{Duration, Instant};

impl Runner<'_> {
    /// Runs a step; none where somebody else has run something meanwhile. True where what comes next
    /// is as it was planned.
    pub(super) async fn step(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        known: &mut Known,
    ) -> Result<Option<bool>> {
        let (migration, forwards) = (step.migration, step.forwards);
        self.tell(Event::Begins { migration: &migration.name, forwards });
        let start = Instant::now();
        let mut wait = Duration::from_millis(250);
        let mut tries = 0;
        let done = loop {
            let atomic = self.fake || are_atomic(&migration.operations);
            let done = match atomic {
                true => self.in_transaction(db, step, known).await,
                false => self.one_by_one(db, step).await,
            };
            match done {
                Err(mut error) if is_worth_another_try(&error) => {
                    holders::find(db, &mut error).await;
                    if tries >= self.retries {
                        return Err(error);
                    }
                    tries += 1;
                    let (migration, holders) = (&migration.name, error.holders());
                    self.tell(Event::Waits { migration, time: wait, holders });
                    db.sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(30));
                }
                other => break other?,
            }
        };
        if done.is_some() {
            self.tell(Event::Done { migration: &migration.name, time: start.elapsed() });
        }
        Ok(done)
    }

    /// The statements and the note, or nothing.
    async fn in_transaction(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        known: &mut Known,
    ) -> Result<Option<bool>> {
        let tx = record::lock(db).await?;
        let inside = tx.executor();
        if record::fingerprint(inside).await? != known.fingerprint() {
            return Ok(None);
        }
        record::limit_locks(inside, self.lock_timeout).await?;
        let states = states(step.migration, known.state_before(step.migration)?)?;
        let count = step.migration.operations.len();
        let is_noted = self.fake || self.is_there(inside, step, &states).await?;
        let places: Vec<usize> = match step.forwards {
            _ if is_noted => Vec::new(),
            true => (step.done..count).collect(),
            false => (0..step.done).rev().collect(),
        };
        if is_noted {
            self.tell(Event::Noted { migration: &step.migration.name });
        }
        for place in places {
            self.operation(inside, step, place, &states, Way::Transaction).await?;
        }
        match step.forwards {
            true => record::note(inside, step.migration, count).await?,
            false => record::forget(inside, step.migration).await?,
        }
        tx.commit().await?;
        match step.forwards {
            true => known.ran(step.migration, states.last().cloned().unwrap_or_default()),
            false => known.undone(step.migration),
        }
        Ok(Some(known.is_stable()))
    }

    /// Each operation by itself, with a note after each. Another connection holds the lock meanwhile.
    async fn one_by_one(&mut self, db: &dyn Executor, step: &Step<'_>) -> Result<Option<bool>> {
        let lock = record::lock(db).await?;
        let applied = record::read(db).await?;
        let steps = self.plan_after(&applied, &target(step))?;
        let Some(now) = steps.iter().find(|one| one.migration.id == step.migration.id) else {
            return Ok(None);
        };
        let mut known = Known::new(self.now(&applied)?);
        let states = states(step.migration, known.state_before(step.migration)?)?;
        let count = step.migration.operations.len();
        let places: Vec<usize> = match step.forwards {
            true => (now.done..count).collect(),
            false => (0..now.done).rev().collect(),
        };
        for place in places {
            let begun = applied.iter().find(|one| one.id == step.migration.id);
            let begun = begun.and_then(|one| one.progress.clone());
            let begun = begun.filter(|begun| begun.operation == place);
            self.by_itself(db, step, place, &states, begun).await?;
        }
        if !step.forwards {
            record::forget(db, step.migration).await?;
        }
        lock.rollback().await?;
        Ok(Some(false))
    }

    /// An operation, and the note that it is done. It may have been begun.
    async fn by_itself(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        place: usize,
        states: &[ProjectState],
        begun: Option<Progress>,
    ) -> Result<()> {
        let done = if step.forwards { place + 1 } else { place };
        let Some(operation) = step.migration.operations.get(place) else { return Ok(()) };
        if operation.is_atomic() {
            let tx = db.begin().await?;
            record::limit_locks(tx.executor(), self.lock_timeout).await?;
            self.operation(tx.executor(), step, place, states, Way::OneByOne(None)).await?;
            record::note(tx.executor(), step.migration, done).await?;
            tx.commit().await?;
            return Ok(());
        }
        if begun.is_none() && operation.is_undone_half_way() {
            // What has begun only is found on the way back as well.
            let (operation, forwards) = (place, step.forwards);
            let progress = Progress { operation, forwards, ..Progress::default() };
            let before = if step.forwards { place } else { place + 1 };
            record::note_progress(db, step.migration, before, Some(&progress)).await?;
        }
        if let Operation::Safely(_) = operation {
            let start = Instant::now();
            self.safely(db, step, place, states, begun).await?;
            let (text, time) = (operation.to_string(), start.elapsed());
            self.tell(Event::Operation { text: &text, time });
        } else {
            let begun = begun.filter(|begun| begun.forwards == step.forwards);
            self.operation(db, step, place, states, Way::OneByOne(begun)).await?;
        }
        record::note(db, step.migration, done).await
    }

    async fn operation(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        place: usize,
        states: &[ProjectState],
        way: Way,
    ) -> Result<()> {
        let migration = step.migration;
        let (Some(operation), Some(before), Some(after)) =
            (migration.operations.get(place), states.get(place), states.get(place + 1))
        else {
            return Ok(());
        };
        let text = operation.to_string();
        let start = Instant::now();
        if let Operation::RunRust { function, reverse, .. } = operation {
            let name = if step.forwards { Some(function) } else { reverse.as_ref() };
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                self.function(db, step, (place, name), before, way).await?;
            }
        } else {
            let changes = match step.forwards {
                true => operation.changes(before, after),
                false => operation.changes_back(before, after),
            };
            let changes = changes.map_err(|misfit| Error::Misfit {
                migration: migration.name.clone(),
                operation: text.clone(),
                misfit,
            })?;
            let undone = matches!(way, Way::Transaction);
            statements(db, migration, (operation, &changes), undone).await?;
        }
        self.tell(Event::Operation { text: &text, time: start.elapsed() });
        Ok(())
    }

    /// The function of a data migration, with the models of a state.
    async fn function(
        &mut self,
        db: &dyn Executor,
        step: &Step<'_>,
        (place, name): (usize, &str),
        state: &ProjectState,
        way: Way,
    ) -> Result<()> {
        let migration = step.migration;
        let Some(operation) = migration.operations.get(place) else { return Ok(()) };
        let function = data::find(&migration.name, operation, name)?;
        let text = operation.to_string();
        let undone = matches!(way, Way::Transaction);
        let resumable = match way {
            Way::OneByOne(before) if !operation.is_atomic() => Some(Resumable {
                migration,
                place,
                done: if step.forwards { place } else { place + 1 },
                before,
                lock_timeout: self.lock_timeout,
            }),
            _ => None,
        };
        let nobody: Told<'_> = &mut |_| {};
        let told: Told<'_> = match &mut self.told {
            Some(told) => &mut **told,
            None => nobody,
        };
        let about = (&migration.name, &*text, step.forwards);
        let given = DataStep::new(db, state, about, resumable, told);
        function.run(&given).await.map_err(|source| {
            Error::Function(Box::new(FailedFunction {
                migration: migration.name.clone(),
                operation: text.clone(),
                undone,
                source,
            }))
        })
    }
}

/// How the operations of a migration are run.
enum Way {
    /// All of them in one transaction.
    Transaction,
    /// Each by itself, with how far one is that was cut off.
    OneByOne(Option<Progress>),
}

/// The statements of an operation.
pub(super) async fn statements(
    db: &dyn Executor,
    migration: &Migration,
    (operation, changes): (&Operation, &[Change]),
    undone: bool,
) -> Result<()> {
    for change in changes {
        if !operation.is_atomic() && is_done(db, change).await? {
            continue;
        }
        let sql = change.sql();
        db.batch_execute(&sql).await.map_err(|source| {
            let (migration, operation) = (migration.name.clone(), operation.to_string());
            let (relations, holders) = (holders::relations(change), Vec::new());
            let failed =
                FailedStatement { migration, operation, sql, undone, holders, relations, source };
            Error::Statement(Box::new(failed))
        })?;
    }
    Ok(())
}

/// The states before the operations of a migration, and after the last one.
fn states(migration: &Migration, mut state: ProjectState) -> Result<Vec<ProjectState>> {
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

/// Where a step leads.
fn target(step: &Step<'_>) -> Target {
    match step.forwards {
        true => Target::Migration(step.migration.name.clone()),
        false => Target::Zero(step.migration.name.app.clone()),
    }
}

/// True where an index that is made without locks is there already, or one that is dropped is gone. One
/// that cannot be used is dropped.
pub(super) async fn is_done(db: &dyn Executor, change: &Change) -> Result<bool> {
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

/// True where a lock was not to be had in time, or two waited for each other.
fn is_worth_another_try(error: &Error) -> bool {
    let source = match error {
        Error::Statement(failed) => &failed.source,
        Error::Function(failed) => &failed.source,
        Error::Database(source) => source,
        _ => return false,
    };
    matches!(source, orm_sql::Error::Timeout { .. } | orm_sql::Error::Deadlock(_))
}
