//! Sets of ranges (`int4multirange` and the like).

use super::{Column, NotNull, Range, RangeItem, Single};
use bytes::BytesMut;
use orm_sql::row::CellError;
use orm_sql::value::{BoundValue, RangeValue, SqlType, SqlValue, split_cell, split_i32};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::Bound;

/// Ranges with gaps between them, as a column of a multirange type holds them.
///
/// The database puts them in order, joins those that overlap or touch, and leaves out the empty ones; a value
/// that was not read from it has its ranges as they were given.
///
/// ```
/// use orm_core::column::{Multirange, Range};
///
/// let open: Multirange<i32> = [Range::from(9..12), Range::from(14..18)].into_iter().collect();
/// assert!(open.contains(&11) && !open.contains(&13));
/// assert_eq!(open.to_string(), "{[9,12),[14,18)}");
/// assert!(Multirange::<i32>::default().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Multirange<T>(Vec<Range<T>>);

impl<T> Default for Multirange<T> {
    fn default() -> Self {
        Multirange(Vec::new())
    }
}

impl<T> Multirange<T> {
    /// The ranges.
    pub fn ranges(&self) -> &[Range<T>] {
        &self.0
    }

    /// True where there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Range::is_empty)
    }
}

impl<T: RangeItem> Multirange<T> {
    /// True where a value is within one of its ranges.
    pub fn contains(&self, item: &T) -> bool {
        self.0.iter().any(|range| range.contains(item))
    }
}

impl<T, I: Into<Range<T>>> FromIterator<I> for Multirange<T> {
    fn from_iter<A: IntoIterator<Item = I>>(ranges: A) -> Self {
        Multirange(ranges.into_iter().map(Into::into).collect())
    }
}

impl<T, I: Into<Range<T>>, const N: usize> From<[I; N]> for Multirange<T> {
    fn from(ranges: [I; N]) -> Self {
        ranges.into_iter().collect()
    }
}

impl<T> From<Vec<Range<T>>> for Multirange<T> {
    fn from(ranges: Vec<Range<T>>) -> Self {
        Multirange(ranges)
    }
}

impl<T> IntoIterator for Multirange<T> {
    type Item = Range<T>;
    type IntoIter = std::vec::IntoIter<Range<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// As the server writes it, but for quotes: `{[1,5),[7,9)}`.
impl<T: fmt::Display> fmt::Display for Multirange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (place, range) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            range.fmt(f)?;
        }
        f.write_str("}")
    }
}

/// As the text that the server reads.
impl<T: RangeItem> Serialize for Multirange<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.to_value() {
            SqlValue::Text(text) => serializer.serialize_str(&text),
            _ => Err(serde::ser::Error::custom("a multirange that the server cannot keep")),
        }
    }
}

impl<'de, T: RangeItem> Deserialize<'de> for Multirange<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        of_text(&text).ok_or_else(|| serde::de::Error::custom(NO_TEXT))
    }
}

impl<T: 'static> Single for Multirange<T> {}

impl<T: RangeItem> Column for Multirange<T> {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = match T::RANGE_TYPE {
        SqlType::Int4Range => SqlType::Named("int4multirange"),
        SqlType::Int8Range => SqlType::Named("int8multirange"),
        SqlType::DateRange => SqlType::Named("datemultirange"),
        SqlType::TsRange => SqlType::Named("tsmultirange"),
        SqlType::TsTzRange => SqlType::Named("tstzmultirange"),
        _ => SqlType::Named("nummultirange"),
    };

    /// How many ranges there are, and each with its length before it. A value that has not been at the
    /// server is its text.
    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        if raw.first() == Some(&b'{') {
            return of_text(str::from_utf8(raw)?).ok_or_else(|| NO_TEXT.into());
        }
        let (count, mut rest) = split_i32(raw)?;
        let mut ranges = Vec::new();
        for _ in 0..count {
            let (range, after) = split_cell(rest)?;
            ranges.push(Range::decode(range.ok_or("a range that is NULL")?)?);
            rest = after;
        }
        match rest {
            [] => Ok(Multirange(ranges)),
            _ => Err("there is more than the ranges of the multirange".into()),
        }
    }

    fn to_value(&self) -> SqlValue {
        let mut text = String::from("{");
        for range in &self.0 {
            match range.to_value() {
                SqlValue::Range(range) => {
                    if text.len() > 1 {
                        text.push(',');
                    }
                    write_range(&range, &mut text);
                }
                other => return other,
            }
        }
        text.push('}');
        SqlValue::Text(text)
    }
}

