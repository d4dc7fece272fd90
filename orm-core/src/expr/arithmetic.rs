//! Which types go together in a calculation, and what comes out.

use super::{Expr, NullOf};
use crate::column::{Column, NotNull, Nullness};
use crate::ir::Node;
use crate::model::Cardinality;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_sql::ast::Template;
use orm_sql::value::{Interval, SqlValue};
use rust_decimal::Decimal;

/// What can stand to the right of an operator whose left side holds an `L`, over the rows of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be added to, or calculated with, an expression that holds `{L}`",
    label = "expected a number or a duration that goes with `{L}`, or an expression over `{R}`",
    note = "numbers keep their exact type: convert the value, or `.cast::<…>()` the expression",
    note = "text is put together by `concat((a, b))`"
)]
pub trait Operand<L, R> {
    /// What it holds.
    type Holds;
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The untyped expression.
    fn operand(self) -> Node;
}

#[diagnostic::do_not_recommend]
impl<L, R, T: Column, K: Cardinality> Operand<L, R> for Expr<R, T, K> {
    type Holds = T::Inner;
    type Null = NullOf<T, K>;
    fn operand(self) -> Node {
        self.into_node()
    }
}

#[diagnostic::do_not_recommend]
impl<L, R, T: Column, K: Cardinality> Operand<L, R> for &Expr<R, T, K> {
    type Holds = T::Inner;
    type Null = NullOf<T, K>;
    fn operand(self) -> Node {
        self.node().clone()
    }
}

/// Values and what they count as: beside each type exactly one for whole numbers, so that a
/// literal has its type at once.
macro_rules! operands {
    ($($left:ty: $($value:ty),+;)*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<R> Operand<$left, R> for $value {
            type Holds = $value;
            type Null = NotNull;
            fn operand(self) -> Node {
                Node::Value(self.into_value(), <$value as Column>::SQL_TYPE)
            }
        }
    )+)*};
}
operands! {
    i16: i16, Decimal, f64;
    i32: i32, Decimal, f64, TimeDelta, Interval;
    i64: i64, Decimal, f64;
    f32: f32;
    f64: f64, i32, TimeDelta, Interval;
    Decimal: Decimal;
    NaiveDate: NaiveDate, TimeDelta, Interval;
    NaiveTime: NaiveTime, TimeDelta, Interval;
    NaiveDateTime: NaiveDateTime, TimeDelta, Interval;
    DateTime<Utc>: DateTime<Utc>, TimeDelta, Interval;
    TimeDelta: TimeDelta, Interval, i32, f64, NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>;
    Interval: Interval, TimeDelta, i32, f64, NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>;
}

/// Whole numbers of any size, where they are taken as a `Decimal`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a whole number nor a `Decimal`",
    label = "expected a whole number, a `Decimal` or an expression",
    note = "numbers keep their exact type: convert the value, or `.cast::<…>()` the expression"
)]
pub trait WholeNumber: Into<Decimal> + Into<serde_json::Value> {}
#[diagnostic::do_not_recommend]
impl WholeNumber for i16 {}
#[diagnostic::do_not_recommend]
impl WholeNumber for i32 {}
#[diagnostic::do_not_recommend]
impl WholeNumber for i64 {}

/// `Self` and `B` can be put together by the operation `Op`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` and `{B}` do not go together in a `{Op}`",
    label = "no such operation of these types",
    note = "`Decimal` and floats do not mix: `.cast::<…>()` one of them",
    note = "text is put together by `concat((a, b))`"
)]
pub trait Arithmetic<Op, B> {
    /// What the result holds.
    type Out: Column<Inner = Self::Out, Null = NotNull>;
    /// The SQL where it is not that of the operation.
    #[doc(hidden)]
    const SQL: Option<&'static Template> = None;
    /// The side that is a moment to which a duration is added, or from which it is taken.
    #[doc(hidden)]
    const MOMENT: Option<Side> = None;
}

/// A side of an operator.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Left,
    /// Behind it.
    Right,
}

static AT_UTC: Template = Template::new("({} AT TIME ZONE 'UTC')");

