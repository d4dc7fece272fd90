//! `refresh`: the rows of a materialized view, made anew.

use super::{Free, QuerySet};
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::tables::name_of;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::{About, Place, called_at};
use orm_sql::exec::{BoxFuture, Executor, NoRows, Statement};
use orm_sql::schema::Change;
use std::future::IntoFuture;
use std::panic::Location;

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Fills a materialized view with the rows that its query has now.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Shelf::objects().refresh(&db).await?;
    /// Shelf::objects().refresh(&db).concurrently().await?;
    /// assert_sent!(
    ///     db,
    ///     "REFRESH MATERIALIZED VIEW shelf",
    ///     "REFRESH MATERIALIZED VIEW CONCURRENTLY shelf"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// All of them are made anew, whatever conditions the query set has.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] where the model is no materialized view.
    #[track_caller]
    pub fn refresh<'a>(&self, db: &'a (impl Executor + ?Sized)) -> Refresh<'a> {
        Refresh {
            db: db.as_executor(),
            meta: M::meta(),
            concurrently: false,
            place: Location::caller(),
        }
    }
}

/// A materialized view that is to be filled: what [`refresh`](QuerySet::refresh) returns. `.await` does
/// it.
#[must_use = "nothing happens before `.await`"]
pub struct Refresh<'a> {
    db: &'a dyn Executor,
    meta: &'static ModelMeta,
    concurrently: bool,
    place: Place,
}

impl Refresh<'_> {
    /// Readers are not locked out meanwhile. The server tells the rows apart by a unique index over
    /// columns, such as that of the primary key.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Shelf::objects().refresh(&db).concurrently().await?;
    /// assert_sent!(db, "REFRESH MATERIALIZED VIEW CONCURRENTLY shelf");
    /// # Ok(()) })
    /// ```
    pub fn concurrently(self) -> Self {
        Refresh { concurrently: true, ..self }
    }
}

impl<'a> IntoFuture for Refresh<'a> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        let Refresh { db, meta, concurrently, place } = self;
        let work = Box::pin(async move {
            if meta.view.is_none_or(|view| !view.materialized) {
                return Err(Error::usage(format!(
                    "`{}` is no materialized view, so that there is nothing to refresh",
                    meta.name
                )));
            }
            let change = Change::RefreshView { name: name_of(meta), concurrently };
            let about = About { model: Some(meta), ..About::default() };
            let statement = Statement { sql: change.sql().into(), about, ..Statement::default() };
            db.run(&statement, &mut NoRows).await.map(drop)
        });
        called_at(place, work)
    }
}
