//! SQL of the user's own: into models, and into rows of columns.

mod columns;
mod row;
mod statement;

pub use columns::{ColumnRow, RawColumns, RowElement};
pub use row::SqlRow;
pub use statement::{IntoRawArg, RawArg, RawPiece, RawRows, RawStatement};

use super::{Free, QuerySet, Rows};
use crate::expr::Param;
use crate::ir::{ModelMeta, Query, RawRows as Given, Source};
use crate::model::Model;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{BoxFuture, Executor, OutputColumn, Statement};
use orm_sql::ident::RawSql;
use orm_sql::sql::placeholder;
use orm_sql::sql::user_query::{UserQuery, user_query};
use row::DescribedRows;

impl<M: Model> QuerySet<M, M, Free> {
    /// The rows of SQL of your own, read by column name. It must return all columns of the model;
    /// others are passed over.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT * FROM tag WHERE name = $1";
    /// let tags: Vec<Tag> = Tag::objects().raw(sql, params!["sea"]).all(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM (SELECT * FROM tag WHERE name = $1) AS t0");
    /// # Ok(()) })
    /// ```
    ///
    /// What only reads is a table of the query, which can be filtered, ordered and sliced further; an
    /// ORDER BY inside of it promises no order. `INSERT`, `UPDATE` and `DELETE … RETURNING`, also
    /// within a WITH, run as they are, once, and what follows is about the rows that they return.
    pub fn raw(mut self, sql: impl Into<String>, params: Vec<Param>) -> Self {
        if !self.query.filters.is_empty() {
            self.query.fail(|| {
                "`raw` starts a query and cannot follow `filter`; write the condition in the SQL, or \
                 filter after it"
                    .to_owned()
            });
        }
        let sql = sql.into();
        if let Err(error) = placeholder::check(&sql, params.len()) {
            self.query.fail(|| message_of(error));
        }
        let UserQuery { with, recursive, rows, writes } = user_query(&sql);
        let raw = Given {
            with: with.map(|with| RawSql::new(ended(with))),
            recursive,
            rows: RawSql::new(ended(rows)),
            writes,
            params: Param::nodes(params),
        };
        self.query.source = Source::Raw(Box::new(raw), M::meta());
        self
    }
}

/// SQL that something can follow: with a comment at its end ended.
fn ended(sql: &str) -> String {
    let sql = sql.trim();
    if sql.contains("--") { format!("{sql}\n") } else { sql.to_owned() }
}

fn message_of(error: Error) -> String {
    match error {
        Error::Usage(message) => message,
        other => other.to_string(),
    }
}

/// The model that is read from SQL of the user's own, where it is.
pub(super) fn model_of(query: &Query) -> Option<&'static ModelMeta> {
    match &query.source {
        Source::Raw(_, model) => Some(*model),
        _ => None,
    }
}

/// An error of the server about the columns of SQL of the user's own, in words that say what it
/// lacks: we read them by their names, from a table of our own making.
pub(super) fn named(error: Error, model: &'static ModelMeta) -> Error {
    const UNDEFINED: &str = "42703";
    const AMBIGUOUS: &str = "42702";
    let Error::Database(database) = &error else { return error };
    let of_model = |name: &str| model.fields.iter().find(|field| field.column == name);
    match database.code.as_str() {
        UNDEFINED => {
            let name = database.message.split_once("t0.").map_or("", |(_, rest)| rest);
            let name = name.split_whitespace().next().unwrap_or("").trim_matches('"');
            match of_model(name) {
                Some(field) => Error::usage(format!(
                    "the raw SQL for `{}` returns no column `{name}`, which its field `{}` is read \
                     from: a query for a model returns all of its columns, by their names",
                    model.name, field.name
                )),
                None => error,
            }
        }
        AMBIGUOUS => {
            let name = database.message.split('"').nth(1).unwrap_or("");
            match of_model(name) {
                Some(_) => Error::usage(format!(
                    "the raw SQL for `{}` returns several columns `{name}`: select those of one \
                     table, as by `SELECT b.* …`, or give the others another name",
                    model.name
                )),
                None => error,
            }
        }
        _ => error,
    }
}

/// Raw SQL on any executor.
pub trait RawQuery: Executor {
    /// Runs SQL of your own and reads its rows: as tuples of columns and models, as models, as structs
    /// with `#[derive(ColumnRow)]`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT name, price FROM book WHERE id = $1";
    /// let books = db.query_as::<(String, Decimal)>(sql, params![1i64]).await?;
    /// assert_sent!(db, "SELECT name, price FROM book WHERE id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// Columns of a tuple are read by their places; those of a model and of a struct by their names, among
    /// as many columns as it has.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let sql = "SELECT t.*, length(t.name) FROM tag t";
    /// let tags: Vec<(Tag, i32)> = db.query_as::<(Tag, i32)>(sql, params![]).await?;
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`orm_sql::Error::Decode`] where a column is missing, is not read, has
    /// another type, or is NULL where there is no `Option`; [`orm_sql::Error::Usage`] where placeholders
    /// and parameters do not agree.
    #[track_caller]
    fn query_as<T: ColumnRow>(
        &self,
        sql: &str,
        params: Vec<Param>,
    ) -> BoxFuture<'_, Result<Vec<T>>> {
        RawRows::of(sql, params).all(self)
    }

    /// Runs SQL of your own and gives its rows one after another, in bounded memory: on a pool as the
    /// server sends them, in a transaction by a cursor of the server.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut tags = db.stream_as::<Tag>("SELECT * FROM tag", params![]);
    /// while let Some(tag) = tags.next().await.transpose()? {
    ///     assert_eq!(tag.name, "x");
    /// }
    /// assert_sent!(db, "SELECT * FROM tag");
    /// # Ok(()) })
    /// ```
    #[track_caller]
    fn stream_as<T: ColumnRow>(&self, sql: &str, params: Vec<Param>) -> Rows<'_, T> {
        RawRows::of(sql, params).stream(self)
    }

    /// Runs SQL of your own whose columns are known by the server alone: rows by the names of their
    /// columns, as dictionaries are in Python.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let rows: Vec<SqlRow> = db.query_dyn("TABLE tag", params![]).await?;
    /// for row in &rows {
    ///     println!("{:?}: {}", row.names().collect::<Vec<_>>(), json!(row.to_json()?));
    /// }
    /// assert_sent!(db, "TABLE tag");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server reports; [`orm_sql::Error::Usage`] where placeholders and parameters do not
    /// agree.
    #[track_caller]
    fn query_dyn(&self, sql: &str, params: Vec<Param>) -> BoxFuture<'_, Result<Vec<SqlRow>>> {
        let statement = statement(sql, params, Vec::new());
        Box::pin(async move {
            let mut rows = DescribedRows::default();
            self.run(&statement?, &mut rows).await?;
            Ok(rows.rows)
        })
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
impl<E: Executor + ?Sized> RawQuery for E {}

#[track_caller]
fn statement(sql: &str, params: Vec<Param>, columns: Vec<OutputColumn>) -> Result<Statement> {
    orm_sql::sql::placeholder::check(sql, params.len())?;
    let params = params.into_iter().map(|Param(value, ty)| (value, ty)).collect();
    let (sql, columns) = (sql.into(), columns.into());
    let statement = Statement { sql, params, columns, cached: true, ..Statement::default() };
    Ok(statement.called_here())
}
