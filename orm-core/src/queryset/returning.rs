//! `delete_returning`: rows as they were when they went.

use super::{QuerySet, Runnable, fetch};
use crate::error::Result;
use crate::exec::{BoxFuture, Executor};
use crate::model::Model;
use crate::query::{self, Returning};

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// [`delete`](Self::delete), returning the rows as they were.
    ///
    /// ```text
    /// let expired = Session::objects().filter(|s| s.expires().lt(now())).delete_returning(&db).await?;
    /// DELETE FROM session AS t0 WHERE t0.expires < now() RETURNING t0.id, …
    /// ```
    ///
    /// What refers to them follows the `ON DELETE` of its key and is not returned.
    ///
    /// # Errors
    ///
    /// [`crate::Error::ForeignKey`] where rows that refer to these forbid it;
    /// [`crate::Error::Usage`] after a slice.
    #[track_caller]
    pub fn delete_returning<'a>(&self, db: &'a impl Executor) -> BoxFuture<'a, Result<Vec<M>>>
    where
        S: Runnable,
    {
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let statement = query::delete(&self.query.in_zone(db.time_zone()), Returning::Rows);
        let statement = fetch::asked(statement, &self.query);
        Box::pin(async move { fetch::write::<M>(db, &statement?).await })
    }
}
