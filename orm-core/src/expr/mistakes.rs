//! Mistakes with a sentence of their own: what is given in place of a condition, operators of Rust
//! between expressions, names that lookups have elsewhere.
//!
//! Each is an implementation, or a method, with a bound that never holds. The compiler then reports
//! the bound, whose `on_unimplemented` says what to do. Where nothing else can be chosen, the bound
//! is on a tuple of a type parameter: of a bound on the type itself the sentence is not shown.

use super::arithmetic::{Never, Operand};
use super::condition::Connected;
use super::{Condition, Expr, IntoExpr, Q};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::{Cardinality, Fields, Model};
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::ops::{BitAnd, BitOr};

macro_rules! mistakes {
    ($($(#[$attr:meta])* $name:ident;)*) => {$(
        $(#[$attr])*
        #[doc(hidden)]
        pub trait $name {}
    )*};
}

mistakes! {
    #[diagnostic::on_unimplemented(
        message = "an `Option` of a condition is no condition: leave one out by `filter_if`, or give `Q::all()` in place of `None`",
        label = "a condition that may be missing",
        note = "`.filter_if(wanted.is_some(), |b| b.pages().eq(wanted))`"
    )]
    AlwaysThere;

    #[diagnostic::on_unimplemented(
        message = "a list of conditions is no condition: join them by `Q::any_of(list)` or `Q::all_of(list)`",
        label = "any of them, or all?"
    )]
    JoinedFromList;

    #[diagnostic::on_unimplemented(
        message = "a tuple of conditions is no condition: join them by `&` or `|`",
        label = "all of them, or any?",
        note = "`|b| b.pages().gt(100) & b.title().eq(\"x\")`"
    )]
    JoinedFromTuple;

    #[diagnostic::on_unimplemented(
        message = "a `bool` is no condition on rows: compare by `.eq(…)`, join by `&`, `|` and `!`, and leave conditions out by `filter_if`",
        label = "known before the query runs",
        note = "`==`, `>` and `&&` give a `bool` at once; `Q::all()` and `Q::none()` are always true and never"
    )]
    KnownByTheDatabase;

    #[diagnostic::on_unimplemented(
        message = "a relation is no condition: test for a row by `.isnull(false)`, or compare it by `.eq(…)`",
        label = "a path to other rows",
        note = "columns of those rows have conditions too: `b.author().name().eq(\"x\")`"
    )]
    TestedForRows;

    #[diagnostic::on_unimplemented(
        message = "a plain value is no condition: compare a field with it, as in `|b| b.title().eq(\"x\")`",
        label = "expected a comparison, a bool column or a `Q`"
    )]
    MadeOfFields;

    #[diagnostic::on_unimplemented(
        message = "expressions are compared by methods and not by operators: `.eq(…)`, `.ne(…)`, `.gt(…)`, `.gte(…)`, `.lt(…)`, `.lte(…)`",
        label = "an operator of Rust",
        note = "`b.pages() > 100` is written `b.pages().gt(100)`"
    )]
    ComparedByMethods;

    #[diagnostic::on_unimplemented(
        message = "this lookup has another name: `gte`, `lte`, `ne`, `in_([…])`, `range(a..=b)`, `isnull(true)`, `contains`, `regex`",
        label = "not a lookup",
        note = "`ge` is `gte`, `le` is `lte`, `between(a, b)` is `range(a..=b)`, `is_null()` is `isnull(true)`, \
                `like(\"%x%\")` is `contains(\"x\")`, and `ilike` is `icontains`"
    )]
    AnotherName;

    #[diagnostic::on_unimplemented(
        message = "a float is no exact `Decimal`: write `Decimal::new(999, 2)` for 9.99, or parse a text",
        label = "binary fractions are not decimal ones"
    )]
    ExactDecimal;

    #[diagnostic::on_unimplemented(
        message = "a text is no `Decimal`: parse it, as in `text.parse::<Decimal>()?`",
        label = "a text"
    )]
    ParsedFirst;
}

