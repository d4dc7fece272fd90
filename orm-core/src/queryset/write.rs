//! Terminals that write: `create`, `update`, `delete`.

use super::{Free, QuerySet, Runnable};
use crate::delete::{self, Deleted};
use crate::draft::{Complete, DraftOf};
use crate::execute;
use crate::expr::Assignments;
use crate::instance;
use crate::model::{Model, OnFields};
use crate::query::{self, Returning};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Inserts the row of a draft and returns it as the database has it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::objects().create(&db, draft!(Tag { name: "sea" })).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    pub fn create<'a, D: DraftOf<M, Itself: Complete<Of: Sized>>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        draft: D,
    ) -> BoxFuture<'a, Result<M>> {
        instance::insert_raw(draft.into_raw(), db)
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Writes columns of all rows, and returns how many there were.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let rows: u64 = Book::objects()
    ///     .filter(|b| b.pages().lt(10))
    ///     .update(&db, |b| b.pages().set(b.pages() + 1))
    ///     .await?;
    /// assert_sent!(db, "UPDATE book AS t0 SET pages = (t0.pages + $1) WHERE t0.pages < $2");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row; [`orm_sql::Error::Usage`] after a slice.
    #[track_caller]
    pub fn update<'a, X: Assignments<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        assignments: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<u64>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut sets = Vec::new();
        assignments(&self.root()).add_to(&mut sets);
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(0) });
        }
        let statement = query::update(&self.query.on(db), &sets, Returning::Nothing);
        let statement = execute::traced(statement, &self.query);
        Box::pin(async move { execute::change::<M>(db.as_executor(), &statement?).await })
    }

    /// [`update`](Self::update), returning the rows as they are then.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tags: Vec<Tag> =
    ///     Tag::objects().update_returning(&db, |t| t.name().set(t.name().lower())).await?;
    /// assert_sent!(db, "UPDATE tag AS t0 SET name = LOWER(t0.name) RETURNING …");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row; [`orm_sql::Error::Usage`] after a slice.
    #[track_caller]
    pub fn update_returning<'a, X: Assignments<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        assignments: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<Vec<M>>>
    where
        S: Runnable<Of: Sized>,
    {
        let mut sets = Vec::new();
        assignments(&self.root()).add_to(&mut sets);
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let statement = query::update(&self.query.on(db), &sets, Returning::Rows);
        let statement = execute::traced(statement, &self.query);
        Box::pin(async move { execute::write::<M>(db.as_executor(), &statement?).await })
    }

    /// Deletes all rows, with what goes with them, and returns how many rows of which model went.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let gone = Review::objects().filter(|r| r.stars().lt(2)).delete(&db).await?;
    /// assert_sent!(db, "DELETE FROM review AS t0 WHERE t0.stars < $1");
    /// let reviews: u64 = gone.of::<Review>();
    /// # Ok(()) })
    /// ```
    ///
    /// One plain DELETE where no rows that refer to these have to be counted or changed by the
    /// library. The counts are right whatever other connections do meanwhile.
    ///
    /// # Errors
    ///
    /// [`orm_sql::Error::Protected`] where rows that refer to these, or to some that a cascade
    /// reaches, stand in the way; nothing is deleted then. [`orm_sql::Error::Usage`] after a slice.
    #[track_caller]
    pub fn delete<'a>(&self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Deleted>>
    where
        S: Runnable<Of: Sized>,
    {
        if query::is_empty(&self.query) && self.query.error.is_none() {
            return Box::pin(async { Ok(Deleted::default()) });
        }
        delete::rows::<M>(&self.query.on(db), db.as_executor())
    }
}
