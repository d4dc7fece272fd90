//! The tables of a live database, as plain values.

mod row;

use crate::answer::ask;
use orm_core::tables::Enums;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::schema::Table;
use orm_sql::sql::{Param, introspection as sql};
use orm_sql::value::{SqlType, SqlValue};
use row::{ColumnRow, ConstraintRow, EnumRow, IndexRow, Names, TableRow};
use std::collections::BTreeMap;

/// The tables of some schemas, by name. Those of the first schema on the search path have none in
/// their names. Without schemas, that one is meant.
///
/// # Errors
///
/// What the server says.
pub async fn tables(db: &dyn Executor, schemas: &[&str]) -> Result<Vec<Table>> {
    let (names, wanted) = wanted(db, schemas).await?;
    let wanted = || vec![wanted.clone()];
    let tables: Vec<TableRow> = ask(db, sql::TABLES, wanted()).await?;
    let columns: Vec<ColumnRow> = ask(db, sql::COLUMNS, wanted()).await?;
    let constraints: Vec<ConstraintRow> = ask(db, sql::CONSTRAINTS, wanted()).await?;
    let indexes: Vec<IndexRow> = ask(db, sql::INDEXES, wanted()).await?;

    let tables = tables.into_iter().map(|table| table.read(&names));
    let mut tables: BTreeMap<_, Table> = tables.map(|table| (table.name.clone(), table)).collect();
    for column in columns {
        if let Some(table) = tables.get_mut(&names.of(&column.schema, &column.table)) {
            table.columns.push(column.read());
        }
    }
    for constraint in constraints {
        if let Some(table) = tables.get_mut(&names.of(&constraint.schema, &constraint.table)) {
            table.constraints.extend(constraint.read(&names));
        }
    }
    for index in indexes {
        if let Some(table) = tables.get_mut(&names.of(&index.schema, &index.table)) {
            table.indexes.push(index.read());
        }
    }
    Ok(tables.into_values().collect())
}

/// The enum types of some schemas, named as [`tables`] names tables.
///
/// # Errors
///
/// What the server says.
pub async fn enums(db: &dyn Executor, schemas: &[&str]) -> Result<Enums> {
    let (names, wanted) = wanted(db, schemas).await?;
    let enums: Vec<EnumRow> = ask(db, sql::ENUMS, vec![wanted]).await?;
    let enums = enums.into_iter().map(|one| (names.of(&one.schema, &one.name), one.labels));
    Ok(enums.collect())
}

/// How names are written, and the schemas that are asked for.
async fn wanted(db: &dyn Executor, schemas: &[&str]) -> Result<(Names, Param)> {
    let current: Option<String> = ask(db, sql::CURRENT_SCHEMA, Vec::new()).await?;
    let names = Names { current: current.unwrap_or_else(|| "public".to_owned()) };
    let wanted = match schemas {
        [] => vec![names.current.clone()],
        schemas => schemas.iter().map(|&schema| schema.to_owned()).collect(),
    };
    let wanted = wanted.into_iter().map(SqlValue::Text).collect();
    Ok((names, (SqlValue::Array(wanted), SqlType::Array(&SqlType::Text))))
}
