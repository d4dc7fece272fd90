//! The lookups that mean a thing of their own for each type: `contains`, `contained_by`, `overlap`.

use super::compare::compare;
use super::{Expr, IntoExpr, Lookup, Text};
use crate::column::{Column, Nullness};
use crate::model::Card;
use crate::node::{Comparison, Node};

/// What an expression that holds a `T` can contain: text contains text, JSON contains JSON,
/// arrays contain the items of lists, ranges contain points and ranges.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a `{T}` can contain",
    label = "text contains text, JSON contains JSON, arrays contain lists, ranges contain points and ranges",
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

impl<R, T: Column, K: Card> Expr<R, T, K> {
    /// Contains a text; a part of a JSON document; all items of a list; a point or a range.
    ///
    /// ```text
    /// b.name().contains("50%")                 -- name LIKE '%50\%%'
    /// b.meta().contains(json!({"lang": "en"})) -- meta @> $1
    /// b.labels().contains(["a", "b"])          -- labels @> $1
    /// e.during().contains(today)               -- during @> $1
    /// ```
    pub fn contains<V: Contained<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(value.contained(self.node()))
    }
}
