//! The table of migrations that have run.

use crate::answer::{ask, tell};
use crate::error::Result;
use crate::file::{Migration, MigrationName, Replaced};
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::Transaction;
use orm_sql::sql::record as sql;
use orm_sql::value::{SqlType, SqlValue};
use serde::Deserialize;
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
}

impl Applied {
    /// What is noted of a migration that has run.
    pub(super) fn of(migration: &Migration) -> Applied {
        let operations: Vec<String> =
            migration.operations.iter().map(|operation| operation.to_toml()).collect();
        Applied {
            id: migration.id.clone(),
            app: migration.name.app.clone(),
            name: migration.name.name.clone(),
            done: operations.len(),
            operations,
        }
    }

    pub(super) fn name(&self) -> MigrationName {
        MigrationName { app: self.app.clone(), name: self.name.clone() }
    }
}

/// A transaction in which nobody else runs migrations. Waits for whoever does.
pub(super) async fn lock(db: &dyn Executor) -> Result<Transaction> {
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
pub(super) async fn create(db: &dyn Executor) -> Result<()> {
    let tx = lock(db).await?;
    tell(tx.executor(), sql::CREATE, Vec::new()).await?;
    tx.commit().await?;
    Ok(())
}

/// What has run, oldest first; nothing where there is no table.
pub(super) async fn read(db: &dyn Executor) -> Result<Vec<Applied>> {
    if !ask::<bool>(db, sql::IS_THERE, Vec::new()).await? {
        return Ok(Vec::new());
    }
    Ok(ask(db, sql::ALL, Vec::new()).await?)
}

/// What has run, as one text.
pub(super) async fn fingerprint(db: &dyn Executor) -> Result<String> {
    Ok(ask(db, sql::FINGERPRINT, Vec::new()).await?)
}

/// Notes how many operations of a migration are done.
pub(super) async fn note(db: &dyn Executor, migration: &Migration, done: usize) -> Result<()> {
    let text = |text: &str| (SqlValue::Text(text.to_owned()), SqlType::Text);
    let operations = migration.operations.iter().map(|one| SqlValue::Text(one.to_toml()));
    let done = i32::try_from(done).unwrap_or(i32::MAX);
    let params = vec![
        text(&migration.id),
        text(&migration.name.app),
        text(&migration.name.name),
        (SqlValue::Array(operations.collect()), SqlType::Array(&SqlType::Text)),
        (SqlValue::I32(done), SqlType::Int4),
    ];
    Ok(tell(db, sql::NOTE, params).await?)
}

/// Forgets a migration, and those that it stands for.
pub(super) async fn forget(db: &dyn Executor, migration: &Migration) -> Result<()> {
    let replaced = migration.replaces.iter().flat_map(Replaced::all).map(|one| &one.id);
    forget_all(db, std::iter::once(&migration.id).chain(replaced)).await
}

/// Forgets migrations, by their identifiers.
pub(super) async fn forget_all(
    db: &dyn Executor,
    ids: impl Iterator<Item = &String> + Send,
) -> Result<()> {
    let ids = ids.map(|id| SqlValue::Text(id.clone())).collect();
    let ids = (SqlValue::Array(ids), SqlType::Array(&SqlType::Text));
    Ok(tell(db, sql::FORGET, vec![ids]).await?)
}
