//! Conditions: boolean expressions, and `Q`, which combines and keeps them.

use super::{Expr, Lookup, NullOf};
use crate::column::{Column, Nullness};
use crate::ir::Node;
use crate::model::{Cardinality, Model};
use orm_sql::ast::Template;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, BitXor, Not};

/// A condition over the rows of `R`, kept on its own: `Q<Book>`.
///
/// It has a type that names nothing but the model, so conditions of every kind can be put in
/// one variable, one list, one function's result.
pub type Q<R> = Expr<R, bool>;

/// Any boolean expression of a model: a comparison, a bool column, `exists(…)`, a [`Q`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on rows",
    label = "expected a comparison, a bool column or a `Q`",
    note = "conditions are made of the paths that the closure receives: `|b| b.pages().gt(100)`"
)]
pub trait Condition<R> {
    /// What it is about: the model, once more. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
    /// The untyped condition.
    fn into_condition(self) -> Node;
}

impl<R, C: ConditionLike> Condition<R> for C
where
    C::Is<R>: Fitting,
{
    type Of = R;
    fn into_condition(self) -> Node {
        self.condition()
    }
}

/// Conditions, and what is taken for one by mistake.
///
/// [`Condition`] has one implementation for all of them, so that messages are short: the compiler
/// lists those for types, and says where a bound stands that has several.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on rows",
    label = "expected a comparison, a bool column or a `Q`",
    note = "conditions are made of the paths that the closure receives: `|b| b.pages().gt(100)`"
)]
pub trait ConditionLike {
    /// What must be so for a condition on `R`.
    type Is<R>;
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped condition.
    fn condition(self) -> Node;
}

/// What must be so, and is.
#[doc(hidden)]
pub trait Fitting {}

macro_rules! all_of_them {
    ($($t:ident)*) => {
        impl<$($t: Fitting),*> Fitting for ($($t,)*) {}
    };
}
tuples!(all_of_them);

/// An expression over `S` that holds a `T`, where a condition over `R` is asked for.
#[doc(hidden)]
pub struct Holding<S, T, R>(PhantomData<(S, T, R)>);
impl<S, T: Boolean, R> Fitting for Holding<S, T, R> where Same: Hosts<S, R> {}

/// One model and no other. Where one of the two is not known, it is the other one.
#[doc(hidden)]
pub struct Same;

/// A query over `R` hosts expressions over `S`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this is about `{S}`, and the query is over `{R}`",
    label = "an expression of another model",
    note = "expressions are made of the paths that the closure receives: `|b| b.pages()`"
)]
pub trait Hosts<S, R> {}
impl<R> Hosts<R, R> for Same {}

macro_rules! conditions {
    ($($expr:ty, |$it:ident| $node:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<S, T: Column, K: Cardinality> ConditionLike for $expr {
            type Is<R> = Holding<S, T::Inner, R>;
            type Null = NullOf<T, K>;
            fn condition(self) -> Node {
                let $it = self;
                $node
            }
        }
    )*};
}
conditions! {
    Expr<S, T, K>, |it| it.into_node();
    &Expr<S, T, K>, |it| it.node().clone();
}

/// Conditions in one; `none` is what none of them is.
fn joined<R, C: Condition<R>>(
    conditions: impl IntoIterator<Item = C>,
    none: bool,
    join: fn(Vec<Node>) -> Node,
) -> Q<R> {
    let mut conditions: Vec<Node> = conditions.into_iter().map(C::into_condition).collect();
    Expr::from_node(match conditions.len() {
        0 => Node::Bool(none),
        1 => conditions.swap_remove(0),
        _ => join(conditions),
    })
}

impl<R: Model> Q<R> {
    /// The condition that every row satisfies.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|_| Q::all());
    /// assert_sql!(books, "SELECT … FROM book AS t0");
    /// ```
    pub fn all() -> Self {
        Expr::from_node(Node::Bool(true))
    }

    /// The condition that no row satisfies.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| Q::none() | b.pages().gt(100));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages > $1");
    /// ```
    pub fn none() -> Self {
        Expr::from_node(Node::Bool(false))
    }

