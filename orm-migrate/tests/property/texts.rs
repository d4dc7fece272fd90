//! What queries return, as texts.

use orm_core::column::Column as _;
use orm_sql::error::Result;
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::SqlType;

/// The texts of the first column.
#[allow(dead_code)]
pub async fn texts(db: &dyn Executor, sql: &str) -> Result<Vec<String>> {
    Ok(maybe(db, sql).await?.into_iter().flatten().collect())
}

/// The same, with those that are NULL.
pub async fn maybe(db: &dyn Executor, sql: &str) -> Result<Vec<Option<String>>> {
    let columns = vec![OutputColumn { model: "a row", field: "a text", sql_type: SqlType::Text }];
    let mut all = Texts(Vec::new());
    let (sql, columns) = (sql.into(), columns.into());
    db.run(&Statement { sql, columns, ..Statement::default() }, &mut all).await?;
    Ok(all.0)
}

struct Texts(Vec<Option<String>>);

impl RowSink for Texts {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.0.push(cells.cell(0).and_then(|raw| String::decode(raw).ok()));
        Ok(())
    }
}
