//! Ranges of numbers, dates and times.

use super::{Column, NotNull};
use crate::column::Single;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use orm_sql::row::CellError;
use orm_sql::value::{BoundValue, RangeValue, SqlType, SqlValue, split_cell, whole};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{self, Bound};

/// A range of `T`s as a column holds it. It is made from every range of the standard library.
///
/// Ranges of whole numbers and dates are kept as the server keeps them, without their upper
/// bound, so that equal ranges are equal.
///
/// ```
/// use orm_core::column::Range;
///
/// let range = Range::from(1..=4);
/// assert_eq!(range, Range::from(1..5));
/// assert_eq!(range.to_string(), "[1,5)");
/// assert!(range.contains(&4) && !range.contains(&5));
/// assert_eq!(range.lower(), Some(&1));
/// assert!(Range::from(3..3).is_empty());
/// assert_eq!(Range::from(..7i64).to_string(), "(,7)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range<T>(Option<(Bound<T>, Bound<T>)>);

/// What a range can be of.
#[diagnostic::on_unimplemented(
    message = "there are no ranges of `{Self}`",
    label = "no range type",
    note = "ranges are of `i32`, `i64`, `Decimal`, `NaiveDate`, `NaiveDateTime` and `DateTime<Utc>`"
)]
pub trait RangeItem: Column<Inner = Self, Null = NotNull> + Ord + Clone {
    /// The type of the range in the database.
    const RANGE_TYPE: SqlType;

    /// True for values that have a next one. The server keeps ranges of them without their upper
    /// bound.
    const STEPS: bool = false;

    /// The next one, where there is nothing between the two. `None` where there is, or at the end.
    fn next(&self) -> Option<Self> {
        None
    }
}

macro_rules! items {
    ($($t:ty, $range:ident $(, |$v:ident| $next:expr)?;)*) => {$(
        impl RangeItem for $t {
            const RANGE_TYPE: SqlType = SqlType::$range;
            $(const STEPS: bool = true;
            fn next(&self) -> Option<Self> {
                let $v = self;
                $next
            })?
        }
    )*};
}
items! {
    i32, Int4Range, |v| v.checked_add(1);
    i64, Int8Range, |v| v.checked_add(1);
    NaiveDate, DateRange, |v| v.succ_opt();
    Decimal, NumRange;
    NaiveDateTime, TsRange;
    DateTime<Utc>, TsTzRange;
}

impl<T> Range<T> {
    /// The range with nothing in it.
    pub const fn empty() -> Self {
        Range(None)
    }

    /// True where there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The lower bound, where there is one.
    pub fn lower(&self) -> Option<&T> {
        self.0.as_ref().and_then(|(lower, _)| value(lower))
    }

    /// The upper bound, where there is one.
    pub fn upper(&self) -> Option<&T> {
        self.0.as_ref().and_then(|(_, upper)| value(upper))
    }

    /// Both bounds, and whether they belong to it; `None` of the empty range.
    pub fn bounds(&self) -> Option<(Bound<&T>, Bound<&T>)> {
        self.0.as_ref().map(|(lower, upper)| (lower.as_ref(), upper.as_ref()))
    }
}

fn value<T>(bound: &Bound<T>) -> Option<&T> {
    match bound {
        Bound::Included(value) | Bound::Excluded(value) => Some(value),
        Bound::Unbounded => None,
    }
}

impl<T: RangeItem> Range<T> {
    /// A range by its bounds. Without anything between them it is empty.
    pub fn new(lower: Bound<T>, upper: Bound<T>) -> Self {
        let lower = match lower {
            Bound::Excluded(value) => value.next().map_or(Bound::Excluded(value), Bound::Included),
            other => other,
        };
        let upper = match upper {
            Bound::Included(value) => value.next().map_or(Bound::Included(value), Bound::Excluded),
            other => other,
        };
        let nothing = match (&lower, &upper) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(lower), Bound::Included(upper)) => lower > upper,
            (Bound::Included(lower) | Bound::Excluded(lower), bound) => {
                value(bound).is_some_and(|upper| lower >= upper)
            }
        };
        if nothing { Range(None) } else { Range(Some((lower, upper))) }
    }

    /// True where a value is within it.
    pub fn contains(&self, item: &T) -> bool {
        self.bounds().is_some_and(|bounds| ops::RangeBounds::contains(&bounds, item))
    }
}