/// A calculation with a moment and a duration. An interval of days follows the calendar of the
/// session's time zone, where not all have 24 hours; a duration has nothing to do with it. So a value
/// travels in microseconds, and anything else is calculated in UTC.
pub(super) fn exact(sql: &'static Template, sides: [Node; 2], moment: Side) -> Node {
    let [left, right] = sides;
    let (moment_node, duration) = match moment {
        Side::Left => (left, right),
        Side::Right => (right, left),
    };
    let in_order = |moment_node, duration| match moment {
        Side::Left => vec![moment_node, duration],
        Side::Right => vec![duration, moment_node],
    };
    if let Node::Value(value, sql_type) = duration {
        let value = Node::Value(in_microseconds(value), sql_type);
        return Node::template(sql, in_order(moment_node, value));
    }
    let local = Node::template(&AT_UTC, vec![moment_node]);
    Node::template(&AT_UTC, vec![Node::template(sql, in_order(local, duration))])
}

/// A duration without days, where there is room for it.
fn in_microseconds(value: SqlValue) -> SqlValue {
    let SqlValue::Interval(interval) = value else { return value };
    match interval.duration().and_then(|exact| exact.num_microseconds()) {
        Some(microseconds) => SqlValue::Interval(Interval::microseconds(microseconds)),
        None => value,
    }
}

/// Nothing holds this. Were there types with no impl of [`Arithmetic`], or with just one, the
/// compiler would reject an operator on them in its own words instead of ours.
#[doc(hidden)]
#[derive(Debug)]
pub enum Never {}

#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, Op> Arithmetic<Op, Never> for T {
    type Out = T;
}
#[diagnostic::do_not_recommend]
impl<T: Column<Inner = T, Null = NotNull>, Op> Arithmetic<Op, [Never; 0]> for T {
    type Out = T;
}

/// An operation, with its SQL.
pub trait Operation {
    /// The two sides and what stands between them.
    const SQL: &'static Template;
}

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Operation for $name {
            const SQL: &'static Template = {
                static SQL: Template = Template::new($sql);
                &SQL
            };
        }
    )*};
}
operations! {
    /// `+`
    Addition "({} + {})";
    /// `-`
    Subtraction "({} - {})";
    /// `*`
    Multiplication "({} * {})";
    /// `/`; of two whole numbers a whole one, as in PostgreSQL.
    Division "({} / {})";
    /// `%`
    Remainder "({} % {})";
    /// The bits that are set in both.
    BitAnd "({} & {})";
    /// The bits that are set in either.
    BitOr "({} | {})";
    /// The bits that are set in one of the two.
    BitXor "({} # {})";
}

/// The operations of whole numbers; of exact numbers; of all numbers.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $($op:ident)+;)*) => {$(
        $(#[$doc])*
        #[diagnostic::on_unimplemented(
            message = "these numbers have no `{Self}`",
            label = "no such operation of these types",
            note = "bits are for whole numbers: `.cast::<…>()`"
        )]
        pub trait $kind: Operation {}
        $(impl $kind for $op {})+
    )*};
}
kinds! {
    /// Operations that all numbers have.
    OfNumbers: Addition Subtraction Multiplication Division;
    /// Operations that exact numbers have.
    OfDecimals: Addition Subtraction Multiplication Division Remainder;
    /// Operations that whole numbers have.
    OfIntegers: Addition Subtraction Multiplication Division Remainder BitAnd BitOr BitXor;
}

/// The type that two numbers meet in, as PostgreSQL has it.
macro_rules! numbers {
    ($($kind:ident { $($a:ty, $b:ty => $out:ty;)+ })*) => {$($(
        #[diagnostic::do_not_recommend]
        impl<O: $kind> Arithmetic<O, $b> for $a {
            type Out = $out;
        }
    )+)*};
}
numbers! {
    OfIntegers {
    i16, i16 => i16; i16, i32 => i32; i16, i64 => i64;
    i32, i16 => i32; i32, i32 => i32; i32, i64 => i64;
    i64, i16 => i64; i64, i32 => i64; i64, i64 => i64;
    }

    OfDecimals {
    Decimal, Decimal => Decimal;
    Decimal, i16 => Decimal; Decimal, i32 => Decimal; Decimal, i64 => Decimal;
    i16, Decimal => Decimal; i32, Decimal => Decimal; i64, Decimal => Decimal;
    }

    OfNumbers {
    f64, f64 => f64; f64, f32 => f64; f64, i16 => f64; f64, i32 => f64; f64, i64 => f64;
    f32, f64 => f64; i16, f64 => f64; i32, f64 => f64; i64, f64 => f64;
    f32, f32 => f32; f32, i16 => f64; f32, i32 => f64; f32, i64 => f64;
    i16, f32 => f64; i32, f32 => f64; i64, f32 => f64;
    }
}

