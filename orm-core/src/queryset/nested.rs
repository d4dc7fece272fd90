//! Queries over another query's rows: `.nested()`.

use super::{Free, Places, QuerySet, Runnable};
use crate::column::Column;
use crate::expr::{Condition, Expr, Orderings, Subquery};
use crate::ir::{Distinct, Filter, Node, Ordering, PathBuf, Query, Scope, Step};
use crate::model::{Fields, Model, One};
use crate::row::{Decoder, Row};
use crate::select::{OverRows, Select, Selection, Totals};
use orm_sql::ast::number;
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};
use std::marker::PhantomData;
use std::ops::Deref;

/// A query over the rows of another one, which is frozen as a subquery.
///
/// Closures receive the row, by place: what was selected as `(Book, i64)` arrives as
/// `|(b, n)|`, with `b` the paths of the book and `n` an expression. Terminals are those of
/// [`QuerySet`].
#[must_use = "a query set does nothing before a terminal runs it: `.all(&db)`, `.count(&db)`"]
pub struct Nested<M, O, P = O> {
    set: QuerySet<M, O, Free>,
    row: PhantomData<fn() -> P>,
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

impl<M, O, P> Clone for Nested<M, O, P> {
    fn clone(&self) -> Self {
        Nested { set: self.set.clone(), row: PhantomData }
    }
}

impl<M, O, P> Deref for Nested<M, O, P> {
    type Target = QuerySet<M, O, Free>;
    fn deref(&self) -> &Self::Target {
        &self.set
    }
}

/// Where the next element of a nested row begins.
pub struct Place {
    scope: Scope,
    at: usize,
}

/// An element of a row of a nested query: a scalar or a model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of a nested row",
    label = "not a column type and not a model",
    note = "select single columns of what may be missing, and prefetch after `.nested()`"
)]
pub trait Element {
    /// What stands for it on the right side of `in_`: itself, or the model's key.
    type Member;
    /// What closures receive for it.
    type Paths<R: Model>: AtPlace;
}

/// What stands for an element of a row by its place.
pub trait AtPlace {
    /// Makes it, and passes over its cells.
    fn at_place(place: &mut Place) -> Self;
}

impl<R: Model, T: Column> AtPlace for Expr<R, T> {
    fn at_place(place: &mut Place) -> Self {
        place.at += 1;
        Expr::from_node(Node::Output(place.at - 1, T::SQL_TYPE))
    }
}

impl<M: Model, R: Model> AtPlace for Fields<M, R, One> {
    fn at_place(place: &mut Place) -> Self {
        let meta = M::meta();
        let path = PathBuf::root(place.scope, meta).then(Step::Output(number(place.at), meta));
        place.at += meta.width();
        Fields::at(path)
    }
}

impl<T: Column> Element for T {
    type Member = T::Inner;
    type Paths<R: Model> = Expr<R, T>;
}

/// A row of a nested query: one [`Element`] or a tuple of them.
pub trait NestedRow {
    /// What closures receive.
    type Paths<R: Model>;
    /// Makes that.
    fn row_paths<R: Model>(place: &mut Place) -> Self::Paths<R>;
}

impl<T: Element> NestedRow for T {
    type Paths<R: Model> = T::Paths<R>;
    fn row_paths<R: Model>(place: &mut Place) -> Self::Paths<R> {
        T::Paths::at_place(place)
    }
}

macro_rules! nested_tuples {
    ($($t:ident)*) => {
        impl<$($t: Element),*> NestedRow for ($($t,)*) {
            type Paths<Root: Model> = ($($t::Paths<Root>,)*);
            fn row_paths<Root: Model>(place: &mut Place) -> Self::Paths<Root> {
                ($($t::Paths::at_place(place),)*)
            }
        }
    };
}
tuples!(nested_tuples);

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
    pub fn nested(self) -> Nested<M, O>
    where
        O: NestedRow,
        S: Runnable<Of: Sized>,
    {
        let (inner, decoder, prefetches) = self.into_parts();
        let query = Query::over(inner, M::meta());
        let set = QuerySet { query: Box::new(query), decoder, prefetches, types: PhantomData };
        Nested { set, row: PhantomData }
    }
}