macro_rules! from_standard {
    ($($range:ty, |$r:ident| $lower:expr, $upper:expr;)*) => {$(
        impl<T: RangeItem> From<$range> for Range<T> {
            fn from($r: $range) -> Self {
                Range::new($lower, $upper)
            }
        }
    )*};
}
from_standard! {
    ops::Range<T>, |r| Bound::Included(r.start), Bound::Excluded(r.end);
    ops::RangeFrom<T>, |r| Bound::Included(r.start), Bound::Unbounded;
    ops::RangeTo<T>, |r| Bound::Unbounded, Bound::Excluded(r.end);
    ops::RangeToInclusive<T>, |r| Bound::Unbounded, Bound::Included(r.end);
    ops::RangeFull, |_r| Bound::Unbounded, Bound::Unbounded;
}

impl<T: RangeItem> From<ops::RangeInclusive<T>> for Range<T> {
    fn from(range: ops::RangeInclusive<T>) -> Self {
        let (start, end) = range.into_inner();
        Range::new(Bound::Included(start), Bound::Included(end))
    }
}

impl<T: RangeItem> From<&Range<T>> for Range<T> {
    fn from(range: &Range<T>) -> Self {
        range.clone()
    }
}

/// As the server writes it: `[1,5)`, `(,7]`, `empty`.
impl<T: fmt::Display> fmt::Display for Range<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((lower, upper)) = &self.0 else {
            return f.write_str("empty");
        };
        f.write_str(if matches!(lower, Bound::Included(_)) { "[" } else { "(" })?;
        if let Some(lower) = value(lower) {
            lower.fmt(f)?;
        }
        f.write_str(",")?;
        if let Some(upper) = value(upper) {
            upper.fmt(f)?;
        }
        f.write_str(if matches!(upper, Bound::Included(_)) { "]" } else { ")" })
    }
}

impl<T: 'static> Single for Range<T> {}

const EMPTY: u8 = 0x01;
const LOWER_INCLUDED: u8 = 0x02;
const UPPER_INCLUDED: u8 = 0x04;
const NO_LOWER: u8 = 0x08;
const NO_UPPER: u8 = 0x10;

impl<T: RangeItem> Column for Range<T> {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = T::RANGE_TYPE;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        let (flags, rest) = raw.split_first().ok_or("a range has at least one byte")?;
        if flags & EMPTY != 0 {
            return whole(rest).map(|()| Range(None));
        }
        let (lower, rest) = bound(flags & NO_LOWER != 0, flags & LOWER_INCLUDED != 0, rest)?;
        let (upper, rest) = bound(flags & NO_UPPER != 0, flags & UPPER_INCLUDED != 0, rest)?;
        whole(rest)?;
        Ok(Range(Some((lower, upper))))
    }

    fn to_value(&self) -> SqlValue {
        if let Some((Bound::Excluded(_), _) | (_, Bound::Included(_))) = &self.0
            && T::STEPS
        {
            return SqlValue::Invalid(BEYOND.to_owned());
        }
        SqlValue::Range(Box::new(match &self.0 {
            None => RangeValue::Empty,
            Some((lower, upper)) => RangeValue::Bounds { lower: send(lower), upper: send(upper) },
        }))
    }
}

/// What is left of [`Range::new`] where there is no next value.
const BEYOND: &str = "a range with the last value of its type, which PostgreSQL keeps by the value \
                      after it: leave this side of the range open";

fn bound<T: Column>(
    none: bool,
    included: bool,
    raw: &[u8],
) -> Result<(Bound<T>, &[u8]), CellError> {
    if none {
        return Ok((Bound::Unbounded, raw));
    }
    let (cell, rest) = split_cell(raw)?;
    let value = T::decode(cell.ok_or("a bound that is NULL")?)?;
    Ok((if included { Bound::Included(value) } else { Bound::Excluded(value) }, rest))
}

fn send<T: Column>(bound: &Bound<T>) -> BoundValue {
    match bound {
        Bound::Included(value) => BoundValue::Included(value.to_value()),
        Bound::Excluded(value) => BoundValue::Excluded(value.to_value()),
        Bound::Unbounded => BoundValue::Unbounded,
    }
}

/// The form that Django gives ranges in JSON.
#[derive(Serialize, Deserialize)]
struct Serialized<T> {
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    lower: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    upper: Option<T>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    bounds: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    empty: bool,
}

fn none<T>() -> Option<T> {
    None
}

