//! Statements of WITH: query sets with a name, written once and read as often as is wanted.

use super::element::{AtPlace, Element, Place};
use super::nested::OnRow;
use super::source::{RowSource, SameRows};
use super::{Nested, QuerySet, Runnable};
use crate::delete;
use crate::expr::{Assignments, Orderings};
use crate::ir::{
    self, Change, CteBody, CteRows, Filter, InsertRows, Node, Ordering, Query, Recursion, Scope,
    Search, Source,
};
use crate::model::{Model, OnFields};
use crate::row::Decoder;
use orm_sql::value::SqlType;
use std::marker::PhantomData;
use std::sync::Arc;

/// The rows of a statement of WITH: a query set with a name ([`QuerySet::cte`]), one that reads from itself
/// ([`recursive`]), or one that changes rows ([`QuerySet::deleting`]).
///
/// It is written once, however often it is read: by [`objects`](Self::objects), or beside the rows of a
/// query set ([`QuerySet::join`]).
pub struct Cte<M, O> {
    rows: CteRows,
    decoder: Decoder<O>,
    model: PhantomData<fn() -> M>,
}

impl<M, O> Clone for Cte<M, O> {
    fn clone(&self) -> Self {
        Cte { rows: self.rows.clone(), decoder: self.decoder.clone(), model: PhantomData }
    }
}

impl<M: Model, O> std::fmt::Debug for Cte<M, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cte").field("model", &M::meta().name).finish_non_exhaustive()
    }
}

fn named(name: &str, body: CteBody) -> CteRows {
    CteRows::Of(Arc::new(ir::Cte {
        id: Scope::fresh(),
        name: name.to_owned(),
        body,
        materialized: None,
    }))
}

/// The same methods of query sets and of what works on rows.
macro_rules! named_queries {
    ($([$($generics:tt)*] $set:ty;)*) => {$(
        impl<M: Model, O: 'static, $($generics)*> $set {
            /// The rows as a statement of WITH, to read them several times in one statement.
            ///
            /// ```
            /// # use orm_doctest::*;
            /// let long = Book::objects()
            ///     .filter(|b| b.pages().gt(500))
            ///     .values(|b| (b.author().id(), b.pages()))
            ///     .cte("long");
            /// let authors = Author::objects().join(&long, |a, (author, _)| a.id().eq(author.clone()));
            /// assert_sql!(
            ///     authors,
            ///     "WITH long AS (SELECT t1.author_id AS c0, t1.pages AS c1 FROM book AS t1 WHERE t1.pages >
            ///      $1) SELECT …, t2.c0, t2.c1 FROM author AS t0 JOIN long AS t2 ON t0.id = t2.c0"
            /// );
            /// ```
            ///
            /// # Errors
            ///
            /// [`Error::Usage`](orm_sql::Error::Usage) of the terminal where the name is that of a table of
            /// the same statement, or is longer than the server's names.
            pub fn cte(self, name: &str) -> Cte<M, O> {
                let (query, decoder) = RowSource::<()>::into_source(self);
                Cte { rows: named(name, CteBody::Select(query)), decoder, model: PhantomData }
            }
        }
    )*};
}
named_queries! {
    [] QuerySet<M, O, super::Free>;
    [A, F] QuerySet<M, O, super::Via<A, F>>;
    [P] Nested<M, O, P>;
}

impl<M: Model> Cte<M, M> {
    pub(super) fn inserting(name: &str, rows: InsertRows) -> Self {
        let rows = named(name, CteBody::Insert(Box::new(rows)));
        Cte { rows, decoder: Decoder::Fn(M::decode), model: PhantomData }
    }

