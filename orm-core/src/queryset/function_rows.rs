//! Functions of the server as rows: `unnest`, `generate_series`, `jsonb_array_elements`.

use super::Nested;
use super::element::Element;
use super::no_model::{NO_MODEL, NoModel};
use super::source::RowSource;
use crate::column::Column;
use crate::expr::{Array, AsExpr, Document, Function, IntoExpr};
use crate::ir::{Node, Ordering, Query, Selected, Source};
use crate::row::{ColumnDecoder, Decoder};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use orm_sql::ast::Template;
use orm_sql::value::{Interval, SqlType};
use rust_decimal::Decimal;
use std::marker::PhantomData;

/// The rows of a function: values, or tuples of them.
///
/// They stand beside those of a query set, by [`QuerySet::join_lateral`](super::QuerySet::join_lateral)
/// where they are given expressions of these, and by [`QuerySet::join`](super::QuerySet::join) otherwise;
/// or alone, by [`objects`](Self::objects).
#[must_use = "rows of a function stand beside others, `.join_lateral(|b| unnest(b.keywords()))`, or alone: `.objects()`"]
pub struct FunctionRows<R, T> {
    call: Node,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> FunctionRows<R, T> {
    fn new(function: &'static Template, args: Vec<Node>) -> Self {
        FunctionRows { call: Node::template(function, args), types: PhantomData }
    }
}

/// What a row of a function can be read as: a column, or a tuple of columns.
#[diagnostic::on_unimplemented(
    message = "the rows of a function are not read as `{Self}`",
    label = "expected the type of a column, or a tuple of them",
    note = "as in `fn parts(text: String) -> (i64, String);`; what can be NULL is an `Option`"
)]
pub trait FunctionRow: Sized + 'static {
    /// The types of its columns.
    #[doc(hidden)]
    fn sql_types() -> Vec<SqlType>;
    /// What reads it.
    #[doc(hidden)]
    fn decoder() -> Decoder<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Column> FunctionRow for T {
    fn sql_types() -> Vec<SqlType> {
        vec![T::SQL_TYPE]
    }
    fn decoder() -> Decoder<Self> {
        Decoder::new(ColumnDecoder::<T>::default())
    }
}

