//! `explain`: how the server runs a query.

use super::{QuerySet, Runnable};
use crate::execute::{rows, traced};
use crate::ir::Query;
use crate::model::Model;
use crate::query;
use crate::row::Decoder;
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::sql::{ExplainFormat, ExplainOptions};
use std::future::IntoFuture;

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// How the server would run the query, as it says itself; see [`Explain`] for what else can be asked.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let plan: String = Tag::objects().filter(|t| t.name().eq("sea")).explain(&db).await?;
    /// assert_sent!(db, "EXPLAIN SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    pub fn explain<'a>(&self, db: &'a (impl Executor + ?Sized)) -> Explain<'a>
    where
        S: Runnable<Of: Sized>,
    {
        let query = self.query.on(db).into_owned();
        Explain { db: db.as_executor(), query, options: ExplainOptions::default() }
    }
}

/// A plan that is asked for: what [`explain`](QuerySet::explain) returns. `.await` asks.
#[must_use = "nothing is asked before `.await`"]
pub struct Explain<'a> {
    db: &'a dyn Executor,
    query: Query,
    options: ExplainOptions,
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $($option:ident)+;)*) => {
        impl Explain<'_> {
            $(
                $(#[$doc])*
                pub fn $name(mut self) -> Self {
                    $(self.options.$option = true;)+
                    self
                }
            )*
        }
    };
}
options! {
    /// Runs the query, and says how long each step took and how many rows it had.
    ///
    /// What the query locks or changes is locked and changed by that; its rows are thrown away.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().explain(&db).analyze().await?;
    /// assert_sent!(db, "EXPLAIN (ANALYZE) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    analyze: analyze;
    /// Says what each step returns.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().explain(&db).verbose().await?;
    /// assert_sent!(db, "EXPLAIN (VERBOSE) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    verbose: verbose;
    /// Says how many pages were read, from memory and from the disk.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().explain(&db).analyze().buffers().await?;
    /// assert_sent!(db, "EXPLAIN (ANALYZE, BUFFERS) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    buffers: buffers;
    /// Says which settings of the planner are not the usual ones.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().explain(&db).settings().await?;
    /// assert_sent!(db, "EXPLAIN (SETTINGS) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    settings: settings;
    /// Says what was written for the log, and runs the query for that, as [`analyze`](Self::analyze).
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Tag::objects().explain(&db).wal().await?;
    /// assert_sent!(db, "EXPLAIN (ANALYZE, WAL) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    wal: analyze wal;
}

impl Explain<'_> {
    /// The form of the plan; text for people where nothing is said.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let plan: String = Tag::objects().explain(&db).format(ExplainFormat::Yaml).await?;
    /// assert_sent!(db, "EXPLAIN (FORMAT yaml) SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    pub fn format(mut self, format: ExplainFormat) -> Self {
        self.options.format = format;
        self
    }
}

impl<'a> IntoFuture for Explain<'a> {
    type Output = Result<String>;
    type IntoFuture = BoxFuture<'a, Result<String>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        let Explain { db, query, options } = self;
        let statement = traced(query::explain(&query, options), &query);
        Box::pin(async move {
            let lines = rows(db, &statement?, &Decoder::Fn(|r| r.column::<String>())).await?;
            Ok(lines.join("\n"))
        })
    }
}