    /// Of one that inserts rows: those that some unique constraint or index does not allow are left out.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tags = Tag::objects()
    ///     .inserting("new_tags", Author::objects(), |tag, a| tag.name().set(a.name()))
    ///     .on_conflict_ignore();
    /// assert_sql!(
    ///     tags.objects(),
    ///     "WITH new_tags (c0, c1) AS (INSERT INTO tag AS t0 (name) SELECT t1.name FROM author AS t1 ON
    ///      CONFLICT DO NOTHING RETURNING t0.id, t0.name) SELECT t2.c0, t2.c1 FROM new_tags AS t2"
    /// );
    /// ```
    pub fn on_conflict_ignore(self) -> Self {
        self.with(|cte| match &mut cte.body {
            CteBody::Insert(insert) => insert.ignore = true,
            CteBody::Select(query) | CteBody::Change(query, _) => query.fail(not_inserting),
            CteBody::Recursive(recursion) => recursion.first.fail(not_inserting),
        })
    }
}

fn not_inserting() -> String {
    "`on_conflict_ignore` is of statements of WITH that insert rows, by `inserting`".to_owned()
}

impl<M: Model, S: Runnable> QuerySet<M, M, S> {
    /// The rows of the query set, deleted, as a statement of WITH: what is deleted can be read, and
    /// inserted elsewhere, in the same statement. Nothing is deleted where nothing reads it.
    ///
    /// What refers to the rows is left to the database, which sees to what their keys say.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let gone = Book::objects().filter(|b| b.in_print().eq(false)).deleting("gone");
    /// assert_sql!(
    ///     gone.objects().values(|b| b.name()),
    ///     "WITH gone (c0, c1, c2, c3, c4, c5, c6, c7, c8) AS (DELETE FROM book AS t0 WHERE
    ///      t0.in_print = $1 RETURNING …) SELECT t1.c1 FROM gone AS t1"
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Usage`](orm_sql::Error::Usage) of the terminal where anything is done in Rust for rows that
    /// go: hooks, receivers, files, and what `on_delete` leaves to the library.
    pub fn deleting(self, name: &str) -> Cte<M, M> {
        let why = delete::needs_library(M::meta()).map(|why| {
            format!(
                "`deleting` of `{}` leaves everything to the database, and {why}: delete by \
                 `.delete_returning(&db)`",
                M::meta().name
            )
        });
        self.changing(name, Change::Delete, why)
    }

    /// The rows of the query set, updated, as a statement of WITH: they are as they have become. As by
    /// [`update`](QuerySet::update), nothing else is written, `auto_now` fields neither, and no hook called.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let sold_out = Book::objects()
    ///     .filter(|b| b.pages().lt(10))
    ///     .updating("sold_out", |b| b.in_print().set(false));
    /// assert_sql!(
    ///     sold_out.objects().values(|b| b.name()),
    ///     "WITH sold_out (c0, c1, c2, c3, c4, c5, c6, c7, c8) AS (UPDATE book AS t0 SET in_print = $1
    ///      WHERE t0.pages < $2 RETURNING …) SELECT t1.c1 FROM sold_out AS t1"
    /// );
    /// ```
    pub fn updating<A: Assignments<M>>(self, name: &str, assign: impl OnFields<M, A>) -> Cte<M, M> {
        let mut sets = Vec::new();
        assign(&self.root()).add_to(&mut sets);
        self.changing(name, Change::Update(sets), None)
    }

    fn changing(self, name: &str, change: Change, mistake: Option<String>) -> Cte<M, M> {
        let (mut query, _, _) = self.into_parts();
        if let Some(mistake) = mistake {
            query.fail(|| mistake);
        }
        let rows = named(name, CteBody::Change(query, change));
        Cte { rows, decoder: Decoder::Fn(M::decode), model: PhantomData }
    }
}

