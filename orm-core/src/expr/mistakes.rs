//! Mistakes with a sentence of their own: what is given in place of a condition, operators of Rust
//! between expressions, names that lookups have elsewhere.
//!
//! Each is an implementation, or a method, with a bound that never holds. The compiler then reports
//! the bound, whose `on_unimplemented` says what to do. Where nothing else can be chosen, the bound
//! is on a tuple of a type parameter: of a bound on the type itself the sentence is not shown.

use super::arithmetic::{Never, Operand};
use super::condition::{ConditionLike, Fitting};
use super::into_expr::Beside;
use super::{Assignment, Case, Expr, Q};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::{Cardinality, Fields, Model};
use orm_sql::value::{SqlType, SqlValue};
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Index, Not};

mod names;

pub use names::*;

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
        message = "a condition stands as it is, without `Q(…)`: `|b| b.pages().gt(100) | b.in_print()`",
        label = "not a function",
        note = "the type `Q<Book>` is what `Book::q(|b| …)` makes; Django's keywords go into `q!(pages__gt = 100)`"
    )]
    StandsAsItIs;

    #[diagnostic::on_unimplemented(
        message = "a `case` is not complete: end it by `.otherwise(…)`, or by `.otherwise_null()`",
        label = "what holds where no condition does?"
    )]
    EndedByOtherwise;

    #[diagnostic::on_unimplemented(
        message = "expressions are compared by methods and not by operators: `.eq(…)`, `.ne(…)`, `.gt(…)`, `.gte(…)`, `.lt(…)`, `.lte(…)`",
        label = "an operator of Rust",
        note = "`b.pages() > 100` is written `b.pages().gt(100)`"
    )]
    ComparedByMethods;

    #[diagnostic::on_unimplemented(
        message = "a relation is no condition: test for a row by `.isnull(false)`, or compare it by `.eq(…)`",
        label = "a path to other rows",
        note = "columns of those rows have conditions too: `b.author().name().eq(\"x\")`"
    )]
    ComparedRelation;

    #[diagnostic::on_unimplemented(
        message = "assignments are not joined by operators: return a tuple of them, `|b| (b.pages().set(1), b.title().set(\"x\"))`",
        label = "not a condition"
    )]
    AssignedByTuple;

    #[diagnostic::on_unimplemented(
        message = "a float is no exact `Decimal`: write `dec!(9.99)`, or the text \"9.99\"",
        label = "binary fractions are not decimal ones"
    )]
    ExactDecimal;
}

// With an unknown right side it is not decided which of them it is, so the operator is found, and
// the mistake is reported once the right side is known.
macro_rules! never_compared {
    ($($t:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl ComparedByMethods for $t {
            type Is = ();
            fn never() {}
        }
    )*};
}
never_compared!((Never,), ([Never; 0],));

/// An expression is no list and no map.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "an expression has no `[…]`: an item of an array is `.index(0)`, a key of JSON `.key(\"color\")`, a part `.slice(0..5)`",
    label = "not a list"
)]
pub trait TakenByIndex {
    /// Nothing: what is there is open, so that the calls around it give no errors.
    type Is;
    /// A value that is not there.
    fn never<'a>(self) -> &'a Self::Is;
}

macro_rules! never_indexed {
    ($($never:ident)*) => {$(
        enum $never {}
        #[diagnostic::do_not_recommend]
        impl TakenByIndex for ($never,) {
            type Is = ();
            fn never<'a>(self) -> &'a () {
                match self.0 {}
            }
        }
    )*};
}
never_indexed!(NoPlace NorThis);

macro_rules! never_joined {
    ($($mistake:ident: $($t:ty),*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl $mistake for $t {
            type Is = ();
            fn never() {}
        }
    )*)*};
}
never_joined! {
    ComparedRelation: (Never,), ([Never; 0],);
    AssignedByTuple: (Never,), ([Never; 0],);
}

macro_rules! operators_that_are_none {
    ($($operator:ident $method:ident)*) => {$(
        #[doc(hidden)]
        #[rustfmt::skip]
        impl<M: Model, R: Model, K: Cardinality, U> $operator<U> for Fields<M, R, K>
        where (U,): ComparedRelation {
            type Output = Q<R>;
            fn $method(self, _: U) -> Q<R> {
                Expr::from_node(Node::Bool(true))
            }
        }

        #[doc(hidden)]
        #[rustfmt::skip]
        impl<R, U> $operator<U> for Assignment<R> where (U,): AssignedByTuple {
            type Output = Self;
            fn $method(self, _: U) -> Self {
                self
            }
        }
    )*};
}
operators_that_are_none!(BitAnd bitand BitOr bitor);

