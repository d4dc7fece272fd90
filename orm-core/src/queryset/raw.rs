//! SQL of the user's own: into models, and into rows of columns.

use super::{Free, QuerySet};
use crate::column::Column;
use crate::execute;
use crate::expr::Param;
use crate::ir::{Node, Source};
use crate::model::Model;
use crate::row::{Decoded, Decoder, Reader};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor, OutputColumn, Statement};
use orm_sql::ident::RawSql;
use orm_sql::value::SqlType;

impl<M: Model> QuerySet<M, M, Free> {
    /// The rows of SQL of your own, read by column name. It must return all columns of the model.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT * FROM tag WHERE name = $1";
    /// let tags: Vec<Tag> = Tag::objects().raw(sql, params!["sea"]).all(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM (SELECT * FROM tag WHERE name = $1) AS t0");
    /// # Ok(()) })
    /// ```
    pub fn raw(mut self, sql: impl Into<String>, params: Vec<Param>) -> Self {
        if !self.query.filters.is_empty() {
            self.query.fail(|| {
                "`raw` starts a query and cannot follow `filter`; write the condition in the SQL, or \
                 filter after it"
                    .to_owned()
            });
        }
        let sql = RawSql::new(inside_parentheses(sql.into()));
        let raw = Node::Raw(sql, Param::nodes(params));
        self.query.source = Source::Raw(Box::new(raw), M::meta());
        self
    }
}

/// SQL as it can stand in parentheses: without a semicolon at its end, and with a comment at its
/// end ended.
fn inside_parentheses(mut sql: String) -> String {
    sql.truncate(sql.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).len());
    if sql.contains("--") {
        sql.push('\n');
    }
    sql
}

/// A row of columns read by place: what [`RawQuery::query_as`] returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of column types",
    label = "expected a tuple such as `(i64, Option<String>)`"
)]
pub trait ColumnRow: Sized + Send + 'static {
    /// The types of the columns.
    fn sql_types() -> Vec<SqlType>;
    /// Reads the columns.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    fn read(reader: &mut Reader<'_>) -> Decoded<Self>;
}

macro_rules! column_rows {
    ($($t:ident)*) => {
        impl<$($t: Column),*> ColumnRow for ($($t,)*) {
            fn sql_types() -> Vec<SqlType> {
                vec![$($t::SQL_TYPE),*]
            }
            fn read(reader: &mut Reader<'_>) -> Decoded<Self> {
                Ok(($(reader.column::<$t>()?,)*))
            }
        }
    };
}
tuples!(column_rows);

/// Raw SQL on any executor.
pub trait RawQuery: Executor + Sized {
    /// Runs SQL of your own and reads its columns by place.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT name, price FROM book WHERE id = $1";
    /// let books = db.query_as::<(String, Decimal)>(sql, params![1i64]).await?;
    /// assert_sent!(db, "SELECT name, price FROM book WHERE id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`orm_sql::Error::Decode`] where a column has another type;
    /// [`orm_sql::Error::Usage`] where placeholders and parameters do not agree.
    #[track_caller]
    fn query_as<T: ColumnRow>(
        &self,
        sql: &str,
        params: Vec<Param>,
    ) -> BoxFuture<'_, Result<Vec<T>>> {
        let columns = T::sql_types().into_iter().map(|sql_type| OutputColumn {
            model: "the raw query",
            field: "a column",
            sql_type,
        });
        let statement = statement(sql, params, columns.collect());
        Box::pin(async move { execute::rows(self, &statement?, &Decoder::Fn(T::read)).await })
    }

    /// Runs SQL of your own that returns no rows, and returns how many it touched.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let rows: u64 = db.execute("DELETE FROM tag WHERE name = $1", params!["sea"]).await?;
    /// assert_sent!(db, "DELETE FROM tag WHERE name = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`orm_sql::Error::Usage`] where placeholders and parameters do not
    /// agree.
    #[track_caller]
    fn execute(&self, sql: &str, params: Vec<Param>) -> BoxFuture<'_, Result<u64>> {
        let statement = statement(sql, params, Vec::new());
        Box::pin(async move {
            let statement = Statement { cached: false, ..statement? };
            self.run(&statement, &mut orm_sql::exec::NoRows).await
        })
    }
}
impl<E: Executor + Sized> RawQuery for E {}

#[track_caller]
fn statement(sql: &str, params: Vec<Param>, columns: Vec<OutputColumn>) -> Result<Statement> {
    orm_sql::sql::placeholder::check(sql, params.len())?;
    let params = params.into_iter().map(|Param(value, ty)| (value, ty)).collect();
    let sql = sql.to_owned();
    let statement = Statement { sql, params, columns, cached: true, ..Statement::default() };
    Ok(statement.called_here())
}
