//! Frames: which rows of a window count for the current one.

use super::Window;
use crate::column::Column;
use crate::ir::{FrameBound, FrameNode, Node, OrderNode, WindowSpec};
use chrono::TimeDelta;
use orm_sql::ast::{FrameExclusion, FrameUnit};
use orm_sql::value::{Interval, SqlType, SqlValue};
use rust_decimal::Decimal;
use std::ops::{Bound, RangeBounds};

/// How far the ends of a window of a `range` are from the current row: numbers beside numbers,
/// `TimeDelta` and `Interval` beside dates and times.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no distance between the rows of a window",
    label = "expected whole numbers, `Decimal`, `f64`, `TimeDelta` or `Interval`",
    note = "rows are counted by `.rows(-1..=1)`, those that are ordered alike by `.groups(-1..=1)`"
)]
pub trait FrameOffset: Clone {
    /// How much it is, whether it is before the current row, and its type; `None` where it is both.
    #[doc(hidden)]
    fn into_bound(self) -> Option<FrameBound>;
}

/// How many rows before and after the current one: a range of whole numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how many rows before and after the current one count",
    label = "expected a range of whole numbers: `-1..=1`, `..=0`, `0..`",
    note = "rows before the current one are negative, and `..` has no end: `.rows(..=0)` are all up to it"
)]
pub trait FrameRange: RangeBounds<i64> {
    /// Nothing. Bounds that name it have shorter messages.
    #[doc(hidden)]
    type Of;
}

#[diagnostic::do_not_recommend]
impl<T: RangeBounds<i64>> FrameRange for T {
    type Of = ();
}

fn bound(by: SqlValue, sql_type: SqlType, before: bool) -> Option<FrameBound> {
    Some(FrameBound::Value { by, sql_type, before })
}

macro_rules! whole_offsets {
    ($($t:ty),*) => {$(
        impl FrameOffset for $t {
            fn into_bound(self) -> Option<FrameBound> {
                let whole = i64::from(self);
                match whole.checked_abs()? {
                    0 => Some(FrameBound::Rows(0)),
                    by => bound(SqlValue::I64(by), SqlType::Int8, whole < 0),
                }
            }
        }
    )*};
}
whole_offsets!(i16, i32, i64);

impl FrameOffset for f64 {
    fn into_bound(self) -> Option<FrameBound> {
        match self {
            0.0 => Some(FrameBound::Rows(0)),
            by if by.is_nan() => None,
            by => bound(SqlValue::F64(by.abs()), SqlType::Float8, by < 0.0),
        }
    }
}

impl FrameOffset for Decimal {
    fn into_bound(self) -> Option<FrameBound> {
        match self.is_zero() {
            true => Some(FrameBound::Rows(0)),
            false => bound(self.abs().into_value(), Self::SQL_TYPE, self.is_sign_negative()),
        }
    }
}

impl FrameOffset for TimeDelta {
    fn into_bound(self) -> Option<FrameBound> {
        match self.is_zero() {
            true => Some(FrameBound::Rows(0)),
            false => bound(self.abs().into_value(), Self::SQL_TYPE, self < TimeDelta::zero()),
        }
    }
}

impl FrameOffset for Interval {
    fn into_bound(self) -> Option<FrameBound> {
        let Interval { months, days, microseconds } = self;
        let signs = [i64::from(months), i64::from(days), microseconds].map(i64::signum);
        let before = signs.contains(&-1);
        if signs == [0, 0, 0] {
            return Some(FrameBound::Rows(0));
        }
        if before && signs.contains(&1) {
            return None;
        }
        let by = match before {
            false => self,
            true => Interval {
                months: months.checked_neg()?,
                days: days.checked_neg()?,
                microseconds: microseconds.checked_neg()?,
            },
        };
        bound(by.into_value(), Self::SQL_TYPE, before)
    }
}

impl<R> Window<R> {
    /// The rows between two places, counted from the current row: `-1..=1` is it and its two
    /// neighbours, `..=0` all up to it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let smooth = Book::objects().values(|b| {
    ///     b.pages().avg().over(window().order_by(b.published()).rows(-2..=0))
    /// });
    /// assert_sql!(
    ///     smooth,
    ///     "SELECT CAST(AVG(t0.pages) OVER (ORDER BY t0.published ROWS BETWEEN 2 PRECEDING AND
    ///      CURRENT ROW) AS double precision) FROM book AS t0"
    /// );
    /// ```
    pub fn rows(&self, rows: impl FrameRange<Of: Sized>) -> Self {
        self.counted(FrameUnit::Rows, &rows)
    }

    /// The rows of so many groups around the current one: rows that are ordered alike are a group.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let near = Book::objects().values(|b| {
    ///     b.id().count().over(window().order_by(b.published()).groups(-1..=1))
    /// });
    /// assert_sql!(
    ///     near,
    ///     "SELECT COUNT(t0.id) OVER (ORDER BY t0.published GROUPS BETWEEN 1 PRECEDING AND 1
    ///      FOLLOWING) FROM book AS t0"
    /// );
    /// ```
    pub fn groups(&self, groups: impl FrameRange<Of: Sized>) -> Self {
        self.counted(FrameUnit::Groups, &groups)
    }

