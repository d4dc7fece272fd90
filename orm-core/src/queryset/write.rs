//! Terminals that write: `create`, `update`, `delete`.

use super::{Free, QuerySet, Runnable, fetch};
use crate::draft::{Complete, DraftOf};
use crate::error::Result;
use crate::exec::{BoxFuture, Executor};
use crate::expr::Assignments;
use crate::instance::{self, Deleted};
use crate::model::{Model, Root};
use crate::query::{self, Returning};

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Inserts the row of a draft and returns it as the database has it.
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    pub fn create<'a, D>(&self, db: &'a impl Executor, draft: D) -> BoxFuture<'a, Result<M>>
    where
        D: DraftOf<M> + Complete,
    {
        instance::insert(draft, db)
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Writes columns of all rows, and returns how many there were.
    ///
    /// ```text
    /// Book::objects().filter(|b| b.pages().lt(10)).update(&db, |b| b.pages().set(b.pages() + 1))
    /// UPDATE book SET pages = pages + 1 WHERE pages < 10
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row; [`crate::Error::Usage`] after a slice.
    #[track_caller]
    pub fn update<'a, X: Assignments<M>>(
        &self,
        db: &'a impl Executor,
        assignments: impl FnOnce(&Root<M>) -> X,
    ) -> BoxFuture<'a, Result<u64>>
    where
        S: Runnable,
    {
        let mut sets = Vec::new();
        assignments(&self.root()).add_to(&mut sets);
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(0) });
        }
        let statement =
            query::update(&self.query.in_zone(db.time_zone()), &sets, Returning::Nothing);
        let statement = fetch::asked(statement, &self.query);
        Box::pin(async move { fetch::change::<M>(db, &statement?).await })
    }

    /// [`update`](Self::update), returning the rows as they are then.
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row; [`crate::Error::Usage`] after a slice.
    #[track_caller]
    pub fn update_returning<'a, X: Assignments<M>>(
        &self,
        db: &'a impl Executor,
        assignments: impl FnOnce(&Root<M>) -> X,
    ) -> BoxFuture<'a, Result<Vec<M>>>
    where
        S: Runnable,
    {
        let mut sets = Vec::new();
        assignments(&self.root()).add_to(&mut sets);
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let statement = query::update(&self.query.in_zone(db.time_zone()), &sets, Returning::Rows);
        let statement = fetch::asked(statement, &self.query);
        Box::pin(async move { fetch::write::<M>(db, &statement?).await })
    }

    /// Deletes all rows. What refers to them follows the `ON DELETE` of its key.
    ///
    /// # Errors
    ///
    /// [`crate::Error::ForeignKey`] where rows that refer to these forbid it;
    /// [`crate::Error::Usage`] after a slice.
    #[track_caller]
    pub fn delete<'a>(&self, db: &'a impl Executor) -> BoxFuture<'a, Result<Deleted>>
    where
        S: Runnable,
    {
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Deleted::default()) });
        }
        let statement = query::delete(&self.query.in_zone(db.time_zone()), Returning::Nothing);
        let statement = fetch::asked(statement, &self.query);
        Box::pin(async move {
            let total = fetch::change::<M>(db, &statement?).await?;
            Ok(instance::deleted::<M>(total))
        })
    }
}
