//! Arrays.

use super::into_expr::Beside;
use super::{Expr, IntoExpr, Like, NullOf};
use crate::column::{Column, NotNull, Nullness};
use crate::ir::{Node, Query};
use crate::model::Cardinality;
use orm_sql::ast::{ARRAY_OF_ROWS, Template};
use orm_sql::value::{SqlType, SqlValue};
use std::ops::{Bound, RangeBounds};

/// Columns that hold an array.
#[diagnostic::on_unimplemented(
    message = "this needs an array, but the expression holds `{Self}`",
    label = "not an array",
    note = "arrays are `Vec<T>` of any column type; the characters of a text are counted by `.length()`"
)]
pub trait Array: Column<Inner = Self, Null = NotNull> {
    /// What an item holds.
    type Item: Column;
}

#[diagnostic::do_not_recommend]
impl<T: Column> Array for Vec<T> {
    type Item = T;
}

/// What can stand where an array of `T` is asked for: a list, an array column, a query set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of `{T}`",
    label = "expected an array, a `Vec`, a slice or an array column",
    note = "for one item write `[item]`"
)]
pub trait IntoArray<T: Column, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped array.
    fn into_array(self) -> Node;
}

static ARRAY: Template = Template::never_null("ARRAY[{*}]");

/// Values become one parameter; with an expression among them they are written one by one.
fn array_of<T: Column>(items: Vec<Node>) -> Node {
    let array = const { &T::SQL_TYPE };
    if items.iter().any(|item| !matches!(item, Node::Value(..))) {
        let written = Node::template(&ARRAY, items);
        return Node::Cast(Box::new(written), SqlType::Array(array));
    }
    let values = items.into_iter().map(|item| match item {
        Node::Value(value, _) => value,
        _ => SqlValue::Null,
    });
    Node::Value(SqlValue::Array(values.collect()), SqlType::Array(array))
}

