//! Rows of other query sets beside those of a query set: `join`, `left_join`, `join_lateral`.

use super::element::{AtPlace, Beside, Element, Place};
use super::no_model::NO_MODEL;
use super::source::RowSource;
use super::{Nested, QuerySet, Runnable};
use crate::execute::Plan;
use crate::expr::Condition;
use crate::ir::visit::{has_aggregate, has_window};
use crate::ir::{Distinct, Group, JoinNode, Node, Query, Scope, SelectList, Selected, is_grouped};
use crate::model::Model;
use crate::row::{Decoded, Decoder, Reader, Row, RowDecoder};
use orm_sql::ast::JoinKind;
use orm_sql::value::SqlType;
use std::sync::Arc;

/// A closure over a row and the row beside it: another name of `FnOnce(&P, &X) -> C`.
#[diagnostic::on_unimplemented(
    message = "this takes a closure over a row and the row beside it, `|row, other| …`, and not a `{Self}`",
    label = "expected a closure: `|row, other| …`",
    note = "it says which rows belong together: `|author, (key, _)| author.id().eq(key.clone())`"
)]
pub trait OnRows<P, X, C>: FnOnce(&P, &X) -> C {}
#[diagnostic::do_not_recommend]
impl<P, X, C, F: FnOnce(&P, &X) -> C> OnRows<P, X, C> for F {}

/// Reads a row that may be missing: behind its cells stands a mark.
struct MayBeMissing<O> {
    row: Decoder<O>,
    width: usize,
}

impl<O: 'static> RowDecoder for MayBeMissing<O> {
    type Out = Option<O>;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<Option<O>> {
        if reader.peek(self.width).is_none() {
            reader.skip(self.width + 1);
            return Ok(None);
        }
        let row = self.row.decode(reader)?;
        reader.skip(1);
        Ok(Some(row))
    }
}

/// Reads a row that is there.
struct There<O>(Decoder<O>);

impl<O: 'static> RowDecoder for There<O> {
    type Out = O;
    fn decode(&self, reader: &mut Reader<'_>) -> Decoded<O> {
        self.0.decode(reader)
    }
}

/// The first rows, which others come to stand beside.
struct Side<O, P> {
    query: Query,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    row: P,
}

/// The types of a row with another one behind it.
type With<O, X> = <O as Row>::With<X>;

/// What closures receive for it.
type PathsWith<P, X> = <P as Beside>::With<X>;

impl<O: Row + 'static, P: Beside> Side<O, P> {
    /// Adds rows with what reads them, and what closures receive for them.
    fn beside<M: Model, D: RowDecoder<Out: 'static>, XP: AtPlace>(
        mut self,
        (query, decoder): (Query, D),
        kind: Kind,
        on: impl FnOnce(&P, &XP) -> Node,
    ) -> Nested<M, With<O, D::Out>, PathsWith<P, XP>> {
        let (outputs, join) = joined(query, kind, &mut self.query);
        let other = XP::at_place(&mut Place::of(&outputs));
        let on = on(&self.row, &other);
        self.query.select.extend(outputs);
        self.query.joins.push(JoinNode { on, ..join });
        let set = QuerySet {
            query: Box::new(self.query),
            decoder: self.decoder.with(decoder),
            prefetches: self.prefetches,
            types: std::marker::PhantomData,
        };
        Nested { set, row: self.row.beside(other) }
    }
}

/// Rows that are there.
fn there<X: 'static>((query, row): (Query, Decoder<X>)) -> (Query, There<X>) {
    (query, There(row))
}

/// Rows that may be missing: their mark is selected behind them.
fn or_none<X: 'static>((mut query, row): (Query, Decoder<X>)) -> (Query, MayBeMissing<X>) {
    let width = query.width();
    mark(&mut query);
    (query, MayBeMissing { row, width })
}

/// How rows are joined.
#[derive(Clone, Copy)]
struct Kind {
    kind: JoinKind,
    lateral: bool,
}

const INNER: Kind = Kind { kind: JoinKind::Inner, lateral: false };
const LEFT: Kind = Kind { kind: JoinKind::Left, lateral: false };
const LATERAL: Kind = Kind { kind: JoinKind::Inner, lateral: true };
const LEFT_LATERAL: Kind = Kind { kind: JoinKind::Left, lateral: true };

