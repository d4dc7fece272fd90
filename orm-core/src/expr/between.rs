//! The ranges that `range` takes.

use super::IntoExpr;
use super::compare::compare;
use super::years::between_years;
use crate::column::{Column, NotNull, Nullness};
use crate::ir::{Comparison, Node};
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

/// A range that an expression which holds a `T` can be in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{T}`",
    label = "expected a range such as `a..=b`",
    note = "`range` takes any of the standard ranges of values or expressions: `pages().range(100..=200)`"
)]
pub trait Between<T: Column, R> {
    /// Whether an end can be NULL.
    type Null: Nullness;
    /// The condition that an expression is within the range.
    fn between(self, left: &Node) -> Node;
}

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoExpr<T, R>> Between<T, R> for RangeInclusive<V> {
    type Null = V::Null;
    fn between(self, left: &Node) -> Node {
        let (start, end) = self.into_inner();
        let (start, end) = (start.into_node(), end.into_node());
        between_years(left, &start, &end)
            .unwrap_or_else(|| Node::Between(Box::new([left.clone(), start, end])))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoExpr<T, R>> Between<T, R> for Range<V> {
    type Null = V::Null;
    fn between(self, left: &Node) -> Node {
        let from = compare(Comparison::Gte, left, self.start.into_node());
        from.and(compare(Comparison::Lt, left, self.end.into_node()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoExpr<T, R>> Between<T, R> for RangeFrom<V> {
    type Null = V::Null;
    fn between(self, left: &Node) -> Node {
        compare(Comparison::Gte, left, self.start.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoExpr<T, R>> Between<T, R> for RangeTo<V> {
    type Null = V::Null;
    fn between(self, left: &Node) -> Node {
        compare(Comparison::Lt, left, self.end.into_node())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column, R, V: IntoExpr<T, R>> Between<T, R> for RangeToInclusive<V> {
    type Null = V::Null;
    fn between(self, left: &Node) -> Node {
        compare(Comparison::Lte, left, self.end.into_node())
    }
}

/// Everything that is not NULL.
#[diagnostic::do_not_recommend]
impl<T: Column, R> Between<T, R> for RangeFull {
    type Null = NotNull;
    fn between(self, left: &Node) -> Node {
        left.clone().is_null(false)
    }
}
