//! What can stand beside an expression: values, other expressions, paths.

use super::condition::{Hosts, Same};
use super::{Expr, NullOf};
use crate::column::{CiText, Column, Ltree, NotNull, Null, Nullness};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::value::SqlValue;
use rust_decimal::Decimal;

/// What can be compared with an expression that holds a `T`, over the rows of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with, or assigned to, what holds `{T}`",
    label = "takes `{T}`, or an expression over `{R}` that holds it",
    note = "types are exact: convert numbers, parse texts, own what is in an `Option` (`.cloned()`, `.map(str::to_owned)`), \
            or `.cast::<…>()` the expression; a column of the query around this one is `outer_ref(…)`"
)]
pub trait IntoExpr<T: Column, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn into_node(self) -> Node;
}

/// There is no other implementation: the message about what has none is shorter then.
impl<T: Column, R, V: Beside<T, R>> IntoExpr<T, R> for V {
    type Null = V::Null;
    fn into_node(self) -> Node {
        self.beside()
    }
}

/// What [`IntoExpr`] is implemented for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with, or assigned to, what holds `{T}`",
    label = "takes `{T}`, or an expression over `{R}` that holds it",
    note = "types are exact: convert numbers, parse texts, own what is in an `Option` (`.cloned()`, `.map(str::to_owned)`), \
            or `.cast::<…>()` the expression; a column of the query around this one is `outer_ref(…)`"
)]
#[doc(hidden)]
pub trait Beside<T: Column, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn beside(self) -> Node;
}

/// A value as a parameter.
fn bind<T: Column>(value: SqlValue) -> Node {
    Node::Value(value, T::SQL_TYPE)
}

#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, R> Beside<T, R> for T {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind::<T>(self.into_value())
    }
}

/// Loop variables: a reference to what can be copied, or to text.
#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, R> Beside<T, R> for &T {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind::<T>(self.to_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, R> Beside<T, R> for Option<T> {
    type Null = Null;
    fn beside(self) -> Node {
        bind::<T>(self.into_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, R> Beside<T, R> for &Option<T> {
    type Null = Null;
    fn beside(self) -> Node {
        bind::<T>(self.to_value())
    }
}

macro_rules! texts {
    ($($held:ty: $($text:ty),*;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<R> Beside<$held, R> for $text {
            type Null = NotNull;
            fn beside(self) -> Node {
                bind::<$held>(SqlValue::Text(self.to_string()))
            }
        }
    )*)*};
}
texts! {
    String: &str, &&str, std::borrow::Cow<'_, str>;
    CiText: &str, &&str, String, &String;
    Ltree: &str, &&str, String, &String;
}

#[diagnostic::do_not_recommend]
impl<R> Beside<Vec<u8>, R> for &[u8] {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind::<Vec<u8>>(SqlValue::Bytes(self.to_vec()))
    }
}

/// Whole numbers as a person writes them, beside the exact type.
#[diagnostic::do_not_recommend]
impl<R> Beside<f64, R> for i32 {
    type Null = NotNull;
    fn beside(self) -> Node {
        bind::<f64>(SqlValue::F64(self.into()))
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: Column, U: Column, K: Cardinality> Beside<T, R> for Expr<R, U, K>
where
    U::Inner: Fits<T>,
{
    type Null = NullOf<U, K>;
    fn beside(self) -> Node {
        self.node
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: Column, U: Column, K: Cardinality> Beside<T, R> for &Expr<R, U, K>
where
    U::Inner: Fits<T>,
{
    type Null = NullOf<U, K>;
    fn beside(self) -> Node {
        self.node.clone()
    }
}

/// Expressions of this type can stand where those of `T` are asked for: each type for itself, and
/// numbers for wider ones, in which the server compares and calculates.
#[diagnostic::on_unimplemented(
    message = "an expression that holds `{Self}` cannot stand where `{T}` is asked for",
    label = "expected an expression that holds `{T}`",
    note = "numbers widen, so the wider one goes to the left: `big().gt(small())`",
    note = "or convert one of them: `.cast::<…>()`"
)]
pub trait Fits<T> {}
impl<T: Column> Fits<T> for T {}

macro_rules! widening {
    ($($from:ty => $($to:ty),+;)*) => { $($(impl Fits<$to> for $from {})+)* };
}
widening! {
    i16 => i32, i64, f64, Decimal;
    i32 => i64, f64, Decimal;
    i64 => Decimal;
    f32 => f64;
}

/// A value where no column fixes the type: each Rust type has one SQL type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression over `{R}`, nor a value",
    label = "expected an expression over `{R}`, or a value"
)]
pub trait AsExpr<R> {
    /// What it holds, an `Option` where it can be NULL.
    type Ty: Column;
    /// What it holds where it is not NULL: of a literal the literal itself, whose type then follows
    /// from what stands beside it.
    type Inner: Column<Inner = Self::Inner, Null = NotNull>;
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    #[allow(clippy::wrong_self_convention)]
    fn as_node(self) -> Node;
}

impl<R, S, T: Column, K: Cardinality> AsExpr<R> for Expr<S, T, K>
where
    Same: Hosts<S, R>,
{
    type Ty = super::SelectedAs<T, K>;
    type Inner = T::Inner;
    type Null = NullOf<T, K>;
    fn as_node(self) -> Node {
        self.node
    }
}

impl<R, S, T: Column, K: Cardinality> AsExpr<R> for &Expr<S, T, K>
where
    Same: Hosts<S, R>,
{
    type Ty = super::SelectedAs<T, K>;
    type Inner = T::Inner;
    type Null = NullOf<T, K>;
    fn as_node(self) -> Node {
        self.node.clone()
    }
}

/// A value of any column type: an own one is as good as `i32`.
#[diagnostic::do_not_recommend]
impl<R, T: Column<Inner = T, Null = NotNull>> AsExpr<R> for T {
    type Ty = T;
    type Inner = T;
    type Null = NotNull;
    fn as_node(self) -> Node {
        bind::<T>(self.into_value())
    }
}

impl<R> AsExpr<R> for &String {
    type Ty = String;
    type Inner = String;
    type Null = NotNull;
    fn as_node(self) -> Node {
        bind::<String>(self.to_value())
    }
}

impl<R, T: Column<Inner = T, Null = NotNull>> AsExpr<R> for Option<T> {
    type Ty = Option<T>;
    type Inner = T;
    type Null = Null;
    fn as_node(self) -> Node {
        bind::<T>(self.into_value())
    }
}

impl<R> AsExpr<R> for &str {
    type Ty = String;
    type Inner = String;
    type Null = NotNull;
    fn as_node(self) -> Node {
        bind::<String>(SqlValue::Text(self.to_owned()))
    }
}

/// Makes an expression of a value, where none is at hand to compare it with.
///
/// ```
/// # use orm_doctest::*;
/// let values = Book::objects().values(|b| value(1000) - b.pages());
/// assert_sql!(values, "SELECT ($1 - t0.pages) FROM book AS t0");
/// ```
pub fn value<R, X: AsExpr<R>>(value: X) -> Expr<R, X::Ty> {
    Expr::from_node(value.as_node())
}
