//! COPY of the rows of a query, and of rows into a table.

use super::compile::columns_of;
use super::compile::output_columns;
use super::parts::Want;
use super::plan::{Planner, Result, compile};
use crate::ir::is_own_binary;
use crate::ir::{FieldMeta, ModelMeta, Query};
use orm_sql::ast::Command;
use orm_sql::exec::instrumentation::Work;
use orm_sql::exec::{CopyIn, CopyOut, Statement};
use orm_sql::sql::{CopyFormat, Writer};
use orm_sql::value::{Problem, SqlType, SqlValue};

/// The statement that takes rows of these fields.
///
/// They travel in binary form; where one has a type that is known by its name only, or is an array
/// of texts, all of them travel as text, which every type reads.
pub fn copy_in(model: &'static ModelMeta, fields: &[&'static FieldMeta]) -> CopyIn {
    let as_text = |sql_type: SqlType| {
        // Arrays say in their binary form what they hold, and `varchar` is not `text` there.
        sql_type.travels_as_text() || sql_type.depth() > 0 && sql_type.leaf() == SqlType::Text
    };
    let binary = !fields.iter().any(|field| as_text(field.sql_type));
    let columns: Vec<&'static str> = fields.iter().map(|field| field.column).collect();
    let mut writer = Writer::new(&[], Vec::new());
    let (schema, table) = (model.schema, model.table);
    writer.command(&Command::CopyIn { schema, table, columns: &columns, binary });
    let (sql, _) = writer.finish();
    let (sql, columns) = (sql.into(), columns_of(model, fields.iter().copied()).into());
    let mut statement = Statement { sql, columns, ..Statement::default() };
    statement.about.model = Some(model);
    CopyIn { statement, binary }
}

/// The statement that writes the rows of a query as text.
///
/// # Errors
///
/// Those of [`super::select`], and [`orm_sql::Error::Encode`] for a value that cannot be written.
pub fn copy_out(query: &Query, format: CopyFormat, header: bool) -> orm_sql::Result<CopyOut> {
    let mut statement = compile(|planner| {
        let body = planner.body(query, None, Want::ROWS)?;
        let about = planner.about(Work::Unknown);
        let copy = Command::CopyOut { statement: planner.whole(body), format, header };
        let tables = planner.freeze()?;
        let mut shown = Writer::new(tables, planner.values.clone());
        shown.command(&copy);
        let statement = Statement { sql: shown.finish().0.into(), about, ..Statement::default() };
        planner.check_literals()?;
        let mut exact = Writer::with_exact_literals(tables, std::mem::take(&mut planner.values));
        exact.command(&copy);
        Ok(CopyOut { statement, sql: exact.finish().0 })
    })?;
    statement.statement.columns = output_columns(query).into();
    Ok(statement)
}

impl Planner<'_> {
    /// Whether every value can be written out.
    pub(super) fn check_literals(&self) -> Result<()> {
        for (place, (value, sql_type)) in self.values.iter().enumerate() {
            if let Err(problem) = literal(value, *sql_type) {
                return Err(Box::new(orm_sql::Error::Encode {
                    position: place + 1,
                    message: problem.to_string(),
                }));
            }
        }
        Ok(())
    }
}

/// Whether a value can be written as a literal.
fn literal(value: &SqlValue, sql_type: SqlType) -> std::result::Result<(), Problem> {
    match value {
        SqlValue::Cells { .. } | SqlValue::Items(_) => {
            Err("a list that travels in binary form only".into())
        }
        SqlValue::Cell(_) => Err("a value that travels in binary form only".into()),
        value if is_own_binary(sql_type, value) => {
            Err("a value in a binary form of its own, which stands in no text".into())
        }
        value => value.check(),
    }
}
