//! Queries over another query's rows: `.nested()`.

use super::element::{AtPlace, Element, Place};
use super::{Free, Places, QuerySet, Runnable};
use crate::column::Column;
use crate::execute::Plan;
use crate::expr::{Condition, Orderings, Subquery};
use crate::ir::{Distinct, Filter, Ordering, Query};
use crate::model::Model;
use crate::prefetch::Prefetch;
use crate::row::{Decoder, Row};
use crate::select::{OverRows, RelatedRow, Select, Selection, Totals};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

/// A query over the rows of others: of a subquery ([`QuerySet::nested`]), of a set operation
/// ([`QuerySet::union`]), of several query sets side by side ([`QuerySet::join`]), of a statement of WITH
/// ([`Cte`](super::Cte)).
///
/// Closures receive the row, by place: what was selected as `(Book, i64)` arrives as
/// `|(b, n)|`, with `b` the paths of the book and `n` an expression; `P` is the type of that row.
/// Terminals are those of [`QuerySet`].
#[must_use = "a query set does nothing before a terminal runs it: `.all(&db)`, `.count(&db)`"]
pub struct Nested<M, O, P> {
    pub(super) set: QuerySet<M, O, Free>,
    pub(super) row: P,
}

/// A closure over a row of the inner query that returns a `C`: another name of `FnOnce(&P) -> C`.
#[diagnostic::on_unimplemented(
    message = "this takes a closure over the rows of the inner query, `|row| …`, and not a `{Self}`",
    label = "expected a closure: `|row| …`",
    note = "the closure receives what was selected: `|b| b.title().eq(\"x\")`, or `|(b, n)| n.gt(3)` after `annotate`"
)]
pub trait OnRow<P, C>: FnOnce(&P) -> C {}
#[diagnostic::do_not_recommend]
impl<P, C, F: FnOnce(&P) -> C> OnRow<P, C> for F {}

impl<M, O, P: Clone> Clone for Nested<M, O, P> {
    fn clone(&self) -> Self {
        Nested { set: self.set.clone(), row: self.row.clone() }
    }
}

impl<M: Model, O, P> Nested<M, O, P> {
    /// The rows of a query, with what closures receive for them: what is selected, by place.
    pub(super) fn of<T>(query: Query, decoder: Decoder<O>, prefetches: Vec<Arc<Plan>>) -> Self
    where
        O: Element<T, Paths<M> = P>,
        P: AtPlace,
    {
        let row = P::at_place(&mut Place::of(&query.select));
        let set = QuerySet { query: Box::new(query), decoder, prefetches, types: PhantomData };
        Nested { set, row }
    }
}

impl<M, O, P> Deref for Nested<M, O, P> {
    type Target = QuerySet<M, O, Free>;
    fn deref(&self) -> &Self::Target {
        &self.set
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Freezes the query as a subquery: what follows works on its rows, after its slice, its
    /// `DISTINCT ON` and its grouping.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects()
    ///     .order_by(|b| (b.author(), b.pages().desc()))
    ///     .distinct_on(|b| b.author())
    ///     .nested()
    ///     .filter(|b| b.in_print());
    /// assert_sql!(
    ///     longest,
    ///     "SELECT … FROM (SELECT DISTINCT ON (t0.author_id) … FROM book AS t0 ORDER BY
    ///      t0.author_id, t0.pages DESC) AS t1 WHERE t1.c6"
    /// );
    /// ```
    pub fn nested<T>(self) -> Nested<M, O, O::Paths<M>>
    where
        O: Element<T>,
        S: Runnable<Of: Sized>,
    {
        let (inner, decoder, prefetches) = self.into_parts();
        Nested::of(Query::over(inner, M::meta()), decoder, prefetches)
    }
}

impl<M: Model, O, P> Nested<M, O, P> {
    /// Freezes the query once more: what follows works on its rows, after its slice, its
    /// `distinct` and its grouping. Closures receive what is selected now.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let authors = Book::objects().limit(10).nested().values(|b| b.author().id()).distinct();
    /// assert_sql!(
    ///     authors.nested().filter(|author| author.gt(3)),
    ///     "SELECT t2.c0 FROM (SELECT DISTINCT t1.c7 AS c0 FROM (SELECT … FROM book AS t0 LIMIT 10)
    ///      AS t1) AS t2 WHERE t2.c0 > $1"
    /// );
    /// ```
    pub fn nested<T>(self) -> Nested<M, O, O::Paths<M>>
    where
        O: Element<T>,
    {
        self.set.nested()
    }

