//! What is noted as run and has no file any more; and the proof that a squash is what it stands for.

use super::{Runner, Target, record};
use crate::drift::{Difference, between};
use crate::error::{Error, Result};
use crate::file::{MigrationName, Replaced};
use crate::graph::Graph;
use crate::introspect;
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

/// Runs all that a squash stands for in one empty database, and the squash in another one, with whatever
/// they depend on; returns what is different between them, in words.
///
/// # Errors
///
/// When there is no such squash, files are missing of what it stands for, or something fails.
pub async fn prove(
    graph: &Graph,
    squash: &MigrationName,
    old: &dyn Executor,
    new: &dyn Executor,
) -> Result<Vec<String>> {
    let migration = graph.get(squash).ok_or_else(|| Error::Unknown(squash.clone()))?;
    let before = Graph::of(graph.files().filter(|one| one.id != migration.id).cloned())?;
    Runner::new(graph).run(new, &Target::Migration(squash.clone())).await?;
    for replaced in migration.replaces.iter().flat_map(Replaced::all) {
        let file = before.iter().find(|one| one.id == replaced.id);
        if let Some(file) = file {
            Runner::new(&before).run(old, &Target::Migration(file.name.clone())).await?;
        }
    }
    let schemas = graph.state()?.schemas;
    let mut names: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let current = introspect::tables(old, &[]).await?;
    let (mut wanted, mut there) = (current, introspect::tables(new, &[]).await?);
    if !names.is_empty() {
        names.dedup();
        wanted.extend(introspect::tables(old, &names).await?);
        there.extend(introspect::tables(new, &names).await?);
    }
    let text = |one: Difference| format!("{}: {}", one.of, one.text);
    Ok(between(&wanted, &there).into_iter().map(text).collect())
}