    /// The rows whose values of what the window is ordered by are at most so far from the current
    /// row's: `-7..=0` of numbers, `TimeDelta::days(-7)..=TimeDelta::zero()` of dates.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # use chrono::TimeDelta;
    /// let week = Review::objects().values(|r| {
    ///     let week = window().order_by(r.created()).range(TimeDelta::days(-7)..=TimeDelta::zero());
    ///     r.stars().avg().over(week)
    /// });
    /// assert_sql!(
    ///     week,
    ///     "SELECT CAST(AVG(t0.stars) OVER (ORDER BY t0.created RANGE BETWEEN CAST($1 AS interval)
    ///      PRECEDING AND CURRENT ROW) AS double precision) FROM review AS t0"
    /// );
    /// ```
    pub fn range<T: FrameOffset>(&self, values: impl RangeBounds<T>) -> Self {
        let end = |bound: Bound<&T>| match bound {
            Bound::Unbounded => Ok(FrameBound::Unbounded),
            Bound::Included(value) => value.clone().into_bound().ok_or(NEITHER),
            Bound::Excluded(_) => Err(EXCLUDED),
        };
        self.framed(FrameUnit::Range, end(values.start_bound()), end(values.end_bound()))
    }

    fn counted(&self, unit: FrameUnit, rows: &impl RangeBounds<i64>) -> Self {
        let end = |bound: Bound<&i64>, inwards: i64| match bound {
            Bound::Unbounded => FrameBound::Unbounded,
            Bound::Included(rows) => FrameBound::Rows(*rows),
            Bound::Excluded(rows) => FrameBound::Rows(rows.saturating_add(inwards)),
        };
        let (start, end) = (end(rows.start_bound(), 1), end(rows.end_bound(), -1));
        match (&start, &end) {
            (FrameBound::Rows(start), FrameBound::Rows(end)) if start > end => {
                self.framed(unit, Err(BACKWARDS), Err(BACKWARDS))
            }
            _ => self.framed(unit, Ok(start), Ok(end)),
        }
    }

    /// A window that cannot be is reported when the statement is compiled.
    fn framed(
        &self,
        unit: FrameUnit,
        start: Result<FrameBound, &'static str>,
        end: Result<FrameBound, &'static str>,
    ) -> Self {
        self.with(|spec| match (start, end) {
            (Ok(start), Ok(end)) => {
                let without = spec.frame.take().and_then(|frame| frame.without);
                spec.frame = Some(FrameNode { unit, start, end, without });
            }
            (Err(reason), _) | (_, Err(reason)) => fail(spec, reason),
        })
    }

    /// All rows of the frame but the current one.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let others = Book::objects().values(|b| {
    ///     let others = window().partition_by(b.author()).rows(..).exclude_current_row();
    ///     b.pages().max().over(others)
    /// });
    /// assert_sql!(
    ///     others,
    ///     "SELECT MAX(t0.pages) OVER (PARTITION BY t0.author_id ROWS BETWEEN UNBOUNDED PRECEDING
    ///      AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW) FROM book AS t0"
    /// );
    /// ```
    pub fn exclude_current_row(&self) -> Self {
        self.without(FrameExclusion::CurrentRow)
    }

    /// All rows of the frame but the current one and those that are ordered like it.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let others = Book::objects().values(|b| {
    ///     b.id().count().over(window().order_by(b.pages()).range(-10..=10).exclude_group())
    /// });
    /// assert_sql!(
    ///     others,
    ///     "SELECT COUNT(t0.id) OVER (ORDER BY t0.pages RANGE BETWEEN CAST($1 AS bigint) PRECEDING
    ///      AND CAST($2 AS bigint) FOLLOWING EXCLUDE GROUP) FROM book AS t0"
    /// );
    /// ```
    pub fn exclude_group(&self) -> Self {
        self.without(FrameExclusion::Group)
    }

    /// All rows of the frame but those that are ordered like the current one, which stays.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let others = Book::objects()
    ///     .values(|b| b.id().count().over(window().order_by(b.pages()).exclude_ties()));
    /// assert_sql!(
    ///     others,
    ///     "SELECT COUNT(t0.id) OVER (ORDER BY t0.pages RANGE BETWEEN UNBOUNDED PRECEDING AND
    ///      CURRENT ROW EXCLUDE TIES) FROM book AS t0"
    /// );
    /// ```
    pub fn exclude_ties(&self) -> Self {
        self.without(FrameExclusion::Ties)
    }

    fn without(&self, rows: FrameExclusion) -> Self {
        self.with(|spec| {
            let frame = spec.frame.get_or_insert(FrameNode {
                unit: FrameUnit::Range,
                start: FrameBound::Unbounded,
                end: FrameBound::Rows(0),
                without: None,
            });
            frame.without = Some(rows);
        })
    }
}

const BACKWARDS: &str = "a window ends before it starts: it would never have a row";
const EXCLUDED: &str =
    "the ends of a window of a `range` of values belong to it: write `from..=to`";
const NEITHER: &str = "an end of a window is neither before nor after the current row: an interval of parts of both signs, or NaN";

fn fail(spec: &mut WindowSpec, reason: &'static str) {
    spec.order.push(OrderNode {
        node: Node::Failed(reason),
        desc: false,
        nulls: None,
        sql_type: None,
    });
}
