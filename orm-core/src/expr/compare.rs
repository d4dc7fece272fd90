//! The lookups that every type has: comparisons, ranges, lists, NULL.

use super::{Between, Expr, IntoExpr, IntoMembers, Lookup, MayBeNull, NullOf};
use crate::column::Column;
use crate::ir::{Comparison, Node};
use crate::model::Cardinality;

/// A comparison; with a value that is NULL it is a test for NULL, as in Django.
pub(super) fn compare(op: Comparison, left: &Node, right: Node) -> Node {
    match (op, right) {
        (Comparison::Eq | Comparison::IExact, Node::Value(value, _)) if value.is_null() => {
            left.clone().is_null(true)
        }
        (Comparison::Ne, Node::Value(value, _)) if value.is_null() => left.clone().is_null(false),
        (op, right) => Node::compare(op, left.clone(), right),
    }
}

// The signatures stand here and not in a macro: the compiler shows them in its messages.
impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Equal. `eq(None)` tests for NULL.
    ///
    /// ```text
    /// b.name().eq("Django")        -- name = $1
    /// b.release_year().eq(None)    -- release_year IS NULL
    /// ```
    pub fn eq<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Eq, self.node(), value.into_node()))
    }

    /// Equal: [`Expr::eq`] by the name that Django gives it.
    pub fn exact<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Eq, self.node(), value.into_node()))
    }

    /// Not equal. `ne(None)` tests for what is not NULL.
    ///
    /// ```text
    /// b.edition().ne("1")    -- edition <> $1
    /// ```
    pub fn ne<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Ne, self.node(), value.into_node()))
    }

    /// Greater than.
    ///
    /// ```text
    /// b.pages().gt(100)    -- pages > $1
    /// ```
    pub fn gt<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Gt, self.node(), value.into_node()))
    }

    /// Greater than or equal.
    ///
    /// ```text
    /// b.pages().gte(100)    -- pages >= $1
    /// ```
    pub fn gte<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Gte, self.node(), value.into_node()))
    }

    /// Less than.
    ///
    /// ```text
    /// b.pages().lt(100)    -- pages < $1
    /// ```
    pub fn lt<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Lt, self.node(), value.into_node()))
    }

    /// Less than or equal.
    ///
    /// ```text
    /// b.pages().lte(100)    -- pages <= $1
    /// ```
    pub fn lte<V: IntoExpr<T::Inner, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(compare(Comparison::Lte, self.node(), value.into_node()))
    }
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// Within a range of values or expressions. Any of the standard ranges; `a..=b` is BETWEEN.
    ///
    /// ```text
    /// b.pages().range(100..=200)    -- pages BETWEEN $1 AND $2
    /// b.pages().range(100..200)     -- pages >= $1 AND pages < $2
    /// ```
    pub fn range<V: Between<T::Inner, R>>(&self, range: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(range.between(self.node()))
    }

    /// One of a list, of a tuple of mixed values and expressions, or of a query's rows.
    ///
    /// NULLs in a list are left out, as Django does; nothing is in an empty list.
    ///
    /// ```text
    /// b.edition().in_(["1", "2"])             -- edition = ANY($1)
    /// b.price().in_((b.discount(), dec!(5)))  -- price IN (discount, $1)
    /// b.author().in_(Author::objects())       -- author_id IN (SELECT id FROM …)
    /// ```
    pub fn in_<V: IntoMembers<T::Inner, R>>(&self, members: V) -> Lookup<R, T, K, V::Null> {
        Expr::from_node(Node::In(Box::new(self.node().clone()), members.into_members()))
    }

    /// NULL, or not NULL when `yes` is false. Only where NULL can be.
    ///
    /// ```text
    /// b.release_year().isnull(true)    -- release_year IS NULL
    /// ```
    pub fn isnull(&self, yes: bool) -> Expr<R, bool>
    where
        NullOf<T, K>: MayBeNull,
    {
        Expr::from_node(self.node().clone().is_null(yes))
    }
}