    /// Keeps the rows that satisfy a condition.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let prolific =
    ///     Author::objects().annotate(|a| a.books().count()).nested().filter(|(_, n)| n.gt(3));
    /// assert_sql!(
    ///     prolific,
    ///     "SELECT … FROM (SELECT t0.id AS c0, t0.name AS c1, t0.email AS c2, t0.born AS c3,
    ///      COUNT(t1.id) AS c4 FROM author AS t0 LEFT JOIN book AS t1 ON t1.author_id = t0.id
    ///      GROUP BY t0.id) AS t2 WHERE t2.c4 > $1"
    /// );
    /// ```
    pub fn filter<C: Condition<M>>(self, condition: impl OnRow<P, C>) -> Self {
        self.keep(condition, false)
    }

    /// Keeps the rows that do not satisfy a condition.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// assert_sql!(
    ///     longest.exclude(|b| b.in_print()),
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT 10) AS t1 WHERE
    ///      NOT t1.c6"
    /// );
    /// ```
    pub fn exclude<C: Condition<M>>(self, condition: impl OnRow<P, C>) -> Self {
        self.keep(condition, true)
    }

    fn keep<C: Condition<M>>(mut self, condition: impl OnRow<P, C>, negated: bool) -> Self {
        let node = condition(&self.row).into_condition();
        let query = &mut self.set.query;
        if query.is_sliced() {
            query.fail(|| {
                "cannot filter once a slice has been taken; use `.nested()` once more".to_owned()
            });
        }
        let after = query.steps();
        query.filters.push(Filter { negated, ..Filter::new(node, after) });
        self
    }

