//! Aggregates of the rows in an order: `MODE() WITHIN GROUP (ORDER BY …)`.

use super::aggregates::{aggregate, change_node};
use super::arrays::texts;
use super::{Aggregate, Expr, IntoExpr, IsAggregate};
use crate::column::{Column, NotNull};
use crate::ir::{Node, OrderNode};
use crate::model::Cardinality;
use chrono::TimeDelta;
use orm_sql::ast::Template;
use orm_sql::value::{Interval, SqlType, SqlValue};
use rust_decimal::Decimal;

static MODE: Template = Template::within_group("MODE({})");
static PERCENTILE_CONT: Template = Template::within_group("PERCENTILE_CONT({})");
static PERCENTILE_DISC: Template = Template::within_group("PERCENTILE_DISC({})");

/// One fraction from 0 to 1, or a list of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no fraction from 0 to 1, nor a list of them",
    label = "expected an `f64` such as `0.5`, or a list such as `[0.25, 0.5, 0.75]`"
)]
pub trait Fractions {
    /// One value for one fraction, as many for several.
    type Of<T: Column>: Column<Inner = Self::Of<T>, Null = NotNull>;
    /// The untyped fractions.
    fn into_fractions(self) -> Node;
}

const NO_FRACTION: &str = "a percentile is asked for by fractions from 0 to 1: the median is 0.5";

fn is_fraction(number: &f64) -> bool {
    (0.0..=1.0).contains(number)
}

impl Fractions for f64 {
    type Of<T: Column> = T::Inner;
    fn into_fractions(self) -> Node {
        match is_fraction(&self) {
            true => Node::Value(SqlValue::F64(self), SqlType::Float8),
            false => Node::Failed(NO_FRACTION),
        }
    }
}

impl Fractions for Vec<f64> {
    type Of<T: Column> = Vec<T::Inner>;
    fn into_fractions(self) -> Node {
        match self.iter().all(is_fraction) {
            true => Node::Value(self.into_value(), Self::SQL_TYPE),
            false => Node::Failed(NO_FRACTION),
        }
    }
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Fractions for $list {
            type Of<T: Column> = Vec<T::Inner>;
            fn into_fractions(self) -> Node {
                self.to_vec().into_fractions()
            }
        }
    )*};
}
lists! {
    [const N: usize] [f64; N];
    [const N: usize] &[f64; N];
    [] &[f64];
}

/// What has values between any two: numbers, of which percentiles are `f64`, and durations.
#[diagnostic::on_unimplemented(
    message = "`percentile_cont` needs numbers or durations, but the expression holds `{Self}`",
    label = "nothing between two of them",
    note = "`percentile_disc` gives one of the values that are there, of whatever type"
)]
pub trait Continuous: Column<Inner = Self, Null = NotNull> {
    /// What is between two of them.
    type Between: Column<Inner = Self::Between, Null = NotNull>;
}

macro_rules! continuous {
    ($($t:ty => $between:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Continuous for $t {
            type Between = $between;
        }
    )*};
}
continuous! {
    i16 => f64; i32 => f64; i64 => f64; f32 => f64; f64 => f64; Decimal => f64;
    TimeDelta => TimeDelta; Interval => Interval;
}

fn ordered_by(by: &Node, function: &'static Template, args: Vec<Node>) -> Node {
    let order = OrderNode { node: by.clone(), desc: false, nulls: None, sql_type: None };
    change_node(aggregate(function, args), |aggregate| aggregate.order.push(order))
}

impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
    /// The value that most rows have, the least of those where they are several; NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().mode()).await?;
    /// assert_sent!(db, "SELECT MODE() WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    pub fn mode(&self) -> Aggregate<R, Option<T::Inner>> {
        Expr::from_node(ordered_by(self.node(), &MODE, Vec::new()))
    }

    /// The value below which a part of the rows is, calculated between two where it falls between
    /// them: the median is `percentile_cont(0.5)`. For a list of fractions it is a list. NULL of no
    /// row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let median: Option<f64> =
    ///     Book::objects().aggregate(&db, |b| b.pages().percentile_cont(0.5)).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT PERCENTILE_CONT($1) WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0"
    /// );
    /// let quartiles: Option<Vec<f64>> =
    ///     Book::objects().aggregate(&db, |b| b.pages().percentile_cont([0.25, 0.5, 0.75])).await?;
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// A fraction that is not from 0 to 1 is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
    pub fn percentile_cont<B, F: Fractions>(&self, fractions: F) -> Aggregate<R, Option<F::Of<B>>>
    where
        T::Inner: Continuous<Between = B>,
        B: Column<Inner = B, Null = NotNull>,
    {
        Expr::from_node(ordered_by(self.node(), &PERCENTILE_CONT, vec![fractions.into_fractions()]))
    }

    /// The first value up to which there is such a part of the rows, of any type that has an order;
    /// for a list of fractions a list. NULL of no row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.name().percentile_disc(0.5)).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT PERCENTILE_DISC($1) WITHIN GROUP (ORDER BY t0.name) FROM book AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// A fraction that is not from 0 to 1 is [`Error::Usage`](orm_sql::Error::Usage) of the terminal.
    pub fn percentile_disc<F: Fractions>(
        &self,
        fractions: F,
    ) -> Aggregate<R, Option<F::Of<T::Inner>>> {
        let args = vec![fractions.into_fractions()];
        let values = ordered_by(self.node(), &PERCENTILE_DISC, args);
        Expr::from_node(texts::<F::Of<T::Inner>>(values))
    }
}

