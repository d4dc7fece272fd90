//! `delete_returning`: rows as they were when they went.

use super::{QuerySet, Runnable};
use crate::delete;
use crate::model::Model;
use crate::query;
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// [`delete`](Self::delete), returning the rows as they were.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let old: Vec<Review> =
    ///     Review::objects().filter(|r| r.created().lt(now())).delete_returning(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "DELETE FROM review AS t0 WHERE t0.created < STATEMENT_TIMESTAMP() RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// What goes with them is not returned.
    ///
    /// # Errors
    ///
    /// As [`delete`](Self::delete).
    #[track_caller]
    pub fn delete_returning<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<Vec<M>>>
    where
        S: Runnable<Of: Sized>,
    {
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        delete::rows_returning::<M>(&self.query.on(db), db.as_executor())
    }
}