/// The rows of a query of one column as an array: `ARRAY(SELECT …)`.
pub(crate) fn array_of_query(query: Box<Query>) -> Node {
    Node::template(&ARRAY_OF_ROWS, vec![Node::Subquery(query)])
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty, $item:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*, T: Column, R> IntoArray<T, R> for $list
        where
            $item: IntoExpr<T, R>,
        {
            type Null = NotNull;
            fn into_array(self) -> Node {
                array_of::<T>(self.into_iter().map(IntoExpr::into_node).collect())
            }
        }
    )*};
}
lists! {
    [V] Vec<V>, V;
    [V, const N: usize] [V; N], V;
    ['a, V] &'a [V], &'a V;
    ['a, V] &'a Vec<V>, &'a V;
    ['a, V, const N: usize] &'a [V; N], &'a V;
}

macro_rules! expressions {
    ($($expr:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<R, E: Column<Inner = T>, T: Column, U: Column<Inner = Vec<E>>, K: Cardinality> IntoArray<T, R>
            for $expr
        {
            type Null = NullOf<U, K>;
            fn into_array(self) -> Node {
                self.node().clone()
            }
        }
    )*};
}
expressions!(Expr<R, U, K>, &Expr<R, U, K>);

/// Arrays and slices, where a lookup takes the array itself: `labels().eq(["a", "b"])`.
macro_rules! values {
    ($([$($generics:tt)*] $list:ty, $item:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*, E: Column, R> Beside<Vec<E>, R> for $list
        where
            $item: IntoExpr<E::Inner, R>,
        {
            type Null = NotNull;
            fn beside(self) -> Node {
                array_of::<E::Inner>(self.into_iter().map(IntoExpr::into_node).collect())
            }
        }
    )*};
}
values! {
    [V, const N: usize] [V; N], V;
    ['a, V] &'a [V], &'a V;
}

/// What has items by place: arrays and JSON.
#[diagnostic::on_unimplemented(
    message = "`index` needs an array or JSON, but the expression holds `{Self}`",
    label = "no items by place",
    note = "a character of a text is `.substr(position, 1)`"
)]
pub trait Indexed: Column {
    /// What an item holds.
    type Item: Column<Inner = Self::Item, Null = NotNull>;
    /// The item at a place from 0.
    #[doc(hidden)]
    fn item(node: &Node, index: i32) -> Node;
}

static ITEM: Template = Template::partial("({})[{}]");
/// PostgreSQL cuts arrays of arrays, and gives none of their parts by itself.
static ROW: Template = Template::partial(
    "CASE WHEN {1} BETWEEN 1 AND ARRAY_LENGTH({0}, 1) THEN ARRAY(SELECT UNNEST(({0})[{1}:{1}])) END",
);

impl<T: Column> Indexed for Vec<T> {
    type Item = T::Inner;
    fn item(node: &Node, index: i32) -> Node {
        if index < 0 {
            return Node::Failed(NEGATIVE);
        }
        let template = match T::SQL_TYPE.depth() {
            0 => &ITEM,
            1 => &ROW,
            _ => return Node::Failed("`index` of an array of more than two dimensions"),
        };
        Node::template(template, vec![node.clone(), place(index)])
    }
}

impl Indexed for serde_json::Value {
    type Item = serde_json::Value;
    fn item(node: &Node, index: i32) -> Node {
        super::json::item(node, index)
    }
}

impl<T> Indexed for crate::column::Json<T>
where
    crate::column::Json<T>: Column,
{
    type Item = serde_json::Value;
    fn item(node: &Node, index: i32) -> Node {
        super::json::item(node, index)
    }
}

/// Places count from 0 in Rust and from 1 in PostgreSQL.
fn place(index: i32) -> Node {
    Node::Value(SqlValue::I32(index.saturating_add(1)), SqlType::Int4)
}

/// What can be cut: arrays and text.
#[diagnostic::on_unimplemented(
    message = "`slice` needs an array or text, but the expression holds `{Self}`",
    label = "neither an array nor text",
    note = "to look at the text of something else: `.cast::<String>()`"
)]
pub trait Sliced: Column<Inner = Self, Null = NotNull> {
    /// From a place, the first one being 0, and so many items.
    #[doc(hidden)]
    fn cut(node: Node, start: i32, length: Option<i32>) -> Node;
}

static CUT: Template = Template::new("({})[{}:{}]");
static CUT_FROM: Template = Template::new("({})[{}:]");
static CUT_TEXT: Template = Template::new("SUBSTRING({}, {}, {})");
static CUT_TEXT_FROM: Template = Template::new("SUBSTRING({}, {})");

/// An array of texts beside others, or calculated from columns of text: PostgreSQL may see
/// `varchar` in it. Everything else, and values, stay as they are.
pub(super) fn texts<A: Column>(array: Node) -> Node {
    as_texts(array, A::SQL_TYPE)
}

pub(super) fn as_texts(array: Node, sql_type: SqlType) -> Node {
    match (&array, sql_type) {
        (Node::Value(..), _) => array,
        (_, SqlType::Array(_)) if sql_type.leaf() == SqlType::Text => {
            Node::Cast(Box::new(array), sql_type)
        }
        _ => array,
    }
}

impl<T: Column> Sliced for Vec<T> {
    fn cut(node: Node, start: i32, length: Option<i32>) -> Node {
        texts::<Vec<T>>(match length {
            Some(length) => {
                let last = place(start.saturating_add(length).saturating_sub(1));
                Node::template(&CUT, vec![node, place(start), last])
            }
            None => Node::template(&CUT_FROM, vec![node, place(start)]),
        })
    }
}

impl Sliced for String {
    fn cut(node: Node, start: i32, length: Option<i32>) -> Node {
        match length {
            Some(length) => {
                let length = Node::Value(SqlValue::I32(length), SqlType::Int4);
                Node::template(&CUT_TEXT, vec![node, place(start), length])
            }
            None => Node::template(&CUT_TEXT_FROM, vec![node, place(start)]),
        }
    }
}