macro_rules! tuples_of_columns {
    ($($t:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($t: Column),*> FunctionRow for ($($t,)*) {
            fn sql_types() -> Vec<SqlType> {
                vec![$($t::SQL_TYPE),*]
            }
            fn decoder() -> Decoder<Self> {
                Decoder::Fn(|reader| Ok(($(reader.column::<$t>()?,)*)))
            }
        }
    };
}
tuples!(tuples_of_columns);

/// The rows of a call, with columns by their places.
fn rows<T: FunctionRow>(call: Node) -> Query {
    let types = T::sql_types();
    let mut query = Query::new(&NO_MODEL);
    let scope = query.scope;
    let column = |(place, sql_type): (usize, &SqlType)| {
        Selected::Expr(Node::Output(scope, place, *sql_type), *sql_type)
    };
    query.select = types.iter().enumerate().map(column).collect();
    query.order = Ordering::by(Vec::new());
    query.source = Source::Function(Box::new(call), types);
    query
}

#[diagnostic::do_not_recommend]
impl<R, T: FunctionRow> RowSource<R> for FunctionRows<R, T> {
    type Row = T;
    fn into_source(self) -> (Query, Decoder<T>) {
        // What it is given belongs to the rows that it stands beside.
        (rows::<T>(Node::Outer(Box::new(self.call))), T::decoder())
    }
}

impl<T: FunctionRow> FunctionRows<NoModel, T> {
    /// The rows by themselves, without a query set beside them: to filter, order and join them.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let days = generate_series(moment(2024, 1, 1), moment(2024, 1, 31), TimeDelta::days(1));
    /// let reviews = days.objects().left_join(Review::objects(), |day, r| {
    ///     r.created().gte(day.clone()) & r.created().lt(day.clone() + TimeDelta::days(1))
    /// });
    /// assert_sql!(
    ///     reviews.values(|(day, r)| day.clone()).annotate(|(_, r)| r.id().count()),
    ///     "SELECT t0.c0, COUNT(t2.c0) FROM GENERATE_SERIES($1, $2, $3) AS t0 (c0) LEFT JOIN (SELECT …,
    ///      TRUE AS c5 FROM review AS t1) AS t2 ON t2.c4 >= t0.c0 AND t2.c4 < (t0.c0 + $4) GROUP BY t0.c0"
    /// );
    /// ```
    pub fn objects<K>(self) -> Nested<NoModel, T, T::Paths<NoModel>>
    where
        T: Element<K>,
    {
        Nested::of(rows::<T>(self.call), T::decoder(), Vec::new())
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
///
/// Of a list, without a query set beside it:
///
/// ```
/// # use orm_doctest::*;
/// let words = unnest(vec!["sea".to_owned(), "sand".to_owned()]).objects();
/// assert_sql!(words.order_by(|w| w.length()), "SELECT t0.c0 FROM UNNEST($1) AS t0 (c0) ORDER BY LENGTH(t0.c0)");
/// ```
pub fn unnest<R, X, T>(array: X) -> FunctionRows<R, T>
where
    X: AsExpr<R>,
    X::Inner: Array<Item = T>,
{
    static UNNEST: Template = Template::new("UNNEST({})");
    FunctionRows::new(&UNNEST, vec![array.as_node()])
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
pub fn jsonb_array_elements<R, X>(array: X) -> FunctionRows<R, serde_json::Value>
where
    X: AsExpr<R>,
    X::Inner: Document,
{
    static ELEMENTS: Template = Template::new("JSONB_ARRAY_ELEMENTS({})");
    FunctionRows::new(&ELEMENTS, vec![array.as_node()])
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

/// A call of a function of one's own that returns rows.
#[doc(hidden)]
pub fn call_rows<R, T: FunctionRow>(
    function: &'static Function,
    args: Vec<Node>,
) -> FunctionRows<R, T> {
    FunctionRows::new(function.template(), args)
}

/// Makes functions of the database callable that return rows: each becomes a Rust function of the same
/// name, as by [`sql_function!`](crate::sql_function), whose rows stand wherever those of
/// [`unnest`](crate::queryset::unnest) do.
///
/// A row is read as a column, or as a tuple of the columns that the function declares, by `RETURNS TABLE`,
/// `SETOF` and its output arguments; those that can be NULL are written as `Option<…>`.
///
/// ```
/// # use orm_doctest::*;
/// sql_rows! {
///     /// The words of a text, with their places.
///     fn words(text: String) -> (i64, String);
///
///     #[sql = "library.days_between"]
///     fn days(first: NaiveDate, last: NaiveDate) -> NaiveDate;
/// }
///
/// let long = Book::objects().join_lateral(|b| words(b.name())).filter(|(_, (_, w))| w.length().gt(9));
/// assert_sql!(
///     long.values(|(b, (place, word))| (b.id(), place.clone(), word.clone())),
///     "SELECT t0.id, t2.c0, t2.c1 FROM book AS t0 JOIN LATERAL (SELECT t1.c0 AS c0, t1.c1 AS c1 FROM
///      words(t0.name) AS t1 (c0, c1)) AS t2 ON TRUE WHERE LENGTH(t2.c1) > $1"
/// );
/// assert_sql!(
///     days(date(2024, 1, 1), date(2024, 12, 31)).objects().limit(7),
///     "SELECT t0.c0 FROM library.days_between($1, $2) AS t0 (c0) LIMIT 7"
/// );
/// ```
#[macro_export]
macro_rules! sql_rows {
    ($($functions:tt)+) => {
        $crate::__named_functions! { __sql_rows: $($functions)+ }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __sql_rows {
    ([$($kept:tt)*] $sql:expr, [$vis:vis $name:ident] [$($arg:ident $null:ident: $t:ty,)*] $out:ty) => {
        $($kept)*
        #[allow(non_camel_case_types, clippy::too_many_arguments)]
        $vis fn $name<Rows $(, $arg: $crate::expr::IntoExpr<$t, Rows>)*>(
            $($arg: $arg),*
        ) -> $crate::queryset::FunctionRows<Rows, $out> {
            static FUNCTION: $crate::expr::Function =
                $crate::expr::Function::new($sql, concat!($sql, "({*})"));
            $crate::queryset::call_rows(
                &FUNCTION,
                vec![$($crate::expr::argument::<$t, Rows>($arg)),*],
            )
        }
    };
}
