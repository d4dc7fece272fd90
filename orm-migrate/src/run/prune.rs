//! What is noted as run and has no file any more.

use super::{Runner, record};
use crate::error::Result;
use crate::file::MigrationName;
use crate::graph::Graph;
use orm_sql::exec::Executor;
use std::collections::HashSet;

/// The migrations of an app that are noted as run, and have no file: those that a squash stands for,
/// once their files are removed, and those that are gone without one.
///
/// # Errors
///
/// When the server cannot be asked.
pub async fn prunable(graph: &Graph, db: &dyn Executor, app: &str) -> Result<Vec<MigrationName>> {
    Ok(without_files(graph, db, app).await?.into_iter().map(|(_, name)| name).collect())
}

async fn without_files(
    graph: &Graph,
    db: &dyn Executor,
    app: &str,
) -> Result<Vec<(String, MigrationName)>> {
    let files: HashSet<&str> = graph.files().map(|one| &*one.id).collect();
    let applied = record::read(db).await?;
    let gone = applied.into_iter().filter(|one| one.app == app && !files.contains(&*one.id));
    Ok(gone.map(|one| (one.id.clone(), one.name())).collect())
}

/// Forgets them, and returns which they were. Squashes of which all has run are noted before.
///
/// # Errors
///
/// When a database has run a part of what a squash stands for, and the server cannot be asked.
pub async fn prune(graph: &Graph, db: &dyn Executor, app: &str) -> Result<Vec<MigrationName>> {
    // The table may be of an earlier version.
    record::create(db).await?;
    Runner::new(graph).note_covered(db).await?;
    let tx = record::lock(db).await?;
    let gone = without_files(graph, tx.executor(), app).await?;
    record::forget_all(tx.executor(), gone.iter().map(|(id, _)| id)).await?;
    tx.commit().await?;
    Ok(gone.into_iter().map(|(_, name)| name).collect())
}