/// PostgreSQL has no remainder of floats: that of their exact values.
macro_rules! remainders {
    ($($a:ty, $b:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Arithmetic<Remainder, $b> for $a {
            type Out = f64;
            const SQL: Option<&'static Template> = Some(&REMAINDER);
        }
    )*};
}
static REMAINDER: Template =
    Template::new("CAST(MOD(CAST({} AS numeric), CAST({} AS numeric)) AS double precision)");
remainders! {
    f64, f64; f64, f32; f64, i16; f64, i32; f64, i64;
    f32, f64; f32, f32; f32, i16; f32, i32; f32, i64;
    i16, f64; i32, f64; i64, f64; i16, f32; i32, f32; i64, f32;
}

/// Dates, times and durations, with their SQL where PostgreSQL says it in another way.
macro_rules! times {
    ($($op:ident { $($a:ty, $b:ty => $out:ty $(, $sql:literal)? $(, moment $side:ident)?;)+ })*) => {$($(
        #[diagnostic::do_not_recommend]
        impl Arithmetic<$op, $b> for $a {
            type Out = $out;
            $(const SQL: Option<&'static Template> = {
                static SQL: Template = Template::new($sql);
                Some(&SQL)
            };)?
            $(const MOMENT: Option<Side> = Some(Side::$side);)?
        }
    )+)*};
}
times! {
    Addition {
        NaiveDate, TimeDelta => NaiveDateTime; NaiveDate, Interval => NaiveDateTime;
        NaiveTime, TimeDelta => NaiveTime; NaiveTime, Interval => NaiveTime;
        NaiveDateTime, TimeDelta => NaiveDateTime; NaiveDateTime, Interval => NaiveDateTime;
        DateTime<Utc>, TimeDelta => DateTime<Utc>, moment Left;
        DateTime<Utc>, Interval => DateTime<Utc>;
        TimeDelta, TimeDelta => TimeDelta; TimeDelta, Interval => Interval;
        TimeDelta, NaiveDate => NaiveDateTime; TimeDelta, NaiveTime => NaiveTime;
        TimeDelta, NaiveDateTime => NaiveDateTime;
        TimeDelta, DateTime<Utc> => DateTime<Utc>, moment Right;
        Interval, Interval => Interval; Interval, TimeDelta => Interval;
        Interval, NaiveDate => NaiveDateTime; Interval, NaiveTime => NaiveTime;
        Interval, NaiveDateTime => NaiveDateTime; Interval, DateTime<Utc> => DateTime<Utc>;
    }
    Subtraction {
        NaiveDate, NaiveDate => TimeDelta, "(interval '1 day' * ({} - {}))";
        NaiveTime, NaiveTime => TimeDelta;
        NaiveDateTime, NaiveDateTime => TimeDelta;
        DateTime<Utc>, DateTime<Utc> => TimeDelta;
        NaiveDate, TimeDelta => NaiveDateTime; NaiveDate, Interval => NaiveDateTime;
        NaiveTime, TimeDelta => NaiveTime; NaiveTime, Interval => NaiveTime;
        NaiveDateTime, TimeDelta => NaiveDateTime; NaiveDateTime, Interval => NaiveDateTime;
        DateTime<Utc>, TimeDelta => DateTime<Utc>, moment Left;
        DateTime<Utc>, Interval => DateTime<Utc>;
        TimeDelta, TimeDelta => TimeDelta; TimeDelta, Interval => Interval;
        Interval, Interval => Interval; Interval, TimeDelta => Interval;
    }
    Multiplication {
        TimeDelta, i32 => TimeDelta; TimeDelta, i64 => TimeDelta; TimeDelta, f64 => TimeDelta;
        i32, TimeDelta => TimeDelta; i64, TimeDelta => TimeDelta; f64, TimeDelta => TimeDelta;
        Interval, i32 => Interval; Interval, i64 => Interval; Interval, f64 => Interval;
        i32, Interval => Interval; i64, Interval => Interval; f64, Interval => Interval;
    }
    Division {
        TimeDelta, i32 => TimeDelta; TimeDelta, i64 => TimeDelta; TimeDelta, f64 => TimeDelta;
        Interval, i32 => Interval; Interval, i64 => Interval; Interval, f64 => Interval;
    }
}
