//! Mistakes with a sentence of their own: what is given in place of a condition, operators of Rust
//! between expressions, names that lookups have elsewhere.
//!
//! Each is an implementation, or a method, with a bound that never holds. The compiler then reports
//! the bound, whose `on_unimplemented` says what to do. Where nothing else can be chosen, the bound
//! is on a tuple of a type parameter: of a bound on the type itself the sentence is not shown.

use super::arithmetic::{Never, Operand};
use super::condition::{ConditionLike, Fitting};
use super::into_expr::Beside;
use super::{Case, Expr, Q};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::{Cardinality, Fields, Model};
use orm_sql::value::{SqlType, SqlValue};
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr};

macro_rules! mistakes {
    ($($(#[$attr:meta])* $name:ident;)*) => {$(
        $(#[$attr])*
        #[doc(hidden)]
        pub trait $name {
            /// Nothing: what a call gives is open, so that the calls around it give no errors.
            type Is;
            /// Cannot be called.
            fn never() -> Self::Is;
        }
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
        message = "this lookup has another name: `gte`, `lte`, `ne`, `in_([…])`, `range(a..=b)`, `isnull(true)`, `contains`, `startswith`, `endswith`, `regex`",
        label = "not a lookup",
        note = "`like(\"%x%\")` is `contains(\"x\")`, `ilike` is `icontains`, and `!` negates a condition"
    )]
    AnotherName;

    #[diagnostic::on_unimplemented(
        message = "conditions are joined by `&`, `|` and `^`, and negated by `!`",
        label = "not a method",
        note = "`b.pages().gt(100) & !b.in_print()`"
    )]
    JoinedByOperators;

    #[diagnostic::on_unimplemented(
        message = "this function has another name: `lower`, `upper`, `ltrim`, `rtrim`, `length`, `substr`, `avg`, `asc`, `desc`, `count().distinct()`",
        label = "not a function",
        note = "a text is empty where `.eq(\"\")`; what is no text becomes one by `.cast::<String>()`"
    )]
    AnotherFunction;

    #[diagnostic::on_unimplemented(
        message = "expressions have no names: give their values names by `row!(Card {{ title: b.title() }})`, and keep a closure to use one again",
        label = "not named"
    )]
    NamedByRow;

    #[diagnostic::on_unimplemented(
        message = "an expression is no value yet: the database has it",
        label = "not known here",
        note = "`coalesce((b.subtitle(), \"\"))` gives another in place of NULL; the rows of `.values(|b| …)` have the values"
    )]
    NotAValue;

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
    Related: TestedForRows, [M: Model, P: Model, K: Cardinality] Fields<M, P, K>;
    Unended: EndedByOtherwise, [P, T] Case<P, T>;
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

macro_rules! named_otherwise {
    ($($mistake:ident: $($name:ident($($arg:ident),*))*;)*) => {
        /// Names of other libraries. They take `&mut self`, so that methods of the same name that users
        /// give to expressions come first.
        #[doc(hidden)]
        #[allow(missing_docs, clippy::should_implement_trait, clippy::wrong_self_convention)]
        pub trait ExprMistakes<R>: Sized {$($(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(R,) as $mistake>::Is
            where
                (R,): $mistake,
            {
                <(R,)>::never()
            }
        )*)*}
        impl<R, T, K> ExprMistakes<R> for Expr<R, T, K> {}
    };
}
named_otherwise! {
    AnotherName: not_eq(A) is_in(A) between(A, B) like(A) ilike(A) is_null() is_not_null() is_none()
        is_some() starts_with(A) ends_with(A) equals(A) not_equals(A) eq_any(A) ne_all(A) any(A)
        one_of(A) not_in(A) greater_than(A) less_than(A) matches(A) similar_to(A) includes(A);
    JoinedByOperators: and(A) or(A) not() xor(A) and_not(A) or_not(A);
    AnotherFunction: to_lowercase() to_uppercase() to_lower() to_upper() trim_start() trim_end()
        average() mean() ascending() descending() distinct_count() substring(A, B);
    NamedByRow: alias(A) label(A) as_(A) named(A);
    NotAValue: unwrap() expect(A) unwrap_or_default() map(A) iter() into_iter();
}

/// By reference, as those of `PartialOrd` would come first.
#[doc(hidden)]
impl<R, T, K> Expr<R, T, K> {
    pub fn ge<V>(&self, _: V) -> Q<R>
    where
        (R,): AnotherName,
    {
        Expr::from_node(Node::Bool(true))
    }
    pub fn le<V>(&self, _: V) -> Q<R>
    where
        (R,): AnotherName,
    {
        Expr::from_node(Node::Bool(true))
    }
}

macro_rules! unended {
    ($($name:ident($($arg:ident),*))*) => {
        /// What is asked of a `case` that has no end.
        #[doc(hidden)]
        #[allow(missing_docs)]
        pub trait CaseMistakes<R>: Sized {$(
            fn $name<$($arg),*>(&mut self $(, _: $arg)*) -> <(R,) as EndedByOtherwise>::Is
            where
                (R,): EndedByOtherwise,
            {
                <(R,)>::never()
            }
        )*}
        impl<R, T> CaseMistakes<R> for Case<R, T> {}
    };
}
unended! {
    eq(A) ne(A) gt(A) gte(A) lt(A) lte(A) in_(A) range(A) isnull(A) asc() desc() sum() avg() min()
    max() count() cast() q()
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
