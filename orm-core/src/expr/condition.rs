//! Conditions: boolean expressions, and `Q`, which combines and keeps them.

use super::{Either, Expr, NullOf};
use crate::column::Column;
use crate::model::{Card, Model};
use crate::node::{Node, Template};
use std::ops::{BitAnd, BitOr, BitXor, Not};

/// A condition over the rows of `R`, kept on its own: `Q<Book>`.
///
/// It has a type that names nothing but the model, so conditions of every kind can be put in
/// one variable, one list, one function's result.
pub type Q<R> = Expr<R, bool>;

/// Any boolean expression of a model: a comparison, a bool column, `exists(…)`, a [`Q`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on `{R}`",
    label = "expected a comparison, a bool column or a `Q<{R}>`",
    note = "conditions are made of the paths that the closure receives: `|b| b.pages().gt(100)`"
)]
pub trait Condition<R> {
    /// The untyped condition.
    fn into_condition(self) -> Node;
}

impl<R, T: Column<Inner = bool>, K: Card> Condition<R> for Expr<R, T, K> {
    fn into_condition(self) -> Node {
        self.into_node()
    }
}

impl<R, T: Column<Inner = bool>, K: Card> Condition<R> for &Expr<R, T, K> {
    fn into_condition(self) -> Node {
        self.node().clone()
    }
}

impl<R: Model> Q<R> {
    /// The condition that every row satisfies.
    pub fn all() -> Self {
        Expr::from_node(Node::Bool(true))
    }

    /// The condition that no row satisfies.
    pub fn none() -> Self {
        Expr::from_node(Node::Bool(false))
    }

    /// Any of the conditions; none of them is [`Q::none`].
    pub fn any_of<C: Condition<R>>(conditions: impl IntoIterator<Item = C>) -> Self {
        let mut any: Vec<Node> = conditions.into_iter().map(C::into_condition).collect();
        Expr::from_node(match any.len() {
            0 => Node::Bool(false),
            1 => any.swap_remove(0),
            _ => Node::Or(any),
        })
    }

    /// All of the conditions; none of them is [`Q::all`].
    pub fn all_of<C: Condition<R>>(conditions: impl IntoIterator<Item = C>) -> Self {
        let mut all: Vec<Node> = conditions.into_iter().map(C::into_condition).collect();
        Expr::from_node(match all.len() {
            0 => Node::Bool(true),
            1 => all.swap_remove(0),
            _ => Node::And(all),
        })
    }
}

macro_rules! connectives {
    ($($trait:ident, $method:ident, $node:ident;)*) => {$(
        impl<R, A, K, B, L> $trait<Expr<R, B, L>> for Expr<R, A, K>
        where
            A: Column<Inner = bool>,
            K: Card,
            B: Column<Inner = bool>,
            L: Card,
        {
            type Output = Expr<R, Either<NullOf<A, K>, NullOf<B, L>, bool>>;
            fn $method(self, other: Expr<R, B, L>) -> Self::Output {
                Expr::from_node(self.into_node().$node(other.into_node()))
            }
        }
    )*};
}
connectives! {
    BitAnd, bitand, and;
    BitOr, bitor, or;
    BitXor, bitxor, xor;
}

impl<R, T: Column<Inner = bool>, K: Card> Not for Expr<R, T, K> {
    type Output = Expr<R, super::SelectedAs<T, K>>;
    fn not(self) -> Self::Output {
        Expr::from_node(self.into_node().not())
    }
}

impl<R, T: Column<Inner = bool>, K: Card> Expr<R, T, K> {
    /// The condition as a [`Q`], whatever it was made of.
    pub fn q(self) -> Q<R> {
        Expr::from_node(self.into_node())
    }
}

static IS_TRUE: Template = Template::opaque("({} IS TRUE)");

impl<R, T: Column<Inner = bool>, K: Card> Expr<R, T, K> {
    /// True where the condition is known to hold: NULL counts as false.
    ///
    /// ```text
    /// b.release_year().gt(2020).is_true()    -- (release_year > $1) IS TRUE
    /// ```
    pub fn is_true(&self) -> Expr<R, bool> {
        Expr::from_node(Node::template(&IS_TRUE, vec![self.node().clone()]))
    }
}

impl<R> From<Expr<R, Option<bool>>> for Q<R> {
    fn from(condition: Expr<R, Option<bool>>) -> Self {
        Expr::from_node(condition.into_node())
    }
}