/// The columns of a query that stands beside another one, and the join without its condition.
fn joined(query: Query, kind: Kind, around: &mut Query) -> (SelectList, JoinNode) {
    let Kind { kind, lateral } = kind;
    let scope = Scope::fresh();
    let outputs = query.outputs(scope);
    if let Some(error) = &query.error {
        around.fail(|| error.clone());
    }
    let query = match query.is_too_deep() {
        true => {
            around.fail(|| crate::ir::TOO_DEEP.to_owned());
            Query::new(&NO_MODEL)
        }
        false => query,
    };
    (outputs, JoinNode { scope, query, kind, on: Node::Bool(true), lateral })
}

/// Selects a constant behind everything else: NULL where there is no row.
fn mark(query: &mut Query) {
    if is_grouped(query) || !query.earlier.is_empty() {
        *query = Query::over(query.clone(), &NO_MODEL);
    }
    query.select.push(Selected::Expr(Node::Bool(true), SqlType::Bool));
}

/// True where rows can come to stand beside those of a query as it is: it is not cut, and neither
/// grouped nor counted.
pub(super) fn is_open(query: &Query) -> bool {
    let calculated = |node: &Node| has_aggregate(node) || has_window(node);
    let later = |selected: &Selected| match selected {
        Selected::Expr(node, _) => calculated(node),
        Selected::Model(_) => false,
    };
    query.group == Group::Rows
        && !query.is_sliced()
        && query.distinct == Distinct::No
        && query.lock.is_none()
        && !query.none
        && query.grouped.is_empty()
        && query.earlier.is_empty()
        && !query.select.iter().any(later)
        && !query.filters.iter().any(|filter| calculated(&filter.node))
}

impl<M: Model, O: 'static, S: Runnable<Of: Sized>> QuerySet<M, O, S> {
    fn side<T>(self) -> Side<O, O::Paths<M>>
    where
        O: Element<T>,
    {
        let (query, decoder, prefetches) = self.into_parts();
        let query = if is_open(&query) { query } else { Query::over(query, M::meta()) };
        let row = O::Paths::<M>::at_place(&mut Place::of(&query.select));
        Side { query, decoder, prefetches, row }
    }
}

impl<M: Model, O: 'static, P> Nested<M, O, P> {
    fn side<T>(self) -> Side<O, O::Paths<M>>
    where
        O: Element<T>,
    {
        self.set.side()
    }
}

/// The rows of a source, as what joins them reads them.
type Rows<X, R = ()> = <X as RowSource<R>>::Row;

/// The same where there may be none.
type OrNone<X, R = ()> = Option<Rows<X, R>>;

