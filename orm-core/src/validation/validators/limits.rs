//! Limits of what can be compared: `min_value`, `max_value`, `range`; and of the bounds of ranges.

use super::{Said, Validator, said};
use crate::column::{Column, Range, RangeItem};
use crate::draft::IntoField;
use crate::query::InsertValue;
use crate::validation::json;
use orm_sql::error::ValidationError;
use orm_sql::value::{BoundValue, RangeValue, SqlValue};
use std::cmp::Ordering;
use std::marker::PhantomData;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

/// What has an order: numbers, texts, dates and times.
#[diagnostic::on_unimplemented(
    message = "the values of a field that holds `{Self}` have no order, so there is no limit to them",
    label = "expected numbers, texts, dates or times"
)]
pub trait Comparable: Column<Inner = Self> {}

macro_rules! comparable {
    ($($t:ty)*) => {$(impl Comparable for $t {})*};
}
comparable! {
    i16 i32 i64 f32 f64 rust_decimal::Decimal String chrono::NaiveDate chrono::NaiveTime
    chrono::NaiveDateTime chrono::DateTime<chrono::Utc> chrono::TimeDelta
}

/// The order of two values of one type; none for NaN.
pub(super) fn order(a: &SqlValue, b: &SqlValue) -> Option<Ordering> {
    match (a, b) {
        (SqlValue::I16(a), SqlValue::I16(b)) => Some(a.cmp(b)),
        (SqlValue::I32(a), SqlValue::I32(b)) => Some(a.cmp(b)),
        (SqlValue::I64(a), SqlValue::I64(b)) => Some(a.cmp(b)),
        (SqlValue::F32(a), SqlValue::F32(b)) => a.partial_cmp(b),
        (SqlValue::F64(a), SqlValue::F64(b)) => a.partial_cmp(b),
        (SqlValue::Decimal(a), SqlValue::Decimal(b)) => Some(a.cmp(b)),
        (SqlValue::Text(a), SqlValue::Text(b)) => Some(a.cmp(b)),
        (SqlValue::Date(a), SqlValue::Date(b)) => Some(a.cmp(b)),
        (SqlValue::Time(a), SqlValue::Time(b)) => Some(a.cmp(b)),
        (SqlValue::Timestamp(a), SqlValue::Timestamp(b)) => Some(a.cmp(b)),
        (SqlValue::TimestampTz(a), SqlValue::TimestampTz(b)) => Some(a.cmp(b)),
        (SqlValue::Interval(a), SqlValue::Interval(b)) => Some(a.estimated().cmp(&b.estimated())),
        _ => None,
    }
}

/// The value of a limit; NULL, which nothing is compared with, where the database would know it.
pub(super) fn limit<T>(limit: impl IntoField<T>) -> SqlValue {
    match limit.into_field() {
        InsertValue::Value(value) => value,
        _ => SqlValue::Null,
    }
}

/// From a limit, to a limit, or both. Made by [`min_value`], [`max_value`] and [`range`].
#[derive(Clone, Debug)]
pub struct Limits<T> {
    min: Option<SqlValue>,
    max: Option<SqlValue>,
    said: Said,
    of: PhantomData<fn() -> T>,
}
said!(Limits<T>);

impl<T> Limits<T> {
    fn new(min: Option<SqlValue>, max: Option<SqlValue>) -> Self {
        Limits { min, max, said: Said::default(), of: PhantomData }
    }
}

/// Not less than a limit.
pub fn min_value<T>(limit: impl IntoField<T>) -> Limits<T> {
    Limits::new(Some(self::limit(limit)), None)
}

/// Not more than a limit.
pub fn max_value<T>(limit: impl IntoField<T>) -> Limits<T> {
    Limits::new(None, Some(self::limit(limit)))
}

/// Both: `range(1..=10)`; or one of them: `range(1..)`, `range(..=10)`.
pub fn range<T>(limits: impl LimitsOf<T>) -> Limits<T> {
    let (min, max) = limits.limits();
    Limits::new(min, max)
}

/// What [`range`] takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no range of limits for a field that holds `{T}`",
    label = "expected `1..=10`, `1..` or `..=10`, with both ends included"
)]
pub trait LimitsOf<T> {
    /// The least and the greatest.
    #[doc(hidden)]
    fn limits(self) -> (Option<SqlValue>, Option<SqlValue>);
}

#[diagnostic::do_not_recommend]
impl<T, V: IntoField<T>> LimitsOf<T> for RangeInclusive<V> {
    fn limits(self) -> (Option<SqlValue>, Option<SqlValue>) {
        let (min, max) = self.into_inner();
        (Some(limit(min)), Some(limit(max)))
    }
}