/// Rows, and what follows from them, and from that, until there is nothing more: `WITH RECURSIVE`.
///
/// `next` receives the rows so far and returns what follows from them; both are read as the same type.
/// A way that comes back to where it was goes on for ever, unless [`cycle`](Cte::cycle) or
/// [`distinct`](Cte::distinct) ends it.
///
/// ```
/// # use orm_doctest::*;
/// // Authors, those whose books they have edited, and so on.
/// let first = Author::objects().filter(|a| a.name().eq("Ada")).values(|a| (a.id(), value(0_i32)));
/// let chain = recursive("chain", first, |chain| {
///     Book::objects()
///         .join(chain, |b, (author, _)| b.editor().eq(author.clone()))
///         .values(|(b, (_, depth))| (b.author().id(), depth.clone() + 1))
/// });
/// assert_sql!(
///     chain.cycle(|(id, _)| id.clone()).objects(),
///     "WITH RECURSIVE chain AS ((SELECT t0.id AS c0, $1 AS c1 FROM author AS t0 WHERE t0.name = $2)
///      UNION ALL (SELECT t1.author_id AS c0, (t2.c1 + $3) AS c1 FROM book AS t1 JOIN chain AS t2 ON
///      t1.editor_id = t2.c0)) CYCLE c0 SET c3 USING c4 SELECT t3.c0, t3.c1 FROM chain AS t3 WHERE NOT
///      (t3.c3 AND t3.c3 IS NOT NULL)"
/// );
/// ```
pub fn recursive<M: Model, O, P, S>(
    name: &str,
    first: impl Recursive<M, Row = O>,
    next: impl FnOnce(&Cte<M, O>) -> S,
) -> Cte<M, O>
where
    S: SameRows<O, Of: Sized>,
    O: Element<P> + 'static,
{
    let (first, decoder) = first.into_source();
    let id = Scope::fresh();
    let rows = CteRows::Itself(id, Box::new(first.clone()));
    let itself = Cte { rows, decoder: decoder.clone(), model: PhantomData };
    let next = next(&itself).into_rows();
    let recursion = Recursion { first, next, distinct: false, search: None, cycle: Vec::new() };
    let body = CteBody::Recursive(Box::new(recursion));
    let cte = ir::Cte { id, name: name.to_owned(), body, materialized: None };
    Cte { rows: CteRows::Of(Arc::new(cte)), decoder, model: PhantomData }
}

/// What a recursive query begins with: rows of a query set of `M`.
pub trait Recursive<M>: RowSource {}
impl<M: Model, O: 'static> Recursive<M> for QuerySet<M, O, super::Free> {}
impl<M: Model, O: 'static, A, F> Recursive<M> for QuerySet<M, O, super::Via<A, F>> {}
impl<M: Model, O: 'static, P> Recursive<M> for Nested<M, O, P> {}

