//! The lookups that mean a thing of their own for each type: `contains`, `contained_by`, `overlap`.

use super::compare::compare;
use super::{Expr, IntoArray, IntoExpr, Lookup, PointOrRange, Text};
use crate::column::{Column, Json, Nullness, Range, RangeItem};
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;
use orm_sql::value::HStore;
use serde_json::Value;

/// What an expression that holds a `T` can contain: text contains text, JSON and maps of texts
/// contain some of their pairs, arrays contain the items of lists, ranges contain points and ranges.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a `{T}` can contain",
    label = "text contains text, JSON contains JSON, arrays contain lists, ranges contain points and ranges",
    note = "for one item of an array write `[item]`",
    note = "to look at the text of something else: `.cast::<String>()`"
)]
pub trait Contained<T, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The condition.
    fn contained(self, left: &Node) -> Node;
}

impl<T: Text, R, V: IntoExpr<String, R>> Contained<T, R> for V {
    type Null = V::Null;
    fn contained(self, left: &Node) -> Node {
        compare(Comparison::Contains, &T::operand(left), self.into_node())
    }
}

/// What can contain an expression that holds a `T`: JSON for JSON, maps for maps of texts, lists
/// for arrays, and ranges for ranges and points.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can contain a `{T}`",
    label = "JSON is contained by JSON, arrays by lists, ranges and points by ranges",
    note = "to test for one of several values: `.in_([…])`"
)]
pub trait Container<T, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn container(self) -> Node;
}

/// What can have something in common with an expression that holds a `T`: lists and query sets
/// with arrays, ranges with ranges.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that can overlap with a `{T}`",
    label = "arrays overlap with lists, ranges with ranges",
    note = "to test for one of several values: `.in_([…])`"
)]
pub trait Overlapping<T, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn overlapping(self) -> Node;
}

fn operator(left: &Node, operator: &'static str, right: Node) -> Node {
    Node::compare(Comparison::Operator(operator), left.clone(), right)
}

macro_rules! contained {
    ($([$($generics:tt)*] $left:ty, $bound:path, $into:path;)*) => {$(
        impl<$($generics)* R, V: $bound> Contained<$left, R> for V {
            type Null = <V as $bound>::Null;
            fn contained(self, left: &Node) -> Node {
                operator(left, "@>", $into(self))
            }
        }
    )*};
}
contained! {
    [] Value, IntoExpr<Value, R>, IntoExpr::<Value, R>::into_node;
    [] HStore, IntoExpr<HStore, R>, IntoExpr::<HStore, R>::into_node;
    [T: Send + Sync + 'static,] Json<T>, IntoExpr<Value, R>, IntoExpr::<Value, R>::into_node;
    [T: Column,] Vec<T>, IntoArray<T::Inner, R>, IntoArray::<T::Inner, R>::into_array;
    [T: RangeItem,] Range<T>, PointOrRange<T, R>, PointOrRange::<T, R>::into_node;
}

macro_rules! containers {
    ($([$($generics:tt)*] $left:ty, $bound:path, $into:path;)*) => {$(
        impl<$($generics)* R, V: $bound> Container<$left, R> for V {
            type Null = <V as $bound>::Null;
            fn container(self) -> Node {
                $into(self)
            }
        }
    )*};
}
containers! {
    [] Value, IntoExpr<Value, R>, IntoExpr::<Value, R>::into_node;
    [] HStore, IntoExpr<HStore, R>, IntoExpr::<HStore, R>::into_node;
    [T: Send + Sync + 'static,] Json<T>, IntoExpr<Value, R>, IntoExpr::<Value, R>::into_node;
    [T: Column,] Vec<T>, IntoArray<T::Inner, R>, IntoArray::<T::Inner, R>::into_array;
    [T: RangeItem,] Range<T>, IntoExpr<Range<T>, R>, IntoExpr::<Range<T>, R>::into_node;
    [T: RangeItem,] T, IntoExpr<Range<T>, R>, IntoExpr::<Range<T>, R>::into_node;
}

impl<T: Column, R, V: IntoArray<T::Inner, R>> Overlapping<Vec<T>, R> for V {
    type Null = V::Null;
    fn overlapping(self) -> Node {
        self.into_array()
    }
}

impl<T: RangeItem, R, V: IntoExpr<Range<T>, R>> Overlapping<Range<T>, R> for V {
    type Null = V::Null;
    fn overlapping(self) -> Node {
        self.into_node()
    }
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Contains a text; a part of a JSON document; all items of a list; a point or a range.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| b.name().contains("50%"));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.name LIKE $1");
    /// let scans = Scan::objects().filter(|s| s.meta().contains(json!({"lang": "en"})));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.meta @> $1");
    /// let scans = Scan::objects().filter(|s| s.labels().contains(["a", "b"]));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE CAST(t0.labels AS text[]) @> $1");
    /// let scans = Scan::objects().filter(|s| s.lines().contains(7));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines @> $1");
    /// ```
    pub fn contains<V: Contained<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(value.contained(self.node()))
    }

    /// Is a part of a JSON document; has no items but those of a list; is within a range.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.labels().contained_by(["a", "b"]));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE CAST(t0.labels AS text[]) <@ $1");
    /// let books = Book::objects().filter(|b| b.pages().contained_by(100..200));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages <@ $1");
    /// ```
    pub fn contained_by<V: Container<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        self.operator("<@", value.container())
    }

    /// Has an item of a list, or of a query's rows; has a point in common with a range.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.labels().overlap(["a", "b"]));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE CAST(t0.labels AS text[]) && $1");
    /// let scans = Scan::objects().filter(|s| s.lines().overlap(1..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines && $1");
    /// ```
    pub fn overlap<V: Overlapping<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        self.operator("&&", value.overlapping())
    }
}
