//! The tables of a live database, as plain values.

mod row;

use orm_core::column::Column as _;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::schema::Table;
use orm_sql::sql::introspection as sql;
use orm_sql::value::{SqlType, SqlValue};
use row::{ColumnRow, ConstraintRow, IndexRow, Names, TableRow};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The tables of some schemas, by name. Those of the first schema on the search path have none in
/// their names. Without schemas, that one is meant.
///
/// # Errors
///
/// What the server says.
pub async fn tables(db: &impl Executor, schemas: &[&str]) -> Result<Vec<Table>> {
    let current: Option<String> = ask(db, sql::CURRENT_SCHEMA, None).await?;
    let names = Names { current: current.unwrap_or_else(|| "public".to_owned()) };
    let wanted = match schemas {
        [] => vec![names.current.clone()],
        schemas => schemas.iter().map(|&schema| schema.to_owned()).collect(),
    };
    let wanted: Vec<SqlValue> = wanted.into_iter().map(SqlValue::Text).collect();
    let wanted = || Some(SqlValue::Array(wanted.clone()));
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

/// What a statement returns as JSON.
async fn ask<T: DeserializeOwned>(
    db: &impl Executor,
    sql: &str,
    schemas: Option<SqlValue>,
) -> Result<T> {
    let (model, field) = ("the catalogue", "the answer");
    let statement = Statement {
        sql: sql.to_owned(),
        params: schemas.map(|names| (names, SqlType::Array(&SqlType::Text))).into_iter().collect(),
        columns: vec![OutputColumn { model, field, sql_type: SqlType::Jsonb }],
        ..Statement::default()
    };
    let mut answer = Answer(None);
    db.run(&statement, &mut answer).await?;
    let unread = |message: String| Error::Decode {
        model: model.to_owned(),
        field: field.to_owned(),
        message: message.into(),
    };
    let answer = answer.0.unwrap_or_default();
    serde_json::from_value(answer).map_err(|error| unread(error.to_string()))
}

/// The one cell that comes back.
struct Answer(Option<serde_json::Value>);

impl RowSink for Answer {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        if let Some(raw) = cells.cell(0) {
            let value = serde_json::Value::decode(raw).map_err(|error| Error::Decode {
                model: "the catalogue".to_owned(),
                field: "the answer".to_owned(),
                message: error.to_string().into(),
            })?;
            self.0 = Some(value);
        }
        Ok(())
    }
}