#[diagnostic::do_not_recommend]
impl<T, V: IntoField<T>> LimitsOf<T> for RangeFrom<V> {
    fn limits(self) -> (Option<SqlValue>, Option<SqlValue>) {
        (Some(limit(self.start)), None)
    }
}

#[diagnostic::do_not_recommend]
impl<T, V: IntoField<T>> LimitsOf<T> for RangeToInclusive<V> {
    fn limits(self) -> (Option<SqlValue>, Option<SqlValue>) {
        (None, Some(limit(self.end)))
    }
}

/// What [`min_value`] says.
fn below(value: &SqlValue, min: &SqlValue) -> ValidationError {
    beyond(
        "min_value",
        "Ensure this value is greater than or equal to %(limit_value)s.",
        value,
        min,
    )
}

fn beyond(
    code: &'static str,
    message: &'static str,
    value: &SqlValue,
    limit: &SqlValue,
) -> ValidationError {
    ValidationError::new(code, message)
        .param("limit_value", json::value(limit))
        .param("show_value", json::value(value))
        .param("value", json::value(value))
}

impl<T: Comparable> Validator<T> for Limits<T> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        if let Some(min) = self.min.as_ref().filter(|min| order(value, min) == Some(Ordering::Less))
        {
            return Err(self.said.instead_of(below(value, min)));
        }
        if let Some(max) =
            self.max.as_ref().filter(|max| order(value, max) == Some(Ordering::Greater))
        {
            let message = "Ensure this value is less than or equal to %(limit_value)s.";
            return Err(self.said.instead_of(beyond("max_value", message, value, max)));
        }
        Ok(())
    }
}

/// A limit of a bound of a range. Made by [`range_min_value`] and [`range_max_value`].
#[derive(Clone, Debug)]
pub struct RangeLimit<T> {
    limit: SqlValue,
    upper: bool,
    said: Said,
    of: PhantomData<fn() -> T>,
}
said!(RangeLimit<T>);

/// A range whose lower bound is not less than a limit. Unbounded ranges are refused.
pub fn range_min_value<T>(limit: impl IntoField<T>) -> RangeLimit<T> {
    let limit = self::limit(limit);
    RangeLimit { limit, upper: false, said: Said::default(), of: PhantomData }
}

/// A range whose upper bound is not more than a limit. Unbounded ranges are refused.
///
/// Ranges of whole numbers and dates are looked at as the server keeps them: the upper bound of
/// `1..=4` is 5.
pub fn range_max_value<T>(limit: impl IntoField<T>) -> RangeLimit<T> {
    let limit = self::limit(limit);
    RangeLimit { limit, upper: true, said: Said::default(), of: PhantomData }
}

#[diagnostic::do_not_recommend]
impl<T: RangeItem> Validator<Range<T>> for RangeLimit<T> {
    fn check(&self, value: &SqlValue) -> Result<(), ValidationError> {
        let bound = match value {
            SqlValue::Range(range) => match &**range {
                RangeValue::Empty => None,
                RangeValue::Bounds { lower, upper } => {
                    match if self.upper { upper } else { lower } {
                        BoundValue::Unbounded => None,
                        BoundValue::Included(value) | BoundValue::Excluded(value) => Some(value),
                    }
                }
            },
            _ => None,
        };
        let (beyond, code, message) = match self.upper {
            false => (
                Ordering::Less,
                "min_value",
                "Ensure that the lower bound of the range is not less than %(limit_value)s.",
            ),
            true => (
                Ordering::Greater,
                "max_value",
                "Ensure that the upper bound of the range is not greater than %(limit_value)s.",
            ),
        };
        if bound.is_some_and(|bound| order(bound, &self.limit) != Some(beyond)) {
            return Ok(());
        }
        let error =
            ValidationError::new(code, message).param("limit_value", json::value(&self.limit));
        Err(self.said.instead_of(error))
    }
}

/// What `positive` says: not less than zero.
pub(crate) fn not_negative(value: &SqlValue) -> Result<(), ValidationError> {
    let is_number = matches!(
        value,
        SqlValue::I16(_)
            | SqlValue::I32(_)
            | SqlValue::I64(_)
            | SqlValue::F32(_)
            | SqlValue::F64(_)
            | SqlValue::Decimal(_)
    );
    if !is_number {
        return Ok(());
    }
    let zero = value.own_type().zero();
    match order(value, &zero) {
        // Without a fraction, whatever the type.
        Some(Ordering::Less) => Err(below(value, &SqlValue::I16(0))),
        _ => Ok(()),
    }
}