impl<M: Model, O: 'static> Cte<M, O> {
    /// Its rows, to filter, order and join them.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Tag::objects().values(|t| t.name()).cte("names");
    /// assert_sql!(
    ///     names.objects().filter(|name| name.startswith("s")),
    ///     "WITH names AS (SELECT t0.name AS c0 FROM tag AS t0) SELECT t1.c0 FROM names AS t1 WHERE
    ///      t1.c0 LIKE $1"
    /// );
    /// ```
    pub fn objects<T>(&self) -> Nested<M, O, O::Paths<M>>
    where
        O: Element<T>,
    {
        Nested::of(self.query(), self.decoder.clone(), Vec::new())
    }

    /// A query that reads from it: without rows that close a circle, in the order of `search`.
    fn query(&self) -> Query {
        let mut query = Query::new(M::meta());
        query.select = self.rows.outputs(query.scope);
        query.order = Ordering::by(Vec::new());
        query.error.clone_from(&self.rows.rows().error);
        query.source = Source::Cte(self.rows.clone());
        let width = self.rows.rows().width();
        if let CteRows::Of(cte) = &self.rows
            && let CteBody::Recursive(recursion) = &cte.body
        {
            let column = |place, sql_type| Node::Output(query.scope, place, sql_type);
            if recursion.search.is_some() {
                let node = column(width, SqlType::Text);
                let item = ir::OrderNode { node, desc: false, nulls: None, sql_type: None };
                query.order.by = Some(vec![item]);
            }
            if !recursion.cycle.is_empty() {
                let closes = column(width + 1, SqlType::Bool);
                query.filters.push(Filter { negated: true, ..Filter::new(closes, 0) });
            }
        }
        query
    }

    /// Worked out by itself, before what reads it: `AS MATERIALIZED`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Tag::objects().values(|t| t.name()).cte("names").materialized();
    /// assert_sql!(
    ///     names.objects(),
    ///     "WITH names AS MATERIALIZED (SELECT t0.name AS c0 FROM tag AS t0) SELECT t1.c0 FROM names
    ///      AS t1"
    /// );
    /// ```
    pub fn materialized(self) -> Self {
        self.with(|cte| cte.materialized = Some(true))
    }

    /// Worked out as a part of what reads it: `AS NOT MATERIALIZED`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = Tag::objects().values(|t| t.name()).cte("names").not_materialized();
    /// assert_sql!(
    ///     names.objects(),
    ///     "WITH names AS NOT MATERIALIZED (SELECT t0.name AS c0 FROM tag AS t0) SELECT t1.c0 FROM
    ///      names AS t1"
    /// );
    /// ```
    pub fn not_materialized(self) -> Self {
        self.with(|cte| cte.materialized = Some(false))
    }

    /// Of a recursive one: rows that were there already are left out, which also ends circles of
    /// rows that are the same in all columns: `UNION` in place of `UNION ALL`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Author::objects().filter(|a| a.name().eq("Ada")).values(|a| a.id());
    /// let chain = recursive("chain", first, |chain| {
    ///     let edited = Book::objects().join(chain, |b, author| b.editor().eq(author.clone()));
    ///     edited.values(|(b, _)| b.author().id())
    /// });
    /// assert_sql!(
    ///     chain.distinct().objects(),
    ///     "WITH RECURSIVE chain AS ((SELECT t0.id AS c0 FROM author AS t0 WHERE t0.name = $1) UNION
    ///      (SELECT t1.author_id AS c0 FROM book AS t1 JOIN chain AS t2 ON t1.editor_id = t2.c0))
    ///      SELECT t3.c0 FROM chain AS t3"
    /// );
    /// ```
    pub fn distinct(self) -> Self {
        self.recursion(|recursion| recursion.distinct = true)
    }

    /// Of a recursive one: what follows from a row comes behind it, before the next row beside it;
    /// those beside each other are ordered by some columns: `SEARCH DEPTH FIRST`. Its
    /// [`objects`](Self::objects) are in that order.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Author::objects().filter(|a| a.name().eq("Ada")).values(|a| a.id());
    /// let chain = recursive("chain", first, |chain| {
    ///     let edited = Book::objects().join(chain, |b, author| b.editor().eq(author.clone()));
    ///     edited.values(|(b, _)| b.author().id())
    /// });
    /// assert_sql!(
    ///     chain.search_depth_first(|id| id.clone()).objects(),
    ///     "WITH RECURSIVE chain AS ((SELECT t0.id AS c0 FROM author AS t0 WHERE t0.name = $1) UNION ALL
    ///      (SELECT t1.author_id AS c0 FROM book AS t1 JOIN chain AS t2 ON t1.editor_id = t2.c0))
    ///      SEARCH DEPTH FIRST BY c0 SET c1 SELECT t3.c0 FROM chain AS t3 ORDER BY t3.c1"
    /// );
    /// ```
    pub fn search_depth_first<X: Orderings<M>, T>(self, by: impl OnRow<O::Paths<M>, X>) -> Self
    where
        O: Element<T>,
    {
        self.search(true, by)
    }

    /// The same, level by level: `SEARCH BREADTH FIRST`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Author::objects().filter(|a| a.name().eq("Ada")).values(|a| a.id());
    /// let chain = recursive("chain", first, |chain| {
    ///     let edited = Book::objects().join(chain, |b, author| b.editor().eq(author.clone()));
    ///     edited.values(|(b, _)| b.author().id())
    /// });
    /// assert_sql!(
    ///     chain.search_breadth_first(|id| id.clone()).objects(),
    ///     "WITH RECURSIVE chain AS ((SELECT t0.id AS c0 FROM author AS t0 WHERE t0.name = $1) UNION ALL
    ///      (SELECT t1.author_id AS c0 FROM book AS t1 JOIN chain AS t2 ON t1.editor_id = t2.c0))
    ///      SEARCH BREADTH FIRST BY c0 SET c1 SELECT t3.c0 FROM chain AS t3 ORDER BY t3.c1"
    /// );
    /// ```
    pub fn search_breadth_first<X: Orderings<M>, T>(self, by: impl OnRow<O::Paths<M>, X>) -> Self
    where
        O: Element<T>,
    {
        self.search(false, by)
    }

    fn search<X: Orderings<M>, T>(self, depth_first: bool, by: impl OnRow<O::Paths<M>, X>) -> Self
    where
        O: Element<T>,
    {
        let by = self.places(by);
        self.recursion(|recursion| recursion.search = Some(Search { depth_first, by }))
    }

    /// Of a recursive one: the columns that tell a row on its way; a way ends where it comes to one
    /// that it has passed: `CYCLE`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let first = Author::objects().filter(|a| a.name().eq("Ada")).values(|a| a.id());
    /// let chain = recursive("chain", first, |chain| {
    ///     let edited = Book::objects().join(chain, |b, author| b.editor().eq(author.clone()));
    ///     edited.values(|(b, _)| b.author().id())
    /// });
    /// assert_sql!(
    ///     chain.cycle(|id| id.clone()).objects(),
    ///     "WITH RECURSIVE chain AS ((SELECT t0.id AS c0 FROM author AS t0 WHERE t0.name = $1) UNION ALL
    ///      (SELECT t1.author_id AS c0 FROM book AS t1 JOIN chain AS t2 ON t1.editor_id = t2.c0))
    ///      CYCLE c0 SET c2 USING c3 SELECT t3.c0 FROM chain AS t3 WHERE NOT (t3.c2 AND t3.c2 IS NOT
    ///      NULL)"
    /// );
    /// ```
    pub fn cycle<X: Orderings<M>, T>(self, by: impl OnRow<O::Paths<M>, X>) -> Self
    where
        O: Element<T>,
    {
        let by = self.places(by);
        self.recursion(|recursion| recursion.cycle = by)
    }

    /// Columns of its rows, by their places.
    fn places<X: Orderings<M>, T>(&self, by: impl OnRow<O::Paths<M>, X>) -> Vec<usize>
    where
        O: Element<T>,
    {
        let scope = Scope::fresh();
        let outputs = self.rows.outputs(scope);
        let row = O::Paths::<M>::at_place(&mut Place::of(&outputs));
        let mut items = Vec::new();
        by(&row).add_to(&mut items);
        let mut places = Vec::new();
        for item in &items {
            places.extend(item.node.place_in(scope));
        }
        places
    }

    fn recursion(self, change: impl FnOnce(&mut Recursion)) -> Self {
        self.with(|cte| match &mut cte.body {
            CteBody::Recursive(recursion) => change(recursion),
            CteBody::Select(query) | CteBody::Change(query, _) => query.fail(not_recursive),
            CteBody::Insert(insert) => insert.inserted.fail(not_recursive),
        })
    }

    fn with(mut self, change: impl FnOnce(&mut ir::Cte)) -> Self {
        if let CteRows::Of(cte) = &mut self.rows {
            change(Arc::make_mut(cte));
        }
        self
    }
}

fn not_recursive() -> String {
    "`distinct`, `search_…` and `cycle` are of recursive statements of WITH".to_owned()
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O: 'static> RowSource<R> for Cte<M, O> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        (self.query(), self.decoder)
    }
}

#[diagnostic::do_not_recommend]
impl<R, M: Model, O: 'static> RowSource<R> for &Cte<M, O> {
    type Row = O;
    fn into_source(self) -> (Query, Decoder<O>) {
        (self.query(), self.decoder.clone())
    }
}