impl<T: Serialize> Serialize for Range<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((lower, upper)) = &self.0 else {
            let empty = Serialized { lower: None, upper: None, bounds: String::new(), empty: true };
            return Serialized::<&T>::serialize(&empty, serializer);
        };
        let start = if matches!(lower, Bound::Included(_)) { "[" } else { "(" };
        let end = if matches!(upper, Bound::Included(_)) { "]" } else { ")" };
        let bounds = [start, end].concat();
        let range = Serialized { lower: value(lower), upper: value(upper), bounds, empty: false };
        range.serialize(serializer)
    }
}

impl<'de, T: RangeItem + Deserialize<'de>> Deserialize<'de> for Range<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let range = Serialized::<T>::deserialize(deserializer)?;
        if range.empty {
            return Ok(Range(None));
        }
        let bounds = if range.bounds.is_empty() { "[)" } else { range.bounds.as_str() };
        if !matches!(bounds, "[)" | "[]" | "(]" | "()") {
            return Err(serde::de::Error::custom("`bounds` is one of `[)`, `[]`, `(]`, `()`"));
        }
        let bound = |value: Option<T>, included| match value {
            None => Bound::Unbounded,
            Some(value) if included => Bound::Included(value),
            Some(value) => Bound::Excluded(value),
        };
        let lower = bound(range.lower, bounds.starts_with('['));
        Ok(Range::new(lower, bound(range.upper, bounds.ends_with(']'))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(flags: u8, bounds: &[i32]) -> Vec<u8> {
        let mut raw = vec![flags];
        for bound in bounds {
            raw.extend(4i32.to_be_bytes());
            raw.extend(bound.to_be_bytes());
        }
        raw
    }

    #[test]
    fn bounds_are_read_and_sent() {
        let range = Range::<i32>::decode(&raw(LOWER_INCLUDED, &[1, 5])).unwrap();
        assert_eq!(range, Range::from(1..5));
        let bounds = |lower, upper| SqlValue::Range(Box::new(RangeValue::Bounds { lower, upper }));
        let one = BoundValue::Included(SqlValue::I32(1));
        assert_eq!(range.to_value(), bounds(one, BoundValue::Excluded(SqlValue::I32(5))));
        let range = Range::<i32>::decode(&raw(NO_LOWER | NO_UPPER, &[])).unwrap();
        assert_eq!(range, Range::from(..));
        assert_eq!(range.to_value(), bounds(BoundValue::Unbounded, BoundValue::Unbounded));
        let range = Range::<i32>::decode(&[EMPTY]).unwrap();
        assert!(range.is_empty());
        assert_eq!(range.to_value(), SqlValue::Range(Box::new(RangeValue::Empty)));
        assert!(Range::<i32>::decode(&raw(LOWER_INCLUDED, &[1])).is_err());
        assert!(Range::<i32>::decode(&[]).is_err());
    }

    #[test]
    fn equal_ranges_are_equal() {
        assert_eq!(Range::from(1..=4), Range::from(1..5));
        assert_eq!(Range::new(Bound::Excluded(0), Bound::Included(4)), Range::from(1..5));
        let end = Range::from(1..=i32::MAX);
        assert_eq!(end.to_string(), "[1,2147483647]");
        assert!(matches!(end.to_value(), SqlValue::Invalid(_)));
        let last = Range::new(Bound::Excluded(NaiveDate::MAX), Bound::Unbounded);
        assert!(matches!(last.to_value(), SqlValue::Invalid(_)));
        assert!(matches!(Range::from(1..).to_value(), SqlValue::Range(_)));
        let (one, two) = (Decimal::ONE, Decimal::TWO);
        assert_eq!(Range::from(one..=two).to_string(), "[1,2]");
        assert!(Range::from(one..one).is_empty() && !Range::from(one..=one).is_empty());
        assert!(Range::from(two..one).is_empty());
    }

    #[test]
    fn serde_has_the_form_of_django() {
        let json = |range: Range<i32>| serde_json::to_string(&range).unwrap();
        assert_eq!(json(Range::from(1..5)), r#"{"lower":1,"upper":5,"bounds":"[)"}"#);
        assert_eq!(json(Range::from(..)), r#"{"bounds":"()"}"#);
        assert_eq!(json(Range::empty()), r#"{"empty":true}"#);
        let read = |json: &str| serde_json::from_str::<Range<i32>>(json);
        assert_eq!(read(r#"{"lower":1,"upper":4,"bounds":"[]"}"#).unwrap(), Range::from(1..5));
        assert_eq!(read(r#"{"lower":1}"#).unwrap(), Range::from(1..));
        assert_eq!(read(r#"{"empty":true}"#).unwrap(), Range::empty());
        assert!(read(r#"{"bounds":"x"}"#).is_err());
    }
}
