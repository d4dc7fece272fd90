//! Ranges.

use super::into_expr::Beside;
use super::{Expr, IntoExpr, Like, Lookup, LowerUpper};
use crate::column::{Column, Multirange, NotNull, Nullness, Range, RangeItem};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use std::ops;

/// Columns that hold a range, or ranges with gaps between them.
#[diagnostic::on_unimplemented(
    message = "this needs a range, but the expression holds `{Self}`",
    label = "not a range",
    note = "range columns are `orm::Range<T>` of `i32`, `i64`, `Decimal`, `NaiveDate`, `NaiveDateTime` \
            and `DateTime<Utc>`"
)]
pub trait AnyRange: Column<Inner = Self, Null = NotNull> {
    /// What its bounds hold.
    type Item: RangeItem;
}

impl<T: RangeItem> AnyRange for Range<T> {
    type Item = T;
}

/// The bounds: NULL where there is none.
#[diagnostic::do_not_recommend]
impl<T: RangeItem> LowerUpper for Range<T> {
    type Out = Option<T>;
    const LOWER: &'static Template = &LOWER;
    const UPPER: &'static Template = &UPPER;
}

static LOWER: Template = Template::partial("LOWER({})");
static UPPER: Template = Template::partial("UPPER({})");

/// The standard ranges are values of range columns: `during().overlap(from..to)`.
macro_rules! standard_ranges {
    ($($range:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: RangeItem, R> Beside<Range<T>, R> for $range {
            type Null = NotNull;
            fn beside(self) -> Node {
                Node::Value(Range::from(self).into_value(), Range::<T>::SQL_TYPE)
            }
        }
        impl<T: RangeItem, R> PointOrRange<T, R> for $range {
            type Null = NotNull;
            fn into_node(self) -> Node {
                IntoExpr::<Range<T>, R>::into_node(self)
            }
        }
    )*};
}
standard_ranges!(ops::Range<T>, ops::RangeInclusive<T>, ops::RangeFrom<T>, ops::RangeTo<T>);
standard_ranges!(ops::RangeToInclusive<T>);

/// A point or a range of `T`s.
#[diagnostic::on_unimplemented(
    message = "a range of `{T}` contains no `{Self}`",
    label = "expected a `{T}`, a range of it, or an expression of one of the two over `{R}`"
)]
pub trait PointOrRange<T, R> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn into_node(self) -> Node;
}

macro_rules! values {
    ($($value:ty: $column:ty;)*) => {$(
        impl<T: RangeItem, R> PointOrRange<T, R> for $value {
            type Null = NotNull;
            fn into_node(self) -> Node {
                Node::Value(self.to_value(), <$column>::SQL_TYPE)
            }
        }
    )*};
}
values! {
    T: T;
    &T: T;
    Range<T>: Range<T>;
    &Range<T>: Range<T>;
    Multirange<T>: Multirange<T>;
    &Multirange<T>: Multirange<T>;
}

/// What an expression must hold to be contained in a range of `T`.
#[diagnostic::on_unimplemented(
    message = "a range of `{T}` contains no `{Self}`",
    label = "expected a `{T}` or a range of it"
)]
pub trait InRange<T>: Column {}
impl<T: RangeItem> InRange<T> for T {}
impl<T: RangeItem> InRange<T> for Range<T> {}
impl<T: RangeItem> InRange<T> for Multirange<T> {}

macro_rules! expressions {
    ($($expr:ty),*) => {$(
        impl<T, R, U: Column, K: Cardinality> PointOrRange<T, R> for $expr
        where
            U::Inner: InRange<T>,
        {
            type Null = super::NullOf<U, K>;
            fn into_node(self) -> Node {
                self.node().clone()
            }
        }
    )*};
}
expressions!(Expr<R, U, K>, &Expr<R, U, K>);

/// Lookups that compare a range with another.
macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident $operator:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<T::Inner, R>>(&self, range: V) -> Lookup<R, T, K, V::Null>
                where
                    T::Inner: AnyRange,
                {
                    self.operator($operator, range.into_node())
                }
            )*
        }
    };
}
lookups! {
    /// All of it is before another range: `during << $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().fully_lt(10..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines << $1");
    /// ```
    fully_lt "<<";
    /// All of it is after another range: `during >> $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().fully_gt(10..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines >> $1");
    /// ```
    fully_gt ">>";
    /// None of it is before another range: `during &> $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().not_lt(10..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines &> $1");
    /// ```
    not_lt "&>";
    /// None of it is after another range: `during &< $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().not_gt(10..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines &< $1");
    /// ```
    not_gt "&<";
    /// It ends where another range begins, or the other way round: `during -|- $1`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().adjacent_to(10..20));
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE t0.lines -|- $1");
    /// ```
    adjacent_to "-|-";
}

/// Conditions on a range alone.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name(&self) -> Expr<R, Like<T, K, bool>>
                where
                    T::Inner: AnyRange,
                {
                    static SQL: Template = Template::new($sql);
                    self.apply(&SQL)
                }
            )*
        }
    };
}
functions! {
    /// There is nothing in it: `ISEMPTY(during)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().is_empty());
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE ISEMPTY(t0.lines)");
    /// ```
    is_empty "ISEMPTY({})";
    /// The lower bound belongs to it: `LOWER_INC(during)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().lower_inc());
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE LOWER_INC(t0.lines)");
    /// ```
    lower_inc "LOWER_INC({})";
    /// It has no lower bound: `LOWER_INF(during)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().lower_inf());
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE LOWER_INF(t0.lines)");
    /// ```
    lower_inf "LOWER_INF({})";
    /// The upper bound belongs to it: `UPPER_INC(during)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().upper_inc());
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE UPPER_INC(t0.lines)");
    /// ```
    upper_inc "UPPER_INC({})";
    /// It has no upper bound: `UPPER_INF(during)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let scans = Scan::objects().filter(|s| s.lines().upper_inf());
    /// assert_sql!(scans, "SELECT … FROM scan AS t0 WHERE UPPER_INF(t0.lines)");
    /// ```
    upper_inf "UPPER_INF({})";
}
