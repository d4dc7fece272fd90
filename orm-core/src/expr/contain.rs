//! The lookups that mean a thing of their own for each type: `contains`, `contained_by`, `overlap`.

use super::compare::compare;
use super::{Either, Expr, IntoExpr, NullOf, Text};
use crate::column::{Column, Nullness};
use crate::model::Card;
use crate::node::{Comparison, Node};

/// Columns that can contain a `V`: text a text, JSON a JSON, arrays the items of a list, ranges
/// a point or a range.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `contains` for `{V}`",
    label = "text contains text, JSON contains JSON, arrays contain lists, ranges contain points and ranges",
    note = "to look at the text of something else: `.cast::<String>()`"
)]
pub trait Contains<V, R> {
    /// Whether the right side can be NULL.
    type Null: Nullness;
    /// The condition.
    fn contains(left: &Node, value: V) -> Node;
}

impl<T: Text, R, V: IntoExpr<String, R>> Contains<V, R> for T {
    type Null = V::Null;
    fn contains(left: &Node, value: V) -> Node {
        compare(Comparison::Contains, &T::operand(left), value.into_node())
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
    pub fn contains<V>(
        &self,
        value: V,
    ) -> Expr<R, Either<NullOf<T, K>, <T::Inner as Contains<V, R>>::Null, bool>>
    where
        T::Inner: Contains<V, R>,
    {
        Expr::from_node(<T::Inner as Contains<V, R>>::contains(self.node(), value))
    }
}