    /// Orders the rows, in place of every earlier ordering.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// assert_sql!(
    ///     longest.order_by(|b| b.name()),
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT 10) AS t1 ORDER
    ///      BY t1.c1"
    /// );
    /// ```
    pub fn order_by<X: Orderings<M>>(mut self, by: impl OnRow<P, X>) -> Self {
        let mut order = Vec::new();
        by(&self.row).add_to(&mut order);
        self.set.query.fail_to_order_once_sliced();
        self.set.query.order = Ordering::by(order);
        self
    }

    /// The opposite ordering.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().limit(10).nested().order_by(|t| t.name()).reverse();
    /// assert_sql!(
    ///     tags,
    ///     "SELECT t1.c0, t1.c1 FROM (SELECT t0.id AS c0, t0.name AS c1 FROM tag AS t0 LIMIT 10)
    ///      AS t1 ORDER BY t1.c1 DESC"
    /// );
    /// ```
    pub fn reverse(mut self) -> Self {
        self.set = self.set.reverse();
        self
    }

    /// Rows that differ.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let pages = Book::objects().limit(10).nested().values(|b| b.pages()).distinct();
    /// assert_sql!(pages, "SELECT DISTINCT t1.c2 FROM (SELECT … FROM book AS t0 LIMIT 10) AS t1");
    /// ```
    pub fn distinct(mut self) -> Self {
        self.set.query.distinct = Distinct::Rows;
        self
    }

    /// At most so many rows.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().distinct().nested().order_by(|t| t.name()).limit(5);
    /// assert_sql!(
    ///     tags,
    ///     "SELECT t1.c0, t1.c1 FROM (SELECT DISTINCT t0.id AS c0, t0.name AS c1 FROM tag AS t0)
    ///      AS t1 ORDER BY t1.c1 LIMIT 5"
    /// );
    /// ```
    pub fn limit(mut self, rows: u64) -> Self {
        self.set = self.set.limit(rows);
        self
    }

    /// Without the first rows.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().distinct().nested().order_by(|t| t.name()).offset(5);
    /// assert_sql!(
    ///     tags,
    ///     "SELECT t1.c0, t1.c1 FROM (SELECT DISTINCT t0.id AS c0, t0.name AS c1 FROM tag AS t0)
    ///      AS t1 ORDER BY t1.c1 OFFSET $1"
    /// );
    /// ```
    pub fn offset(mut self, rows: u64) -> Self {
        self.set = self.set.offset(rows);
        self
    }

    /// A part of the rows by place, from 0.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().distinct().nested().order_by(|t| t.name()).slice(5..10);
    /// assert_sql!(
    ///     tags,
    ///     "SELECT t1.c0, t1.c1 FROM (SELECT DISTINCT t0.id AS c0, t0.name AS c1 FROM tag AS t0)
    ///      AS t1 ORDER BY t1.c1 LIMIT 5 OFFSET $1"
    /// );
    /// ```
    pub fn slice(mut self, rows: impl Places) -> Self {
        self.set = self.set.slice(rows);
        self
    }

    /// Selects something else; closures still receive the row of the subquery.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names =
    ///     Tag::objects().order_by(|t| t.name()).limit(10).nested().values(|t| t.name().upper());
    /// assert_sql!(
    ///     names,
    ///     "SELECT UPPER(t1.c1) FROM (SELECT t0.id AS c0, t0.name AS c1 FROM tag AS t0 ORDER BY
    ///      t0.name LIMIT 10) AS t1"
    /// );
    /// ```
    pub fn values<X: Select<M>>(self, columns: impl OnRow<P, X>) -> Nested<M, X::Out, P> {
        let columns = columns(&self.row);
        let mut set = self.set;
        let keys = set.query.deselect();
        set.prefetches.clear();
        let decoder = columns.select(&mut Selection::new(&mut set.query, &mut set.prefetches));
        set.query.select_values(keys);
        Nested { set: set.with_decoder(Decoder::new(decoder)), row: self.row }
    }

    /// Adds something to the row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().order_by(|t| t.name()).limit(10).nested();
    /// assert_sql!(
    ///     tags.annotate(|t| t.name().length()),
    ///     "SELECT t1.c0, t1.c1, LENGTH(t1.c1) FROM (SELECT t0.id AS c0, t0.name AS c1 FROM tag
    ///      AS t0 ORDER BY t0.name LIMIT 10) AS t1"
    /// );
    /// ```
    pub fn annotate<X: Select<M>>(self, column: impl OnRow<P, X>) -> Nested<M, O::With<X::Out>, P>
    where
        O: Row + 'static,
    {
        let column = column(&self.row);
        let mut set = self.set;
        let next = column.select(&mut Selection::new(&mut set.query, &mut set.prefetches));
        let decoder = set.decoder.clone().with(next);
        Nested { set: set.with_decoder(decoder), row: self.row }
    }

    /// Loads to-one relations of the models in the row by a join.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// assert_sql!(
    ///     longest.select_related(|b| b.author()),
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT 10) AS t1 JOIN
    ///      author AS t2 ON t2.id = t1.c7"
    /// );
    /// ```
    pub fn select_related<X: RelatedRow<M>, U>(self, relations: impl OnRow<P, X>) -> Nested<M, U, P>
    where
        O: Row<With<<X::Row as Select<M>>::Out> = U> + 'static,
        U: 'static,
    {
        self.annotate(|row| relations(row).row())
    }

    /// Loads relations of the models in the row by one more statement each.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let prolific = Author::objects().annotate(|a| a.books().count()).nested();
    /// let books: Vec<(Author, i64, Vec<Book>)> =
    ///     prolific.prefetch_related(|(a, _)| a.books()).all(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … GROUP BY t0.id) AS t2",
    ///     "SELECT … FROM book AS t0 WHERE t0.author_id = ANY($1)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn prefetch_related<X: Prefetch<M>, U>(self, relation: impl OnRow<P, X>) -> Nested<M, U, P>
    where
        O: Row<With<X::Out> = U> + 'static,
        U: 'static,
    {
        let relation = relation(&self.row);
        let mut set = self.set;
        let next = relation.prefetch(&mut Selection::new(&mut set.query, &mut set.prefetches));
        let decoder = set.decoder.clone().with(next);
        Nested { set: set.with_decoder(decoder), row: self.row }
    }

    /// Aggregates over all rows, as one value or a tuple.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// let pages: Option<i64> = longest.aggregate(&db, |b| b.pages().sum()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT SUM(t1.c2) FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT 10) AS
    ///      t1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    #[track_caller]
    pub fn aggregate<'a, X: Select<M> + Totals>(
        &self,
        db: &'a (impl Executor + ?Sized),
        aggregates: impl OnRow<P, X>,
    ) -> BoxFuture<'a, Result<X::Out>>
    where
        X::Is: OverRows,
    {
        let aggregates = aggregates(&self.row);
        super::fetch::aggregate(db, &self.set.query, aggregates)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, O, R, P> Subquery<R> for Nested<M, O, P> {
    type Model = M;
    type Out = O;
    fn into_query(self) -> Query {
        *self.set.query
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, O, P, T: Column, R> crate::expr::IntoMembers<T, R, crate::expr::Queried>
    for Nested<M, O, P>
where
    O: Element<Member = T>,
{
    type Null = crate::column::NotNull;
    fn into_members(self) -> crate::ir::Members {
        crate::ir::Members::Query(self.set.query)
    }
}