#[doc(hidden)]
impl<M: Model, R: Model, K: Cardinality> Not for Fields<M, R, K> {
    type Output = NoCondition<R>;
    fn not(self) -> NoCondition<R> {
        NoCondition(PhantomData)
    }
}

/// A relation that is negated, as if it was a condition.
#[doc(hidden)]
pub struct NoCondition<R>(PhantomData<R>);

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
impl<R, T, K, I> Index<I> for Expr<R, T, K> where (I,): TakenByIndex {
    type Output = <(I,) as TakenByIndex>::Is;
    fn index(&self, place: I) -> &Self::Output {
        (place,).never()
    }
}

/// A condition in the parentheses of a `Q`.
#[doc(hidden)]
pub struct InQ(());

/// What other libraries put around a condition.
#[doc(hidden)]
#[allow(non_snake_case)]
pub fn Q<A>(_: A) -> InQ {
    InQ(())
}

macro_rules! no_conditions {
    ($($why:ident: $bound:ident, $([$($generics:tt)*] $ty:ty),*;)*) => {$(
        #[doc(hidden)]
        pub struct $why<R>(PhantomData<R>);
        impl<R> Fitting for $why<R> where (R,): $bound {}
        $(
            #[diagnostic::do_not_recommend]
            impl<$($generics)*> ConditionLike for $ty {
                type Is<R> = $why<R>;
                type Null = NotNull;
                fn condition(self) -> Node {
                    Node::Bool(true)
                }
            }
        )*
    )*};
}
no_conditions! {
    Missing: AlwaysThere, [C] Option<C>;
    List: JoinedFromList, [C] Vec<C>, [C, const N: usize] [C; N];
    Tuple: JoinedFromTuple, [A, B] (A, B), [A, B, C] (A, B, C), [A, B, C, D] (A, B, C, D);
    OfRust: KnownByTheDatabase, [] bool;
    Plain: MadeOfFields, [] &str, [] (), [] String;
    Related: TestedForRows, [M: Model, P: Model, K: Cardinality] Fields<M, P, K>,
        [P] NoCondition<P>;
    Named: StandsAsItIs, [] InQ;
    Unended: EndedByOtherwise, [P, T, N] Case<P, T, N>;
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

/// What stands for a `Decimal`: whole numbers, and text. Floats have a sentence.
///
/// It is a trait of its own, so that what is said of other columns does not speak of it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a `Decimal`",
    label = "expected a `Decimal`, a whole number, a text, or an expression that holds one",
    note = "numbers keep their exact type: convert the value, or `.cast::<…>()` the expression"
)]
pub trait StandsForDecimal {
    /// The value.
    fn into_decimal(self) -> Node;
}

macro_rules! whole_numbers {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl StandsForDecimal for $t {
            fn into_decimal(self) -> Node {
                Node::Value(Decimal::from(self).into_value(), Decimal::SQL_TYPE)
            }
        }
    )*};
}
whole_numbers!(i16 i32 i64);

macro_rules! texts {
    ($($t:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl StandsForDecimal for $t {
            fn into_decimal(self) -> Node {
                decimal_of(&self)
            }
        }
    )*};
}
texts!(&str String);

/// A number that is written as text. What a `Decimal` does not hold exactly, or what is no number,
/// is left to the server.
fn decimal_of(text: &str) -> Node {
    match Decimal::from_str_exact(text) {
        Ok(decimal) => Node::Value(decimal.into_value(), Decimal::SQL_TYPE),
        Err(_) => {
            let text = Node::Value(SqlValue::Text(text.to_owned()), SqlType::Text);
            Node::Cast(Box::new(text), Decimal::SQL_TYPE)
        }
    }
}

// Bounds without a parameter would be looked at here already. There is no other float: of two, a
// literal would be neither.
#[rustfmt::skip]
impl StandsForDecimal for f64 where for<'a> (&'a (),): ExactDecimal {
    fn into_decimal(self) -> Node {
        Node::null()
    }
}

impl<R, V: StandsForDecimal> Beside<Decimal, R> for V {
    type Null = NotNull;
    fn beside(self) -> Node {
        self.into_decimal()
    }
}

impl<R, V: StandsForDecimal> Operand<Decimal, R> for V {
    type Holds = Decimal;
    type Null = NotNull;
    fn operand(self) -> Node {
        self.into_decimal()
    }
}