/// The methods of query sets and of what works on rows: what they are called, how a row beside another
/// one is read, what closures receive for it, and how it is joined.
macro_rules! joins {
    ($($of:ident $(#[$doc:meta])* $name:ident $row:ident $paths:ident $read:ident $kind:ident;)*) => {
        impl<M: Model, O: Row + 'static, S: Runnable<Of: Sized>> QuerySet<M, O, S> {
            $(joins! { @$of [$(#[$doc])*] $name $row $paths $read $kind })*
        }

        impl<M: Model, O: Row + 'static, P> Nested<M, O, P> {
            $(joins! { @$of [$(#[$doc])*] $name $row $paths $read $kind })*
        }
    };
    (@on [$($doc:tt)*] $name:ident $row:ident $paths:ident $read:ident $kind:ident) => {
        $($doc)*
        pub fn $name<X: RowSource, C: Condition<M>, T, TX>(
            self,
            rows: X,
            on: impl OnRows<O::Paths<M>, <X::Row as Element<TX>>::$paths<M>, C>,
        ) -> Nested<
            M,
            With<O, $row<X>>,
            PathsWith<O::Paths<M>, <X::Row as Element<TX>>::$paths<M>>,
        >
        where
            O: Element<T>,
            O::Paths<M>: Beside,
            X::Row: Element<TX>,
        {
            let on = |row: &_, other: &_| on(row, other).into_condition();
            self.side().beside($read(rows.into_source()), $kind, on)
        }
    };
    (@lateral [$($doc:tt)*] $name:ident $row:ident $paths:ident $read:ident $kind:ident) => {
        $($doc)*
        pub fn $name<X: RowSource<M>, T, TX>(
            self,
            rows: impl super::nested::OnRow<O::Paths<M>, X>,
        ) -> Nested<
            M,
            With<O, $row<X, M>>,
            PathsWith<O::Paths<M>, <X::Row as Element<TX>>::$paths<M>>,
        >
        where
            O: Element<T>,
            O::Paths<M>: Beside,
            X::Row: Element<TX>,
        {
            let side = self.side();
            let rows = rows(&side.row).into_source();
            side.beside($read(rows), $kind, |_, _: &_| Node::Bool(true))
        }
    };
}
joins! {
    on
    /// Rows of another query set beside those of this one, where a condition holds: `JOIN`. `Foo`
    /// becomes `(Foo, X)`, where `X` is what the other query set's rows are read as.
    ///
    /// What follows works on both: closures receive the row, `|(foo, x)|`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let totals = Book::objects()
    ///     .values(|b| b.author().id())
    ///     .annotate(|b| b.pages().sum());
    /// let authors: Vec<(Author, (i64, Option<i64>))>;
    /// let query = Author::objects().join(totals, |a, (author, _)| a.id().eq(author.clone()));
    /// assert_sql!(
    ///     query.filter(|(_, (_, pages))| pages.gt(1000)),
    ///     "SELECT …, t2.c0, t2.c1 FROM author AS t0 JOIN (SELECT t1.author_id AS c0, SUM(t1.pages)
    ///      AS c1 FROM book AS t1 GROUP BY t1.author_id) AS t2 ON t0.id = t2.c0 WHERE t2.c1 > $1"
    /// );
    /// ```
    join Rows Paths there INNER;
    on
    /// The same, with the rows that have none beside them: `LEFT JOIN`. `Foo` becomes
    /// `(Foo, Option<X>)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let totals = Book::objects()
    ///     .values(|b| b.author().id())
    ///     .annotate(|b| b.pages().sum());
    /// let query =
    ///     Author::objects().left_join(totals, |a, (author, _)| a.id().eq(author.clone()));
    /// assert_sql!(
    ///     query.filter(|(_, (author, _))| author.isnull(true)),
    ///     "SELECT …, t3.c0, t3.c1, t3.c2 FROM author AS t0 LEFT JOIN (SELECT t2.c0 AS c0, t2.c1 AS
    ///      c1, TRUE AS c2 FROM (SELECT t1.author_id AS c0, SUM(t1.pages) AS c1 FROM book AS t1
    ///      GROUP BY t1.author_id) AS t2) AS t3 ON t0.id = t3.c0 WHERE t3.c0 IS NULL"
    /// );
    /// ```
    left_join OrNone Missing or_none LEFT;
    lateral
    /// Rows of a query set that is asked for each row, which it refers to by `outer_ref`, or by a
    /// path of it: `JOIN LATERAL`. So each row has its own first three of something.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let query = Book::objects().join_lateral(|b| {
    ///     b.reviews().objects().order_by(|r| r.stars().desc()).limit(3)
    /// });
    /// assert_sql!(
    ///     query,
    ///     "SELECT … FROM book AS t0 JOIN LATERAL (SELECT … FROM review AS t1 WHERE t1.book_id =
    ///      t0.id ORDER BY t1.stars DESC LIMIT 3) AS t2 ON TRUE"
    /// );
    /// ```
    join_lateral Rows Paths there LATERAL;
    lateral
    /// The same, with the rows that have none beside them: `LEFT JOIN LATERAL`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let query = Book::objects().left_join_lateral(|b| {
    ///     b.reviews().objects().order_by(|r| r.created().desc()).limit(1)
    /// });
    /// assert_sql!(
    ///     query.values(|(b, newest)| (b.name(), newest.stars())),
    ///     "SELECT t0.name, t2.c2 FROM book AS t0 LEFT JOIN LATERAL (SELECT …, TRUE AS c5 FROM review
    ///      AS t1 WHERE t1.book_id = t0.id ORDER BY t1.created DESC LIMIT 1) AS t2 ON TRUE"
    /// );
    /// ```
    left_join_lateral OrNone Missing or_none LEFT_LATERAL;
}
