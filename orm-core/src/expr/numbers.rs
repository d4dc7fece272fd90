//! Functions of numbers.

use super::{Applied, Expr, IntoExpr, Like};
use crate::column::{Column, NotNull};
use crate::ir::Node;
use crate::model::Cardinality;
use orm_sql::ast::Template;
use orm_sql::value::SqlType;
use rust_decimal::Decimal;

/// Numbers.
#[diagnostic::on_unimplemented(
    message = "this needs a number, but the expression holds `{Self}`",
    label = "not a number",
    note = "`.cast::<f64>()` makes a number of text; `.length()` is the number of its characters"
)]
pub trait Number: Column<Inner = Self, Null = NotNull> {
    /// What functions of real numbers give: `Decimal` for `Decimal`, else `f64`.
    type Real: Column<Inner = Self::Real, Null = NotNull>;
    /// What rounding gives: whole numbers stay what they are.
    type Rounded: Column<Inner = Self::Rounded, Null = NotNull>;
    /// Rounds to a number of places; PostgreSQL can do that to `numeric` only.
    #[doc(hidden)]
    const ROUND_TO: &'static Template;
    /// They are round already.
    #[doc(hidden)]
    const WHOLE: bool;
}

/// Whole numbers.
#[diagnostic::on_unimplemented(
    message = "this needs a whole number, but the expression holds `{Self}`",
    label = "not a whole number",
    note = "convert it by `.cast::<i64>()`"
)]
pub trait Integer: Number {}

macro_rules! numbers {
    ($($t:ty => $real:ty, $rounded:ty, $round_to:ident, $whole:literal;)*) => {
        $(
            #[diagnostic::do_not_recommend]
            impl Number for $t {
                type Real = $real;
                type Rounded = $rounded;
                const ROUND_TO: &'static Template = &$round_to;
                const WHOLE: bool = $whole;
            }
        )*
    };
}
numbers! {
    i16 => f64, i16, ROUND_SMALL, true;
    i32 => f64, i32, ROUND_INTEGER, true;
    i64 => f64, i64, ROUND_BIG, true;
    f32 => f64, f64, ROUND_FLOAT, false;
    f64 => f64, f64, ROUND_FLOAT, false;
    Decimal => Decimal, Decimal, ROUND_NUMERIC, false;
}

impl Integer for i16 {}
impl Integer for i32 {}
impl Integer for i64 {}

static ROUND_NUMERIC: Template = Template::new("ROUND({}, {})");
static ROUND_FLOAT: Template =
    Template::new("CAST(ROUND(CAST({} AS numeric), {}) AS double precision)");
static ROUND_SMALL: Template = Template::new("CAST(ROUND(CAST({} AS numeric), {}) AS smallint)");
static ROUND_INTEGER: Template = Template::new("CAST(ROUND(CAST({} AS numeric), {}) AS integer)");
static ROUND_BIG: Template = Template::new("CAST(ROUND(CAST({} AS numeric), {}) AS bigint)");

