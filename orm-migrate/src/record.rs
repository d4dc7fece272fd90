//! The table of migrations that have run.

use crate::answer::{ask, tell};
use crate::error::{Error, Result};
use crate::file::{Migration, MigrationName, Replaced};
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::Transaction;
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A migration that has run, or has begun to.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Applied {
    /// Its identifier.
    pub id: String,
    /// Its app, as it was when it ran.
    pub app: String,
    /// Its name, as it was when it ran.
    pub name: String,
    /// What it did.
    pub operations: Vec<String>,
    /// How many of its operations are done.
    pub done: usize,
    /// How far one is that was cut off in between.
    #[serde(default)]
    pub(crate) progress: Option<Progress>,
}

/// How far an operation is that goes in batches, each in a transaction of its own.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Its place.
    pub(crate) operation: usize,
    /// False where it is undone.
    pub(crate) forwards: bool,
    /// Which of its calls goes on, from 0; those before are done.
    pub(crate) call: usize,
    /// The key of the last row that is done.
    pub(crate) key: Vec<String>,
    /// How many rows are done.
    pub(crate) rows: u64,
}

impl Applied {
    /// What is noted of a migration that has run.
    pub(crate) fn of(migration: &Migration) -> Applied {
        let operations: Vec<String> =
            migration.operations.iter().map(|operation| operation.to_toml()).collect();
        Applied {
            id: migration.id.clone(),
            app: migration.name.app.clone(),
            name: migration.name.name.clone(),
            done: operations.len(),
            operations,
            progress: None,
        }
    }

    /// How many operations are done for one who goes in a direction: what was cut off on the way in the
    /// other one has been begun there, and is not yet done here.
    pub(crate) fn done_towards(&self, forwards: bool) -> usize {
        match &self.progress {
            Some(progress) if progress.forwards && !forwards => self.done + 1,
            Some(progress) if !progress.forwards && forwards => self.done.saturating_sub(1),
            _ => self.done,
        }
    }

    pub(crate) fn name(&self) -> MigrationName {
        MigrationName { app: self.app.clone(), name: self.name.clone() }
    }
}

/// A transaction in which nobody else runs migrations. Waits for whoever does.
pub(crate) async fn lock(db: &dyn Executor) -> Result<Transaction> {
    loop {
        let tx = db.begin().await?;
        if ask::<bool>(tx.executor(), sql::TRY_LOCK, Vec::new()).await? {
            tx.executor().batch_execute(sql::KEEP_LOCK).await?;
            return Ok(tx);
        }
        tx.rollback().await?;
        db.sleep(Duration::from_millis(100)).await;
    }
}

/// Makes the table where it is missing.
pub(crate) async fn create(db: &dyn Executor) -> Result<()> {
    let tx = lock(db).await?;
    tell(tx.executor(), sql::CREATE, Vec::new()).await.map_err(cannot_be("made"))?;
    // It may be one of an earlier version.
    if !ask::<bool>(tx.executor(), sql::HAS_PROGRESS, Vec::new()).await? {
        tell(tx.executor(), sql::ADD_PROGRESS, Vec::new()).await.map_err(cannot_be("altered"))?;
    }
    tx.commit().await?;
    Ok(())
}

/// What has run, oldest first; nothing where there is no table.
pub(crate) async fn read(db: &dyn Executor) -> Result<Vec<Applied>> {
    if !ask::<bool>(db, sql::IS_THERE, Vec::new()).await? {
        return Ok(Vec::new());
    }
    ask(db, sql::ALL, Vec::new()).await.map_err(cannot_be("read"))
}

/// What the server refuses is said of the table; other errors, such as a lost connection, as they are.
fn cannot_be(verb: &'static str) -> impl Fn(orm_sql::Error) -> Error {
    move |source| match source {
        orm_sql::Error::Database(_) => Error::Record { verb, source },
        other => Error::Database(other),
    }
}

/// What has run, as one text.
pub(crate) async fn fingerprint(db: &dyn Executor) -> Result<String> {
    Ok(ask(db, sql::FINGERPRINT, Vec::new()).await?)
}

/// Notes how many operations of a migration are done.
pub(crate) async fn note(db: &dyn Executor, migration: &Migration, done: usize) -> Result<()> {
    note_progress(db, migration, done, None).await.map_err(cannot_be("written"))
}

/// Notes how many operations of a migration are done, and how far the next one is.
pub(crate) async fn note_progress(
    db: &dyn Executor,
    migration: &Migration,
    done: usize,
    progress: Option<&Progress>,
) -> orm_sql::Result<()> {
    let text = |text: &str| (SqlValue::Text(text.to_owned()), SqlType::Text);
    let operations = migration.operations.iter().map(|one| SqlValue::Text(one.to_toml()));
    let progress = progress.and_then(|progress| serde_json::to_value(progress).ok());
    let progress = progress.map_or(SqlValue::Null, SqlValue::Json);
    let done = i32::try_from(done).unwrap_or(i32::MAX);
    let params = vec![
        text(&migration.id),
        text(&migration.name.app),
        text(&migration.name.name),
        (SqlValue::Array(operations.collect()), SqlType::Array(&SqlType::Text)),
        (SqlValue::I32(done), SqlType::Int4),
        (progress, SqlType::Jsonb),
    ];
    tell(db, sql::NOTE, params).await
}

/// How long the statements of this transaction wait for a lock, where that is said.
pub(crate) async fn limit_locks(
    db: &dyn Executor,
    timeout: Option<Duration>,
) -> orm_sql::Result<()> {
    let Some(time) = timeout else { return Ok(()) };
    let text = (SqlValue::Text(format!("{}ms", time.as_millis())), SqlType::Text);
    tell(db, sql::LOCK_TIMEOUT, vec![text]).await
}

/// Forgets a migration, and those that it stands for.
pub(crate) async fn forget(db: &dyn Executor, migration: &Migration) -> Result<()> {
    let replaced = migration.replaces.iter().flat_map(Replaced::all).map(|one| &one.id);
    forget_all(db, std::iter::once(&migration.id).chain(replaced)).await
}

/// Forgets migrations, by their identifiers.
pub(crate) async fn forget_all(
    db: &dyn Executor,
    ids: impl Iterator<Item = &String> + Send,
) -> Result<()> {
    let ids = ids.map(|id| SqlValue::Text(id.clone())).collect();
    let ids = (SqlValue::Array(ids), SqlType::Array(&SqlType::Text));
    Ok(tell(db, sql::FORGET, vec![ids]).await?)
}