const NO_TEXT: &str = "a multirange is written as `{[1,5),[7,9)}`";

fn write_range(range: &RangeValue, text: &mut String) {
    let RangeValue::Bounds { lower, upper } = range else {
        text.push_str("empty");
        return;
    };
    text.push(if matches!(lower, BoundValue::Included(_)) { '[' } else { '(' });
    write_bound(lower, text);
    text.push(',');
    write_bound(upper, text);
    text.push(if matches!(upper, BoundValue::Included(_)) { ']' } else { ')' });
}

/// No text of a bound has a quote or a backslash in it.
fn write_bound(bound: &BoundValue, text: &mut String) {
    if let BoundValue::Included(value) | BoundValue::Excluded(value) = bound {
        text.push('"');
        text.push_str(&value.text().unwrap_or_default());
        text.push('"');
    }
}

/// `{["1","5"),("7",]}`, with or without quotes.
fn of_text<T: RangeItem>(text: &str) -> Option<Multirange<T>> {
    let mut rest = text.strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut ranges = Vec::new();
    while !rest.is_empty() {
        let (range, after) = match rest.strip_prefix("empty") {
            Some(after) => (Range::empty(), after),
            None => {
                let (inside, end) = rest.split_at_checked(rest.find([')', ']'])?)?;
                let lower = inside.chars().next()?;
                let (from, to) = inside.get(1..)?.split_once(',')?;
                let lower = bound(from, lower == '[', matches!(lower, '[' | '('))?;
                (Range::new(lower, bound(to, end.starts_with(']'), true)?), end.get(1..)?)
            }
        };
        ranges.push(range);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').map_or(rest, str::trim_start);
    }
    Some(Multirange(ranges))
}

fn bound<T: RangeItem>(text: &str, included: bool, opened: bool) -> Option<Bound<T>> {
    let text = text.trim().trim_matches('"');
    if text.is_empty() {
        return opened.then_some(Bound::Unbounded);
    }
    let mut raw = BytesMut::new();
    T::SQL_TYPE.parse(text).ok()?.write(&mut raw)?.ok()?;
    let value = T::decode(&raw).ok()?;
    Some(if included { Bound::Included(value) } else { Bound::Excluded(value) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, TimeDelta, Utc};

    #[test]
    fn multiranges_are_text_and_bytes() {
        let ranges = Multirange::from([Range::from(1..5), Range::from(..), Range::empty()]);
        let SqlValue::Text(text) = ranges.to_value() else { panic!("{ranges:?}") };
        assert_eq!(text, r#"{["1","5"),(,),empty}"#);
        assert_eq!(Multirange::<i32>::decode(text.as_bytes()).unwrap(), ranges);
        assert_eq!(Multirange::<i32>::decode(b"{[1,5), (,) ,empty}").unwrap(), ranges);
        let raw = b"\0\0\0\x01\0\0\0\x11\x02\0\0\0\x04\0\0\0\x01\0\0\0\x04\0\0\0\x05";
        let one = Multirange::from([Range::from(1..5)]);
        assert_eq!(Multirange::<i32>::decode(raw).unwrap(), one);
        for end in 0..raw.len() {
            assert!(Multirange::<i32>::decode(&raw[..end]).is_err(), "{end}");
        }
        for nonsense in ["{", "{[1,5}", "{1,5)}", "{[x,5)}", "{[1)}"] {
            assert!(Multirange::<i32>::decode(nonsense.as_bytes()).is_err(), "{nonsense}");
        }
        let last = Multirange::from([1..=i32::MAX]);
        assert!(matches!(last.to_value(), SqlValue::Invalid(_)));
    }

    #[test]
    fn moments_stand_in_quotes() {
        let start = DateTime::UNIX_EPOCH + TimeDelta::microseconds(1);
        let ranges: Multirange<DateTime<Utc>> = [start..start + TimeDelta::days(1)].into();
        let SqlValue::Text(text) = ranges.to_value() else { panic!("{ranges:?}") };
        assert_eq!(Multirange::decode(text.as_bytes()).unwrap(), ranges, "{text}");
    }
}
