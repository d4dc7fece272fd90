//! `+ - * / %`, the sign, and the operations on bits.

use super::arithmetic::*;
use super::{Applied, Either, Expr, Integer, IntoExpr, Like, NullOf};
use crate::column::Column;
use crate::ir::Node;
use crate::model::Cardinality;
use chrono::TimeDelta;
use orm_sql::ast::Template;
use orm_sql::value::Interval;
use rust_decimal::Decimal;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

macro_rules! operators {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl<R, T: Column, K: Cardinality, V: Operand<T::Inner, R>> $trait<V> for Expr<R, T, K>
        where
            T::Inner: Arithmetic<$op, V::Holds>,
        {
            type Output = Calculated<R, T, K, V, $op>;
            fn $method(self, right: V) -> Self::Output {
                Expr::from_node(calculate::<T::Inner, R, V, $op>(self.into_node(), right))
            }
        }
        impl<R, T: Column, K: Cardinality, V: Operand<T::Inner, R>> $trait<V> for &Expr<R, T, K>
        where
            T::Inner: Arithmetic<$op, V::Holds>,
        {
            type Output = Calculated<R, T, K, V, $op>;
            fn $method(self, right: V) -> Self::Output {
                Expr::from_node(calculate::<T::Inner, R, V, $op>(self.node().clone(), right))
            }
        }
    )*};
}
operators! {
    Add add Addition;
    Sub sub Subtraction;
    Mul mul Multiplication;
    Div div Division;
    Rem rem Remainder;
}

/// What an operation gives.
pub type Calculated<R, T, K, V, Op> = Expr<
    R,
    Either<
        NullOf<T, K>,
        <V as Operand<<T as Column>::Inner, R>>::Null,
        <<T as Column>::Inner as Arithmetic<Op, HeldBy<V, T, R>>>::Out,
    >,
>;

/// What the right side of an operation holds.
pub type HeldBy<V, T, R> = <V as Operand<<T as Column>::Inner, R>>::Holds;

fn calculate<L, R, V, Op>(left: Node, right: V) -> Node
where
    V: Operand<L, R>,
    Op: Operation,
    L: Arithmetic<Op, V::Holds>,
{
    let sql = L::SQL.unwrap_or(Op::SQL);
    match L::MOMENT {
        Some(moment) => exact(sql, [left, right.operand()], moment),
        None => Node::template(sql, vec![left, right.operand()]),
    }
}

/// What has a sign.
#[diagnostic::on_unimplemented(
    message = "`-` needs a number or a duration, but this holds `{Self}`",
    label = "neither a number nor a duration",
    note = "to order from the last to the first: `.desc()`"
)]
pub trait Signed: Column {}

macro_rules! signed {
    ($($t:ty)*) => { $(impl Signed for $t {})* };
}
signed!(i16 i32 i64 f32 f64 Decimal TimeDelta Interval);

static NEGATIVE: Template = Template::new("(-{})");

impl<R, T: Column, K: Cardinality> Neg for Expr<R, T, K>
where
    T::Inner: Signed,
{
    type Output = Expr<R, Like<T, K, T::Inner>>;
    fn neg(self) -> Self::Output {
        self.apply(&NEGATIVE)
    }
}

impl<R, T: Column, K: Cardinality> Neg for &Expr<R, T, K>
where
    T::Inner: Signed,
{
    type Output = Expr<R, Like<T, K, T::Inner>>;
    fn neg(self) -> Self::Output {
        self.apply(&NEGATIVE)
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $op:ident;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V>(&self, right: V) -> Calculated<R, T, K, V, $op>
                where
                    V: Operand<T::Inner, R>,
                    T::Inner: Arithmetic<$op, V::Holds>,
                {
                    let node = calculate::<T::Inner, R, V, $op>(self.node().clone(), right);
                    Expr::from_node(node)
                }
            )*
        }
    };
}
methods! {
    /// The bits that are set in both: `flags & $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().bitand(4));
    /// assert_sql!(values, "SELECT (t0.flags & $1) FROM scan AS t0");
    /// ```
    bitand BitAnd;
    /// The bits that are set in either: `flags | $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().bitor(4));
    /// assert_sql!(values, "SELECT (t0.flags | $1) FROM scan AS t0");
    /// ```
    bitor BitOr;
    /// The bits that are set in one of the two: `flags # $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().bitxor(4));
    /// assert_sql!(values, "SELECT (t0.flags # $1) FROM scan AS t0");
    /// ```
    bitxor BitXor;
    /// What is left after a division: `pages % $1`. PostgreSQL has that of exact numbers; floats are
    /// made such.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().modulo(0.5));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(MOD(CAST(t0.x AS numeric), CAST($1 AS numeric)) AS double precision) FROM scan
    ///      AS t0"
    /// );
    /// let values = Book::objects().values(|b| b.pages().modulo(16));
    /// assert_sql!(values, "SELECT (t0.pages % $1) FROM book AS t0");
    /// ```
    modulo Remainder;
}

static SHIFT_LEFT: Template = Template::new("({} << {})");
static SHIFT_RIGHT: Template = Template::new("({} >> {})");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The bits moved to the left: `flags << $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().shift_left(2));
    /// assert_sql!(values, "SELECT (t0.flags << $1) FROM scan AS t0");
    /// ```
    pub fn shift_left<V: IntoExpr<i32, R>>(&self, bits: V) -> Applied<R, T, K, V::Null, T::Inner>
    where
        T::Inner: Integer,
    {
        self.apply_to(&SHIFT_LEFT, [bits.into_node()])
    }

    /// The bits moved to the right: `flags >> $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().shift_right(2));
    /// assert_sql!(values, "SELECT (t0.flags >> $1) FROM scan AS t0");
    /// ```
    pub fn shift_right<V: IntoExpr<i32, R>>(&self, bits: V) -> Applied<R, T, K, V::Null, T::Inner>
    where
        T::Inner: Integer,
    {
        self.apply_to(&SHIFT_RIGHT, [bits.into_node()])
    }
}