/// Functions of one number: bound, then what it gives as `same` type, as `real` or as a type.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] $out:tt;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(functions!(@one $(#[$doc])* $name $sql [$($bound)+] $out);)*
        }
    };
    (@one $(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] same) => {
        $(#[$doc])*
        pub fn $name(&self) -> Expr<R, Like<T, K, T::Inner>>
        where
            T::Inner: $($bound)+,
        {
            static SQL: Template = Template::new($sql);
            self.apply(&SQL)
        }
    };
    (@one $(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] S) => {
        $(#[$doc])*
        pub fn $name<S>(&self) -> Expr<R, Like<T, K, S>>
        where
            T::Inner: $($bound)+,
            S: Column<Inner = S, Null = NotNull>,
        {
            static SQL: Template = Template::new($sql);
            self.apply(&SQL)
        }
    };
    (@one $(#[$doc:meta])* $name:ident $sql:literal [$($bound:tt)+] $out:ident) => {
        $(#[$doc])*
        pub fn $name(&self) -> Expr<R, Like<T, K, $out>>
        where
            T::Inner: $($bound)+,
        {
            static SQL: Template = Template::new($sql);
            self.apply(&SQL)
        }
    };
}

functions! {
    /// Without its sign: `ABS(balance)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().abs());
    /// assert_sql!(values, "SELECT ABS(t0.x) FROM scan AS t0");
    /// ```
    abs "ABS({})" [Number] same;
    /// The square root: `SQRT(area)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().sqrt());
    /// assert_sql!(values, "SELECT SQRT(t0.x) FROM scan AS t0");
    /// ```
    sqrt "SQRT({})" [Number<Real = S>] S;
    /// e to the power of this: `EXP(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().exp());
    /// assert_sql!(values, "SELECT EXP(t0.x) FROM scan AS t0");
    /// ```
    exp "EXP({})" [Number<Real = S>] S;
    /// The natural logarithm: `LN(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().ln());
    /// assert_sql!(values, "SELECT LN(t0.x) FROM scan AS t0");
    /// ```
    ln "LN({})" [Number<Real = S>] S;
    /// The arc cosine: `ACOS(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().acos());
    /// assert_sql!(values, "SELECT ACOS(t0.x) FROM scan AS t0");
    /// ```
    acos "ACOS({})" [Number] f64;
    /// The arc sine: `ASIN(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().asin());
    /// assert_sql!(values, "SELECT ASIN(t0.x) FROM scan AS t0");
    /// ```
    asin "ASIN({})" [Number] f64;
    /// The arc tangent: `ATAN(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().atan());
    /// assert_sql!(values, "SELECT ATAN(t0.x) FROM scan AS t0");
    /// ```
    atan "ATAN({})" [Number] f64;
    /// The cosine: `COS(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().cos());
    /// assert_sql!(values, "SELECT COS(t0.x) FROM scan AS t0");
    /// ```
    cos "COS({})" [Number] f64;
    /// The cotangent: `COT(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().cot());
    /// assert_sql!(values, "SELECT COT(t0.x) FROM scan AS t0");
    /// ```
    cot "COT({})" [Number] f64;
    /// The sine: `SIN(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().sin());
    /// assert_sql!(values, "SELECT SIN(t0.x) FROM scan AS t0");
    /// ```
    sin "SIN({})" [Number] f64;
    /// The tangent: `TAN(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().tan());
    /// assert_sql!(values, "SELECT TAN(t0.x) FROM scan AS t0");
    /// ```
    tan "TAN({})" [Number] f64;
    /// Radians as degrees: `DEGREES(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().degrees());
    /// assert_sql!(values, "SELECT DEGREES(t0.x) FROM scan AS t0");
    /// ```
    degrees "DEGREES({})" [Number] f64;
    /// Degrees as radians: `RADIANS(x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().radians());
    /// assert_sql!(values, "SELECT RADIANS(t0.x) FROM scan AS t0");
    /// ```
    radians "RADIANS({})" [Number] f64;
    /// The character of a code point: `CHR(code)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().chr());
    /// assert_sql!(values, "SELECT CHR(t0.flags) FROM scan AS t0");
    /// ```
    chr "CHR({})" [Integer] String;
}

/// Functions that round, of which whole numbers are what they are.
macro_rules! rounding {
    ($($(#[$doc:meta])* $name:ident $sql:literal;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<S>(&self) -> Expr<R, Like<T, K, S>>
                where
                    T::Inner: Number<Rounded = S>,
                    S: Column<Inner = S, Null = NotNull>,
                {
                    static SQL: Template = Template::new($sql);
                    match <T::Inner as Number>::WHOLE {
                        true => Expr::from_node(self.node().clone()),
                        false => self.apply(&SQL),
                    }
                }
            )*
        }
    };
}
rounding! {
    /// The next whole number upwards: `CEILING(price)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().ceil());
    /// assert_sql!(values, "SELECT CEILING(t0.x) FROM scan AS t0");
    /// ```
    ceil "CEILING({})";
    /// The next whole number downwards: `FLOOR(price)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().floor());
    /// assert_sql!(values, "SELECT FLOOR(t0.x) FROM scan AS t0");
    /// ```
    floor "FLOOR({})";
    /// The nearest whole number: `ROUND(price)`. Whole numbers are what they are.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| (s.x().round(), s.flags().round()));
    /// assert_sql!(values, "SELECT ROUND(t0.x), t0.flags FROM scan AS t0");
    /// ```
    round "ROUND({})";
}

static SIGN: Template = Template::new("SIGN({})");
static POWER: Template = Template::new("POWER({}, {})");
static ATAN2: Template = Template::new("ATAN2({}, {})");
static LOG_NUMERIC: Template = Template::new("LOG({1}, {0})");
static LOG_FLOAT: Template =
    Template::new("CAST(LOG(CAST({1} AS numeric), CAST({0} AS numeric)) AS double precision)");

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// -1, 0 or 1, in the type of the expression: `CAST(SIGN(balance) AS integer)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.flags().sign());
    /// assert_sql!(values, "SELECT CAST(SIGN(t0.flags) AS integer) FROM scan AS t0");
    /// ```
    pub fn sign(&self) -> Expr<R, Like<T, K, T::Inner>>
    where
        T::Inner: Number,
    {
        let sign = Node::template(&SIGN, vec![self.node().clone()]);
        Expr::from_node(Node::Cast(Box::new(sign), T::SQL_TYPE))
    }

    /// Rounded to a number of places: `ROUND(price, $1)`. Where that is negative, to tens, hundreds, …,
    /// which whole numbers can be as well.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Book::objects().values(|b| b.price().round_to(1));
    /// assert_sql!(values, "SELECT ROUND(t0.price, $1) FROM book AS t0");
    /// let values = Book::objects().values(|b| b.pages().round_to(-2));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(ROUND(CAST(t0.pages AS numeric), $1) AS integer) FROM book AS t0"
    /// );
    /// ```
    pub fn round_to<S>(&self, places: i32) -> Expr<R, Like<T, K, S>>
    where
        T::Inner: Number<Rounded = S>,
        S: Column<Inner = S, Null = NotNull>,
    {
        let places = Node::Value(places.into_value(), i32::SQL_TYPE);
        self.apply_to(<T::Inner as Number>::ROUND_TO, [places])
    }

    /// To the power of another number: `POWER(x, $1)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().power(2));
    /// assert_sql!(values, "SELECT POWER(t0.x, $1) FROM scan AS t0");
    /// ```
    pub fn power<S, V>(&self, exponent: V) -> Applied<R, T, K, V::Null, S>
    where
        T::Inner: Number<Real = S>,
        S: Column<Inner = S, Null = NotNull>,
        V: IntoExpr<S, R>,
    {
        self.apply_to(&POWER, [exponent.into_node()])
    }

    /// The logarithm to a base: `LOG($1, x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.x().log(10));
    /// assert_sql!(
    ///     values,
    ///     "SELECT CAST(LOG(CAST($1 AS numeric), CAST(t0.x AS numeric)) AS double precision)
    ///      FROM scan AS t0"
    /// );
    /// ```
    pub fn log<S, V>(&self, base: V) -> Applied<R, T, K, V::Null, S>
    where
        T::Inner: Number<Real = S>,
        S: Column<Inner = S, Null = NotNull>,
        V: IntoExpr<S, R>,
    {
        let numeric = S::SQL_TYPE == SqlType::Numeric;
        self.apply_to(if numeric { &LOG_NUMERIC } else { &LOG_FLOAT }, [base.into_node()])
    }

    /// The angle of the point whose y this is: `ATAN2(y, x)`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let values = Scan::objects().values(|s| s.y().atan2(s.x()));
    /// assert_sql!(values, "SELECT ATAN2(t0.y, t0.x) FROM scan AS t0");
    /// ```
    pub fn atan2<V: IntoExpr<f64, R>>(&self, x: V) -> Applied<R, T, K, V::Null, f64>
    where
        T::Inner: Number,
    {
        self.apply_to(&ATAN2, [x.into_node()])
    }
}
