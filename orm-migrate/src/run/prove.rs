//! The proof that squashes are what they stand for: both are run, and what has become of two empty
//! databases is compared, tables and rows.

use super::secured::of_all;
use super::{Runner, Target};
use crate::answer::ask;
use crate::drift::{Difference, between};
use crate::error::{Error, Result};
use crate::file::{Migration, MigrationName, Replaced};
use crate::graph::Graph;
use crate::introspect;
use crate::operation::Operation;
use orm_sql::exec::Executor;
use orm_sql::schema::{Column, ColumnType, Table};
use orm_sql::sql::contents;
use orm_sql::value::SqlType;
use std::collections::BTreeSet;

/// What a squash leads to, compared with what it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What is different, in words: tables, and the rows that migrations have written.
    pub differences: Vec<String>,
    /// What this cannot show, in words.
    pub unknown: Vec<String>,
}

/// Runs all that squashes stand for in one empty database, and the squashes in another one, with
/// whatever they depend on, and compares tables and rows.
///
/// # Errors
///
/// When there is no such squash, files are missing of what it stands for, or something fails.
pub async fn prove(
    graph: &Graph,
    squashes: &[MigrationName],
    old: &dyn Executor,
    new: &dyn Executor,
) -> Result<Proof> {
    let find = |name: &MigrationName| graph.get(name).ok_or_else(|| Error::Unknown(name.clone()));
    let squashes: Vec<&Migration> = squashes.iter().map(find).collect::<Result<_>>()?;
    let ids: BTreeSet<&str> = squashes.iter().map(|one| &*one.id).collect();
    let before = Graph::of(graph.files().filter(|one| !ids.contains(&*one.id)).cloned())?;
    for squash in &squashes {
        Runner::new(graph).run(new, &Target::Migration(squash.name.clone())).await?;
        for replaced in squash.replaces.iter().flat_map(Replaced::all) {
            if let Some(file) = before.iter().find(|one| one.id == replaced.id) {
                Runner::new(&before).run(old, &Target::Migration(file.name.clone())).await?;
            }
        }
    }
    let (old, new) = (of_all(old, graph), of_all(new, graph));
    let (old, new) = (old.as_executor(), new.as_executor());
    let (wanted, there) = (tables(graph, old).await?, tables(graph, new).await?);
    let text = |one: Difference| format!("{}: {}", one.of, one.text);
    let differences = between(&wanted, &there).into_iter().map(text).collect();
    let mut proof = Proof { differences, unknown: Vec::new() };
    for table in &wanted {
        // Others have been said.
        if table.name.name != "orm_migrations" && there.iter().any(|one| same_columns(one, table)) {
            rows(table, old, new, &mut proof).await?;
        }
    }
    proof.unknown.extend(squashes.iter().flat_map(|squash| data_steps(squash)));
    Ok(proof)
}

async fn tables(graph: &Graph, db: &dyn Executor) -> Result<Vec<Table>> {
    let schemas = graph.state()?.schemas;
    let names: Vec<&str> = schemas.iter().map(String::as_str).collect();
    let mut tables = introspect::tables(db, &[]).await?;
    if !names.is_empty() {
        tables.extend(introspect::tables(db, &names).await?);
    }
    Ok(tables)
}

fn same_columns(one: &Table, other: &Table) -> bool {
    let names = |table: &Table| -> BTreeSet<String> {
        table.columns.iter().map(|column| column.name.clone()).collect()
    };
    one.name == other.name && names(one) == names(other)
}

/// Compares the rows of a table in two databases.
async fn rows(
    table: &Table,
    old: &dyn Executor,
    new: &dyn Executor,
    proof: &mut Proof,
) -> Result<()> {
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let (wanted, there) = (read(table, &columns, old).await?, read(table, &columns, new).await?);
    let name = &table.name;
    if wanted == there {
        return Ok(());
    }
    if wanted.count != there.count {
        let (wanted, there) = (wanted.count, there.count);
        proof.differences.push(format!("{name}: {there} rows, and not {wanted}"));
        return Ok(());
    }
    let values = table.columns.iter().zip(wanted.columns.iter().zip(&there.columns));
    let other = values.filter(|(_, (wanted, there))| wanted != there).map(|(column, _)| column);
    let (moving, other): (Vec<&Column>, Vec<&Column>) = other.partition(|one| is_moving(one));
    if !other.is_empty() {
        proof.differences.push(format!("{name}: rows with other values of {}", listed(&other)));
        return Ok(());
    }
    let is_fixed = |name: &&String| !moving.iter().any(|column| column.name == **name);
    let fixed: Vec<String> = columns.iter().filter(is_fixed).cloned().collect();
    let (wanted, there) = (read(table, &fixed, old).await?, read(table, &fixed, new).await?);
    if wanted.rows != there.rows {
        proof.differences.push(format!("{name}: the same values in other rows"));
    } else {
        proof.unknown.push(format!(
            "{name}: the values of {}, which are others each time, as those of now() are",
            listed(&moving)
        ));
    }
    Ok(())
}

/// The rows of a table, in short.
#[derive(PartialEq)]
struct Contents {
    count: String,
    rows: String,
    columns: Vec<String>,
}

async fn read(table: &Table, columns: &[String], db: &dyn Executor) -> Result<Contents> {
    let sql = contents(&table.name, columns);
    let mut all = ask::<Vec<String>>(db, &sql, Vec::new()).await?.into_iter();
    let (count, rows) = (all.next().unwrap_or_default(), all.next().unwrap_or_default());
    Ok(Contents { count, rows, columns: all.collect() })
}

/// True for types whose values often come from a clock or from chance.
fn is_moving(column: &Column) -> bool {
    use SqlType::{Date, Time, Timestamp, TimestampTz, Uuid};
    matches!(column.column_type, ColumnType::Plain(Date | Time | Timestamp | TimestampTz | Uuid))
}

fn listed(columns: &[&Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    names.join(", ")
}

/// What is done with rows that are there already, of which an empty database has none.
fn data_steps(squash: &Migration) -> impl Iterator<Item = String> {
    let all = squash.operations.iter().flat_map(Operation::database_operations);
    let is_data =
        |one: &&Operation| matches!(one, Operation::RunSql { .. } | Operation::RunRust { .. });
    all.filter(is_data).map(|one| {
        format!("{}: what `{one}` does with rows that an empty database does not have", squash.name)
    })
}
