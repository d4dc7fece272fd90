//! Questions to the server whose answer is one cell of JSON.

use orm_core::column::Column as _;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, NoRows, OutputColumn, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::sql::Param;
use orm_sql::value::SqlType;
use serde::de::DeserializeOwned;

/// What a statement returns as JSON.
pub(crate) async fn ask<T: DeserializeOwned>(
    db: &dyn Executor,
    sql: &str,
    params: Vec<Param>,
) -> Result<T> {
    let columns = vec![OutputColumn { model: MODEL, field: FIELD, sql_type: SqlType::Jsonb }];
    let statement =
        Statement { sql: sql.into(), params, columns: columns.into(), ..Statement::default() };
    let mut answer = Answer::default();
    db.run(&statement, &mut answer).await?;
    serde_json::from_value(answer.0).map_err(|error| unread(error.to_string()))
}

/// Runs a statement that returns nothing worth reading.
pub(crate) async fn tell(db: &dyn Executor, sql: &str, params: Vec<Param>) -> Result<()> {
    let statement = Statement { sql: sql.into(), params, ..Statement::default() };
    db.run(&statement, &mut NoRows).await.map(drop)
}

const MODEL: &str = "the catalogue";
const FIELD: &str = "the answer";

fn unread(message: String) -> Error {
    Error::Decode { model: MODEL.to_owned(), field: FIELD.to_owned(), message: message.into() }
}

/// The one cell that comes back.
#[derive(Default)]
struct Answer(serde_json::Value);

impl RowSink for Answer {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        if let Some(raw) = cells.cell(0) {
            self.0 = serde_json::Value::decode(raw).map_err(|error| unread(error.to_string()))?;
        }
        Ok(())
    }
}