impl<M: Model, O, P: NestedRow> Nested<M, O, P> {
    fn paths(&self) -> P::Paths<M> {
        P::row_paths(&mut Place { scope: self.set.query.scope, at: 0 })
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
    pub fn filter<C: Condition<M>>(self, condition: impl OnRow<P::Paths<M>, C>) -> Self {
        self.keep(condition, false)
    }

    /// Keeps the rows that do not satisfy a condition.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// assert_sql!(
    ///     longest.exclude(|b| b.in_print()),
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT $1) AS t1 WHERE
    ///      NOT t1.c6"
    /// );
    /// ```
    pub fn exclude<C: Condition<M>>(self, condition: impl OnRow<P::Paths<M>, C>) -> Self {
        self.keep(condition, true)
    }

    fn keep<C: Condition<M>>(
        mut self,
        condition: impl OnRow<P::Paths<M>, C>,
        negated: bool,
    ) -> Self {
        let node = condition(&self.paths()).into_condition();
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
    ///     "SELECT … FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT $1) AS t1 ORDER
    ///      BY t1.c1"
    /// );
    /// ```
    pub fn order_by<X: Orderings<M>>(mut self, by: impl OnRow<P::Paths<M>, X>) -> Self {
        let mut order = Vec::new();
        by(&self.paths()).add_to(&mut order);
        self.set.query.fail_to_order_once_sliced();
        self.set.query.order = Ordering { by: Some(order), reversed: false };
        self
    }

    /// The opposite ordering.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().limit(10).nested().order_by(|t| t.name()).reverse();
    /// assert_sql!(
    ///     tags,
    ///     "SELECT t1.c0, t1.c1 FROM (SELECT t0.id AS c0, t0.name AS c1 FROM tag AS t0 LIMIT $1)
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
    /// assert_sql!(pages, "SELECT DISTINCT t1.c2 FROM (SELECT … FROM book AS t0 LIMIT $1) AS t1");
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
    ///      AS t1 ORDER BY t1.c1 LIMIT $1"
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
    ///      AS t1 ORDER BY t1.c1 LIMIT $1 OFFSET $2"
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
    ///      t0.name LIMIT $1) AS t1"
    /// );
    /// ```
    pub fn values<X: Select<M>>(self, columns: impl OnRow<P::Paths<M>, X>) -> Nested<M, X::Out, P> {
        let columns = columns(&self.paths());
        let mut set = self.set;
        let keys = set.query.deselect();
        set.prefetches.clear();
        let decoder = columns.select(&mut Selection::new(&mut set.query, &mut set.prefetches));
        set.query.select_values(keys);
        Nested { set: set.with_decoder(Decoder::new(decoder)), row: PhantomData }
    }

    /// Adds something to the row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects().order_by(|t| t.name()).limit(10).nested();
    /// assert_sql!(
    ///     tags.annotate(|t| t.name().length()),
    ///     "SELECT t1.c0, t1.c1, LENGTH(t1.c1) FROM (SELECT t0.id AS c0, t0.name AS c1 FROM tag
    ///      AS t0 ORDER BY t0.name LIMIT $1) AS t1"
    /// );
    /// ```
    pub fn annotate<X: Select<M>>(
        self,
        column: impl OnRow<P::Paths<M>, X>,
    ) -> Nested<M, O::With<X::Out>, P>
    where
        O: Row + 'static,
    {
        let column = column(&self.paths());
        let mut set = self.set;
        let next = column.select(&mut Selection::new(&mut set.query, &mut set.prefetches));
        let decoder = set.decoder.clone().with(next);
        Nested { set: set.with_decoder(decoder), row: PhantomData }
    }

    /// Aggregates over all rows, as one value or a tuple.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let longest = Book::objects().order_by(|b| b.pages().desc()).limit(10).nested();
    /// let pages: Option<i64> = longest.aggregate(&db, |b| b.pages().sum()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT SUM(t1.c2) FROM (SELECT … FROM book AS t0 ORDER BY t0.pages DESC LIMIT $1) AS
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
        aggregates: impl OnRow<P::Paths<M>, X>,
    ) -> BoxFuture<'a, Result<X::Out>>
    where
        X::Is: OverRows,
    {
        let aggregates = aggregates(&self.paths());
        super::fetch::aggregate(db, &self.set.query, aggregates)
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, O, R> Subquery<R> for Nested<M, O, O> {
    type Model = M;
    type Out = O;
    fn into_query(self) -> Query {
        *self.set.query
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, O: Element, T: Column, R> crate::expr::IntoMembers<T, R, crate::expr::Queried>
    for Nested<M, O, O>
where
    O: Element<Member = T>,
{
    type Null = crate::column::NotNull;
    fn into_members(self) -> crate::ir::Members {
        crate::ir::Members::Query(self.set.query)
    }
}