// With an unknown right side it is not decided which of them it is, so the operator is found, and
// the mistake is reported once the right side is known.
#[diagnostic::do_not_recommend]
impl ComparedByMethods for (Never,) {}
#[diagnostic::do_not_recommend]
impl ComparedByMethods for ([Never; 0],) {}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, T, K, U> PartialEq<U> for Expr<R, T, K> where (U,): ComparedByMethods {
    fn eq(&self, _: &U) -> bool {
        false
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, T, K, U> PartialOrd<U> for Expr<R, T, K> where (U,): ComparedByMethods {
    fn partial_cmp(&self, _: &U) -> Option<Ordering> {
        None
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<M: Model, R: Model, K: Cardinality, U> PartialEq<U> for Fields<M, R, K> where (U,): ComparedByMethods {
    fn eq(&self, _: &U) -> bool {
        false
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, C> Condition<R> for Option<C> where (R,): AlwaysThere {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, C> Connected<L, R> for Option<C> where (R,): AlwaysThere {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, C> Condition<R> for Vec<C> where (R,): JoinedFromList {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, C> Connected<L, R> for Vec<C> where (R,): JoinedFromList {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, C, const N: usize> Condition<R> for [C; N] where (R,): JoinedFromList {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, C, const N: usize> Connected<L, R> for [C; N] where (R,): JoinedFromList {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, A, B> Condition<R> for (A, B) where (R,): JoinedFromTuple {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, A, B> Connected<L, R> for (A, B) where (R,): JoinedFromTuple {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, A, B, C> Condition<R> for (A, B, C) where (R,): JoinedFromTuple {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, A, B, C> Connected<L, R> for (A, B, C) where (R,): JoinedFromTuple {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R> Condition<R> for bool where (R,): KnownByTheDatabase {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R> Connected<L, R> for bool where (R,): KnownByTheDatabase {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R> Condition<R> for &str where (R,): MadeOfFields {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R> Connected<L, R> for &str where (R,): MadeOfFields {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R> Condition<R> for () where (R,): MadeOfFields {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R> Connected<L, R> for () where (R,): MadeOfFields {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, M: Model, P: Model, K: Cardinality> Condition<R> for Fields<M, P, K> where (R,): TestedForRows {
    fn into_condition(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<L, R, M: Model, P: Model, K: Cardinality> Connected<L, R> for Fields<M, P, K> where (R,): TestedForRows {
    type Null = NotNull;
    fn connected(self) -> Node {
        Node::Bool(true)
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, T, K> BitAnd<Expr<R, T, K>> for bool where (R,): KnownByTheDatabase {
    type Output = Q<R>;
    fn bitand(self, _: Expr<R, T, K>) -> Q<R> {
        Expr::from_node(Node::Bool(self))
    }
}

#[doc(hidden)]
#[rustfmt::skip]
impl<R, T, K> BitOr<Expr<R, T, K>> for bool where (R,): KnownByTheDatabase {
    type Output = Q<R>;
    fn bitor(self, _: Expr<R, T, K>) -> Q<R> {
        Expr::from_node(Node::Bool(self))
    }
}

/// Names of other libraries. They take `&mut self`, so that methods of the same name that users give
/// to expressions come first.
#[doc(hidden)]
#[rustfmt::skip]
impl<R, T, K> Expr<R, T, K> {
    pub fn ge<V>(&self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn le<V>(&self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn not_eq<V>(&mut self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn is_in<V>(&mut self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn between<V, W>(&mut self, _: V, _: W) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn like<V>(&mut self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn ilike<V>(&mut self, _: V) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn is_null(&mut self) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn is_not_null(&mut self) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn is_none(&mut self) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
    pub fn is_some(&mut self) -> Q<R> where (R,): AnotherName {
        Expr::from_node(Node::Bool(true))
    }
}

/// What stands for a `Decimal`: whole numbers. Floats and texts have a sentence.
///
/// It is a trait of its own, so that what is said of other columns does not speak of it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a `Decimal`",
    label = "expected a `Decimal`, a whole number, or an expression that holds one",
    note = "numbers keep their exact type: convert the value, or `.cast::<…>()` the expression"
)]
pub trait StandsForDecimal {
    /// The value.
    fn into_decimal(self) -> Decimal;
}

macro_rules! stand_for_decimals {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl StandsForDecimal for $t {
            fn into_decimal(self) -> Decimal {
                self.into()
            }
        }
    )*};
}
stand_for_decimals!(i16 i32 i64);

// Bounds without a parameter would be looked at here already. There is no other float: of two, a
// literal would be neither.
#[rustfmt::skip]
impl StandsForDecimal for f64 where for<'a> (&'a (),): ExactDecimal {
    fn into_decimal(self) -> Decimal {
        Decimal::ZERO
    }
}

#[rustfmt::skip]
impl StandsForDecimal for &str where for<'a> (&'a (),): ParsedFirst {
    fn into_decimal(self) -> Decimal {
        Decimal::ZERO
    }
}

#[rustfmt::skip]
impl StandsForDecimal for String where for<'a> (&'a (),): ParsedFirst {
    fn into_decimal(self) -> Decimal {
        Decimal::ZERO
    }
}

impl<R, V: StandsForDecimal> IntoExpr<Decimal, R> for V {
    type Null = NotNull;
    fn into_node(self) -> Node {
        Node::Value(self.into_decimal().into_value(), Decimal::SQL_TYPE)
    }
}

impl<R, V: StandsForDecimal> Operand<Decimal, R> for V {
    type Holds = Decimal;
    type Null = NotNull;
    fn operand(self) -> Node {
        Node::Value(self.into_decimal().into_value(), Decimal::SQL_TYPE)
    }
}
