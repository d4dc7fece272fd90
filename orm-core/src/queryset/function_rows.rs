//! Functions of the server as rows: `unnest`, `generate_series`, `jsonb_array_elements`.

use super::source::RowSource;
use crate::column::Column;
use crate::expr::{Array, AsExpr, Document, Expr, IntoExpr};
use crate::ir::{ModelMeta, Node, Ordering, Query, Selected, Source};
use crate::model::Cardinality;
use crate::row::{ColumnDecoder, Decoder};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use orm_sql::ast::Template;
use orm_sql::value::Interval;
use rust_decimal::Decimal;
use std::marker::PhantomData;

/// The rows of a function, one value each, to stand beside those of a query set:
/// [`QuerySet::join_lateral`](super::QuerySet::join_lateral) where it is given expressions of these,
/// [`QuerySet::join`](super::QuerySet::join) otherwise.
#[must_use = "rows of a function stand beside others: `.join_lateral(|b| unnest(b.keywords()))`"]
pub struct FunctionRows<R, T> {
    call: Node,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> FunctionRows<R, T> {
    fn new(function: &'static Template, args: Vec<Node>) -> Self {
        FunctionRows { call: Node::template(function, args), types: PhantomData }
    }
}

/// The model of rows that are of none.
pub(super) static NO_MODEL: ModelMeta = ModelMeta::new("", "", "", &[], &[]);

#[diagnostic::do_not_recommend]
impl<R, T: Column + Send> RowSource<R> for FunctionRows<R, T> {
    type Row = T;
    fn into_source(self) -> (Query, Decoder<T>) {
        let mut query = Query::new(&NO_MODEL);
        let column = Node::Output(query.scope, 0, T::SQL_TYPE);
        query.select = vec![Selected::Expr(column, T::SQL_TYPE)];
        query.order = Ordering { by: Some(Vec::new()), reversed: false };
        // What it is given belongs to the rows that it stands beside.
        let call = Box::new(Node::Outer(Box::new(self.call)));
        query.source = Source::Function(call, vec![T::SQL_TYPE]);
        (query, Decoder::new(ColumnDecoder::<T>::default()))
    }
}

/// The items of an array, a row each.
///
/// ```
/// # use orm_doctest::*;
/// let keywords = Scan::objects().join_lateral(|s| unnest(s.labels())).values(|(_, word)| word.clone());
/// assert_sql!(
///     keywords,
///     "SELECT t2.c0 FROM scan AS t0 JOIN LATERAL (SELECT t1.c0 AS c0 FROM UNNEST(t0.labels) AS t1
///      (c0)) AS t2 ON TRUE"
/// );
/// ```
pub fn unnest<R, T, K>(array: Expr<R, T, K>) -> FunctionRows<R, <T::Inner as Array>::Item>
where
    T: Column,
    T::Inner: Array,
    K: Cardinality,
{
    static UNNEST: Template = Template::new("UNNEST({})");
    FunctionRows::new(&UNNEST, vec![array.into_node()])
}

/// The items of a JSON array, a row each. The server refuses what is no array.
///
/// ```
/// # use orm_doctest::*;
/// let items = Scan::objects().join_lateral(|s| jsonb_array_elements(s.meta().key("tags")));
/// assert_sql!(
///     items,
///     "SELECT …, t2.c0 FROM scan AS t0 JOIN LATERAL (SELECT t1.c0 AS c0 FROM
///      JSONB_ARRAY_ELEMENTS((t0.meta -> $1)) AS t1 (c0)) AS t2 ON TRUE"
/// );
/// ```
pub fn jsonb_array_elements<R, T, K>(array: Expr<R, T, K>) -> FunctionRows<R, serde_json::Value>
where
    T: Column,
    T::Inner: Document,
    K: Cardinality,
{
    static ELEMENTS: Template = Template::new("JSONB_ARRAY_ELEMENTS({})");
    FunctionRows::new(&ELEMENTS, vec![array.into_node()])
}

/// What a series counts by: numbers by numbers of their own kind, moments by durations.
#[diagnostic::on_unimplemented(
    message = "a series is of whole numbers, decimals or moments, and not of `{Self}`",
    label = "cannot be counted",
    note = "dates are counted as moments: `.cast::<NaiveDateTime>()`"
)]
pub trait Counted<Step>: Column {}
impl Counted<i32> for i32 {}
impl Counted<i64> for i64 {}
impl Counted<Decimal> for Decimal {}
impl Counted<TimeDelta> for DateTime<Utc> {}
impl Counted<Interval> for DateTime<Utc> {}
impl Counted<TimeDelta> for NaiveDateTime {}
impl Counted<Interval> for NaiveDateTime {}

/// The values from one to another, with a step between them, both ends included: nothing where the step
/// leads away.
///
/// ```
/// # use orm_doctest::*;
/// let copies = Book::objects().join(generate_series(1, 3, 1), |_, _| Q::all());
/// assert_sql!(
///     copies,
///     "SELECT …, t2.c0 FROM book AS t0 JOIN (SELECT t1.c0 AS c0 FROM GENERATE_SERIES($1, $2, $3) AS
///      t1 (c0)) AS t2 ON TRUE"
/// );
/// ```
pub fn generate_series<R, X, V, S>(from: X, to: V, step: S) -> FunctionRows<R, X::Inner>
where
    X: AsExpr<R>,
    V: IntoExpr<X::Inner, R>,
    S: AsExpr<R>,
    X::Inner: Counted<S::Inner>,
{
    static SERIES: Template = Template::new("GENERATE_SERIES({}, {}, {})");
    FunctionRows::new(&SERIES, vec![from.as_node(), to.into_node(), step.as_node()])
}
