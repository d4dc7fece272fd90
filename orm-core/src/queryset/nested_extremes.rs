//! The greatest and the smallest of the rows of another query, and their dates.

use super::nested::OnRow;
use super::{Free, Nested, QuerySet};
use crate::column::{Column, NotNull};
use crate::expr::{Dated, Expr, Moment, Orderings};
use crate::model::{Cardinality, Model};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};

impl<M: Model, O: Send + 'static, P> Nested<M, O, P> {
    /// The row with the greatest value of what is said of it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let counted = Author::objects().annotate(|a| a.books().count()).nested();
    /// let (author, books): (Author, i64) = counted.latest_by(&db, |(_, n)| n.clone()).await?;
    /// assert_sent!(db, "SELECT … FROM (SELECT … GROUP BY t0.id) AS t2 ORDER BY 5 DESC LIMIT 1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist).
    #[track_caller]
    pub fn latest_by<'a, X: Orderings<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnRow<P, X>,
    ) -> BoxFuture<'a, Result<O>> {
        let mut order = Vec::new();
        by(&self.row).add_to(&mut order);
        self.set.extreme(db, Ok(order), true)
    }

    /// The row with the smallest value of what is said of it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// let cheapest: Book = longest.earliest_by(&db, |b| b.price()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT 10) AS t1 ORDER BY
    ///      t1.c3 LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist).
    #[track_caller]
    pub fn earliest_by<'a, X: Orderings<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnRow<P, X>,
    ) -> BoxFuture<'a, Result<O>> {
        let mut order = Vec::new();
        by(&self.row).add_to(&mut order);
        self.set.extreme(db, Ok(order), false)
    }
}

impl<M: Model, O, P> Nested<M, O, P> {
    /// The distinct dates of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let days = Book::objects().values(|b| b.published()).union(Author::objects().values(|a| a.born()));
    /// assert_sql!(
    ///     days.dates(|day| day.trunc_year()),
    ///     "SELECT DISTINCT CAST(DATE_TRUNC('year', CAST(t2.c0 AS timestamp)) AS date) FROM (…) AS t2
    ///      WHERE CAST(DATE_TRUNC('year', CAST(t2.c0 AS timestamp)) AS date) IS NOT NULL ORDER BY 1"
    /// );
    /// ```
    pub fn dates<T: Column, K: Cardinality>(
        self,
        date: impl OnRow<P, Expr<M, T, K>>,
    ) -> QuerySet<M, T::Inner, Free>
    where
        T::Inner: Column<Null = NotNull> + Dated + Send,
    {
        let node = date(&self.row).into_node();
        self.set.each_date::<T>(node)
    }

    /// The distinct moments of a truncated column, in ascending order, NULLs left out.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let last = Review::objects().order_by(|r| r.created().desc()).limit(10).nested();
    /// assert_sql!(
    ///     last.datetimes(|r| r.created().trunc_month()),
    ///     "SELECT DISTINCT … FROM (SELECT … LIMIT 10) AS t1 WHERE … IS NOT NULL ORDER BY 1"
    /// );
    /// ```
    pub fn datetimes<T: Column, K: Cardinality>(
        self,
        moment: impl OnRow<P, Expr<M, T, K>>,
    ) -> QuerySet<M, T::Inner, Free>
    where
        T::Inner: Column<Null = NotNull> + Moment + Send,
    {
        let node = moment(&self.row).into_node();
        self.set.each_date::<T>(node)
    }
}