impl<R, T: Column, K> Expr<R, T, K> {
    /// The place of several values at once: where the first are equal, the next decide. For `rank_of`,
    /// `dense_rank_of`, `percent_rank_of` and `cume_dist_of`.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects()
    ///     .aggregate(&db, |b| b.pages().rank_of(300).then_of(b.name(), "Emma"))
    ///     .await?;
    /// assert_sent!(db, "SELECT RANK($1, $2) WITHIN GROUP (ORDER BY t0.pages, t0.name) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// For other aggregates it is [`Error::Usage`](orm_sql::Error::Usage) of the terminal; and `order_by` after it
    /// names as many expressions as there are values.
    pub fn then_of<U: Column, L: Cardinality, V>(
        self,
        column: Expr<R, U, L>,
        value: V,
    ) -> Aggregate<R, T>
    where
        K: IsAggregate,
        V: IntoExpr<U::Inner, R, Null = NotNull>,
    {
        let by = OrderNode { node: column.into_node(), desc: false, nulls: None, sql_type: None };
        let value = value.into_node();
        Expr::from_node(change_node(self.into_node(), |aggregate| {
            match aggregate.function.is_place() {
                true => aggregate.args.push(value),
                false => aggregate.args.push(Node::Failed(
                    "`then_of` adds a value to `rank_of`, `dense_rank_of`, `percent_rank_of` and \
                     `cume_dist_of`: other aggregates have no place of values",
                )),
            }
            aggregate.order.push(by);
        }))
    }
}

/// Where a value would stand among those of the rows.
macro_rules! of_values {
    ($($(#[$doc:meta])* $name:ident $sql:literal $out:ty;)*) => {
        impl<R, T: Column, K: Cardinality> Expr<R, T, K> {
            $(
                $(#[$doc])*
                pub fn $name<V: IntoExpr<T::Inner, R, Null = NotNull>>(
                    &self,
                    value: V,
                ) -> Aggregate<R, $out> {
                    static SQL: Template = Template::place_of($sql);
                    Expr::from_node(ordered_by(self.node(), &SQL, vec![value.into_node()]))
                }
            )*
        }
    };
}
of_values! {
    /// The rank, from 1, that a value would have among those of the rows. The order is that of this
    /// expression, upwards; `order_by` gives another one.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().rank_of(300)).await?;
    /// assert_sent!(db, "SELECT RANK($1) WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0");
    /// Book::objects()
    ///     .aggregate(&db, |b| b.pages().rank_of(300).order_by(b.pages().desc()))
    ///     .await?;
    /// assert_sent!(db, "SELECT RANK($1) WITHIN GROUP (ORDER BY t0.pages DESC) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    rank_of "RANK({})" i64;
    /// The rank without gaps that a value would have.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().dense_rank_of(300)).await?;
    /// assert_sent!(db, "SELECT DENSE_RANK($1) WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    dense_rank_of "DENSE_RANK({})" i64;
    /// The rank that a value would have, as a part of all rows, from 0 to 1.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().percent_rank_of(300)).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT PERCENT_RANK($1) WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0"
    /// );
    /// # Ok(()) })
    /// ```
    percent_rank_of "PERCENT_RANK({})" f64;
    /// Which part of the rows would be up to a value, itself included.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// Book::objects().aggregate(&db, |b| b.pages().cume_dist_of(300)).await?;
    /// assert_sent!(db, "SELECT CUME_DIST($1) WITHIN GROUP (ORDER BY t0.pages) FROM book AS t0");
    /// # Ok(()) })
    /// ```
    cume_dist_of "CUME_DIST({})" f64;
}