static NEGATIVE: &str = "places in `slice` and `index` count from 0, and negative ones are not \
    supported: the end of a text is `.right(n)`; an array is cut by its length, which is `.len()`";

static INVERTED: &str = "the end of a `slice` comes before its start";

/// The first place of a range, and how many places there are, if it has an end.
fn extent(range: impl RangeBounds<i32>) -> Result<(i32, Option<i32>), &'static str> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(end) => Some(end.saturating_add(1)),
        Bound::Excluded(end) => Some(*end),
        Bound::Unbounded => None,
    };
    match end {
        _ if start < 0 || end.is_some_and(|end| end < 0) => Err(NEGATIVE),
        Some(end) if end < start => Err(INVERTED),
        end => Ok((start, end.map(|end| end - start))),
    }
}

static LENGTH: Template = Template::new("CARDINALITY({})");
static APPEND: Template = Template::never_null("ARRAY_APPEND({}, {})");
/// Of arrays of arrays: how many of them, and with one more.
static ROWS_IN: Template =
    Template::new("CASE CARDINALITY({0}) WHEN 0 THEN 0 ELSE ARRAY_LENGTH({0}, 1) END");
static APPEND_ROW: Template = Template::never_null("({} || ARRAY[{}])");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The number of items; 0 of an empty array.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.labels().len().gt(2));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE CARDINALITY(t0.labels) > $1");
    /// ```
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> Expr<R, Like<T, K, i32>>
    where
        T::Inner: Array,
    {
        self.apply(if T::SQL_TYPE.depth() > 1 { &ROWS_IN } else { &LENGTH })
    }

    /// The item at a place, the first one being 0; NULL where there is none. The last item of a
    /// JSON array is at -1.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.labels().index(0).eq("new"));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE (t0.labels)[$1] = $2");
    /// let values = Scan::objects().values(|s| s.meta().key("pages").index(0));
    /// assert_sql!(values, "SELECT ((t0.meta -> $1) -> $2) FROM scan AS t0");
    /// ```
    pub fn index<I>(&self, index: i32) -> Expr<R, Option<I>>
    where
        T::Inner: Indexed<Item = I>,
    {
        Expr::from_node(<T::Inner as Indexed>::item(self.node(), index))
    }

    /// Some of the items of an array, or of the characters of a text. Places count from 0; negative
    /// ones, and an end before the start, are [`Error::Usage`](orm_sql::Error::Usage).
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.labels().slice(0..2));
    /// assert_sql!(values, "SELECT CAST((t0.labels)[$1:$2] AS text[]) FROM scan AS t0");
    /// let values = Book::objects().values(|b| b.name().slice(..3));
    /// assert_sql!(values, "SELECT SUBSTRING(t0.name, $1, $2) FROM book AS t0");
    /// ```
    pub fn slice(&self, range: impl RangeBounds<i32>) -> Expr<R, Like<T, K, T::Inner>>
    where
        T::Inner: Sliced,
    {
        Expr::from_node(match extent(range) {
            Ok((start, length)) => <T::Inner as Sliced>::cut(self.node().clone(), start, length),
            Err(mistake) => Node::Failed(mistake),
        })
    }

    /// With one more item at the end.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Scan::objects().update(&db, |s| s.labels().set(s.labels().append("new"))).await?;
    /// assert_sent!(db, "UPDATE scan AS t0 SET labels = ARRAY_APPEND(CAST(t0.labels AS text[]), $1)");
    /// # Ok(()) })
    /// ```
    pub fn append<E, V>(&self, item: V) -> Expr<R, Like<T, K, T::Inner>>
    where
        E: Column,
        T::Inner: Array<Item = E>,
        V: IntoExpr<E::Inner, R>,
    {
        let template = if E::SQL_TYPE.depth() > 0 { &APPEND_ROW } else { &APPEND };
        let array = texts::<T>(self.node().clone());
        Expr::from_node(Node::template(template, vec![array, item.into_node()]))
    }
}