    /// Any of the conditions; none of them is [`Q::none`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let names = ["Emma", "Dune"];
    /// let books =
    ///     Book::objects().filter(|b| Q::any_of(names.map(|name| b.name().icontains(name))));
    /// assert_sql!(
    ///     books,
    ///     "SELECT … FROM book AS t0 WHERE UPPER(t0.name) LIKE UPPER($1) OR UPPER(t0.name) LIKE
    ///      UPPER($2)"
    /// );
    /// ```
    pub fn any_of<C: Condition<R>>(conditions: impl IntoIterator<Item = C>) -> Self {
        joined(conditions, false, |any| Node::Or(any.into()))
    }

    /// All of the conditions; none of them is [`Q::all`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let least = [Some(100), None];
    /// let books =
    ///     Book::objects().filter(|b| Q::all_of(least.iter().flatten().map(|n| b.pages().gte(n))));
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE t0.pages >= $1");
    /// ```
    pub fn all_of<C: Condition<R>>(conditions: impl IntoIterator<Item = C>) -> Self {
        joined(conditions, true, |all| Node::And(all.into()))
    }
}

/// True or false.
#[diagnostic::on_unimplemented(
    message = "this needs a condition, but the expression holds `{Self}`",
    label = "neither true nor false",
    note = "make a condition of it: `.gt(0)`, `.eq(…)`; bits of numbers are put together by `.bitand(…)`"
)]
pub trait Boolean: Column<Inner = Self> {}
#[diagnostic::do_not_recommend]
impl Boolean for bool {}

/// A condition to the right of `&`, `|` or `^`; `L` is what the left side holds.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition on rows",
    label = "expected a comparison, a bool column or a `Q`",
    note = "conditions are made of the paths that the closure receives: `|b| b.pages().gt(100)`"
)]
pub trait Connected<L, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped condition.
    fn connected(self) -> Node;
}

impl<L: Boolean, R, C: ConditionLike> Connected<L, R> for C
where
    C::Is<R>: Fitting,
{
    type Null = C::Null;
    fn connected(self) -> Node {
        self.condition()
    }
}

macro_rules! connectives {
    ($($trait:ident, $method:ident, $node:ident;)*) => {$(
        impl<R, T: Column, K: Cardinality, C: Connected<T::Inner, R>> $trait<C> for Expr<R, T, K> {
            type Output = Lookup<R, T, K, C::Null>;
            fn $method(self, other: C) -> Self::Output {
                Expr::from_node(self.into_node().$node(other.connected()))
            }
        }
    )*};
}
connectives! {
    BitAnd, bitand, and;
    BitOr, bitor, or;
    BitXor, bitxor, xor;
}

impl<R, T: Column, K: Cardinality> Not for Expr<R, T, K>
where
    T::Inner: Boolean,
{
    type Output = Expr<R, super::SelectedAs<T, K>>;
    fn not(self) -> Self::Output {
        Expr::from_node(self.into_node().not())
    }
}

static IS_TRUE: Template = Template::never_null("({} IS TRUE)");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The condition as a [`Q`], whatever it was made of.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| {
    ///     let long: Q<Book> = b.pages().gt(500).q();
    ///     !long
    /// });
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE NOT (t0.pages > $1)");
    /// ```
    pub fn q(self) -> Q<R>
    where
        T::Inner: Boolean,
    {
        Expr::from_node(self.into_node())
    }

    /// True where the condition is known to hold: NULL counts as false.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let books = Book::objects().filter(|b| !b.published().gt(date(2020, 1, 1)).is_true());
    /// assert_sql!(books, "SELECT … FROM book AS t0 WHERE NOT ((t0.published > $1) IS TRUE)");
    /// ```
    pub fn is_true(&self) -> Expr<R, bool>
    where
        T::Inner: Boolean,
    {
        self.apply(&IS_TRUE)
    }
}

impl<R> From<Expr<R, Option<bool>>> for Q<R> {
    fn from(condition: Expr<R, Option<bool>>) -> Self {
        Expr::from_node(condition.into_node())
    }
}
