//! Tables as the server says them, once they are made: temporary ones, which are rolled back.

use crate::answer::ask;
use crate::introspect::{self, Wanted};
use crate::state::ProjectState;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::schema::{
    Change, Column, Constraint, ConstraintKind, Index, RowLevelSecurity, Table, TableName,
};
use orm_sql::sql::introspection as sql;
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashMap;

/// The schema of temporary tables, as every session names its own.
const TEMPORARY: &str = "pg_temp";

/// Tables as the server says them; `None` for those that cannot be made. Keys and unique constraints
/// have no expressions, and are left out.
pub(super) async fn read(
    db: &dyn Executor,
    tables: &[Table],
    models: &ProjectState,
) -> Result<Vec<Option<Table>>> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let read = inside(tx.executor(), tables, models).await;
    tx.rollback().await?;
    read
}

async fn inside(
    db: &dyn Executor,
    tables: &[Table],
    models: &ProjectState,
) -> Result<Vec<Option<Table>>> {
    for (name, labels) in &models.enums {
        // Those that the database lacks. What it has comes first where it stands before others.
        let name = TableName::within(TEMPORARY, &name.name);
        let own = (SqlValue::Text(name.name.clone()), SqlType::Text);
        if ask::<bool>(db, sql::HAS_TYPE, vec![own]).await? {
            continue;
        }
        attempt(db, &[Change::CreateEnum { name, labels: labels.clone() }]).await?;
    }
    let mut made = Vec::with_capacity(tables.len());
    for (place, table) in tables.iter().enumerate() {
        made.push(attempt(db, &changes(place, table)).await?);
    }
    let schema: Option<String> = ask(db, sql::TEMPORARY_SCHEMA, Vec::new()).await?;
    let Some(schema) = schema else { return Ok(vec![None; tables.len()]) };
    let wanted = Wanted::of(db, &[&schema]).await?;
    let found = introspect::relations(db, &wanted).await?;
    let mut found: HashMap<String, Table> =
        found.into_iter().map(|one| (one.table.name.name.clone(), one.table)).collect();
    let read = |(place, (table, made)): (usize, (&Table, bool))| {
        let read = found.remove(&name(place)).filter(|_| made)?;
        Some(renamed(read, table))
    };
    Ok(tables.iter().zip(made).enumerate().map(read).collect())
}

/// Makes something, or leaves all as it was. False where the server refuses.
async fn attempt(db: &dyn Executor, changes: &[Change]) -> Result<bool> {
    let point = db.begin().await?;
    for change in changes {
        match point.executor().batch_execute(&change.sql()).await {
            Ok(()) => {}
            Err(error @ Error::Connection { .. }) => return Err(error),
            Err(_) => {
                point.rollback().await?;
                return Ok(false);
            }
        }
    }
    point.commit().await?;
    Ok(true)
}

fn name(place: usize) -> String {
    format!("orm_drift_{place}")
}

fn part_name(place: usize, part: usize) -> String {
    format!("orm_drift_{place}_{part}")
}

/// True for constraints with expressions.
fn is_made(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Check { .. } | ConstraintKind::Exclude(_))
}

fn changes(place: usize, table: &Table) -> Vec<Change> {
    let at = TableName::within(TEMPORARY, name(place));
    let made = table.constraints.iter().filter(|one| is_made(one));
    // The index of an exclusion constraint has its name, and is none of the others.
    let constraints = made.enumerate().map(|(part, one)| Constraint {
        name: format!("orm_drift_{place}_constraint_{part}"),
        ..one.clone()
    });
    let columns = table.columns.iter().map(|column| Column { comment: None, ..column.clone() });
    let made = Table {
        name: at.clone(),
        columns: columns.collect(),
        constraints: constraints.collect(),
        ..Table::new("")
    };
    let indexes = table.indexes.iter().enumerate().map(|(part, index)| Change::CreateIndex {
        table: at.clone(),
        index: Index { name: part_name(place, part), ..index.clone() },
        concurrently: false,
    });
    let policy = table.row_level_security.as_ref().map(|one| one.policy(&at));
    std::iter::once(Change::CreateTable(made)).chain(indexes).chain(policy).collect()
}

/// What was read, with the names of what it was made from; the constraints that were not made as they
/// were given.
fn renamed(read: Table, table: &Table) -> Table {
    let number = |name: &str| name.rsplit('_').next().and_then(|text| text.parse::<usize>().ok());
    let mut made: HashMap<usize, Constraint> = HashMap::new();
    for constraint in read.constraints {
        if let Some(place) = number(&constraint.name) {
            made.insert(place, constraint);
        }
    }
    let mut place = 0;
    let mut constraint = |given: &Constraint| {
        if !is_made(given) {
            return given.clone();
        }
        let found = made.remove(&place);
        place += 1;
        let kind = found.map_or_else(|| given.kind.clone(), |found| found.kind);
        Constraint { name: given.name.clone(), kind }
    };
    let constraints = table.constraints.iter().map(&mut constraint).collect();
    let index = |(place, given): (usize, &Index)| {
        let found = read.indexes.iter().find(|one| number(&one.name) == Some(place));
        found.map(|found| Index { name: given.name.clone(), ..found.clone() })
    };
    let indexes = table.indexes.iter().enumerate().filter_map(index).collect();
    let columns = read.columns.into_iter().map(|column| {
        let comment = table.column(&column.name).and_then(|given| given.comment.clone());
        Column { comment, ..column }
    });
    let secured = read.row_level_security.zip(table.row_level_security.as_ref());
    let secured =
        secured.map(|(read, given)| RowLevelSecurity { using: read.using, ..given.clone() });
    Table {
        name: table.name.clone(),
        columns: columns.collect(),
        constraints,
        indexes,
        comment: table.comment.clone(),
        storage: table.storage.clone(),
        tablespace: table.tablespace.clone(),
        row_level_security: secured.or_else(|| table.row_level_security.clone()),
    }
}
