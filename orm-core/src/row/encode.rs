//! Rows that did not come from the server, in the form that it would have given them.

use crate::column::Column;
use bytes::{BufMut, BytesMut};
use orm_sql::row::{CellError, Cells};
use orm_sql::value::{BoundValue, RangeValue, SqlType, SqlValue};

/// A row of values; `None` where one of them is of a type that is not written here.
pub(crate) fn encoded(values: impl IntoIterator<Item = SqlValue>) -> Option<Encoded> {
    values.into_iter().map(|value| cell(&value)).collect::<Option<_>>().map(Encoded)
}

/// A row of values of known types; `None` where the form of one of them is known to the server
/// only, as that of an extension's type.
pub(crate) fn encoded_as(values: impl IntoIterator<Item = (SqlValue, SqlType)>) -> Option<Encoded> {
    let cells = values.into_iter().map(|(value, sql_type)| cell_as(&value, sql_type));
    cells.collect::<Option<_>>().map(Encoded)
}

/// The value as the Rust type that a column holds; `None` where it is none of that type.
pub fn typed<T: Column>(value: &SqlValue) -> Option<T> {
    match cell(value)? {
        Some(raw) => T::decode(&raw).ok(),
        None => T::decode_null().ok(),
    }
}

/// Whether a column's type can read a value, once it is stored. Where only the server knows its
/// form, it is taken for granted.
///
/// # Errors
///
/// Why it cannot.
pub(crate) fn reads<T: Column>(value: &SqlValue) -> Result<(), CellError> {
    match cell(value) {
        Some(Some(raw)) => T::decode(&raw).map(drop),
        Some(None) => T::decode_null().map(drop),
        None => Ok(()),
    }
}

/// Cells made here.
#[derive(PartialEq)]
pub(crate) struct Encoded(Vec<Cell>);

type Cell = Option<BytesMut>;

impl Cells for Encoded {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index)?.as_deref()
    }
}

fn cell_as(value: &SqlValue, sql_type: SqlType) -> Option<Cell> {
    if let SqlType::Named(_) = sql_type.leaf() {
        return match value {
            SqlValue::Null => Some(None),
            SqlValue::Bytes(bytes) => Some(Some(bytes.as_slice().into())),
            _ => None,
        };
    }
    match (sql_type, whole_number(value)) {
        (SqlType::Int2, Some(number)) => cell(&SqlValue::I16(number.try_into().ok()?)),
        (SqlType::Int4, Some(number)) => cell(&SqlValue::I32(number.try_into().ok()?)),
        (SqlType::Int8, Some(number)) => cell(&SqlValue::I64(number)),
        _ => cell(value),
    }
}

/// An integer of any width.
pub(crate) fn whole_number(value: &SqlValue) -> Option<i64> {
    match value {
        SqlValue::I16(number) => Some((*number).into()),
        SqlValue::I32(number) => Some((*number).into()),
        SqlValue::I64(number) => Some(*number),
        _ => None,
    }
}

fn cell(value: &SqlValue) -> Option<Cell> {
    let mut out = BytesMut::new();
    Some(write(value, &mut out)?.then_some(out))
}

/// Writes the binary form of a value; `Some(false)` for NULL.
fn write(value: &SqlValue, out: &mut BytesMut) -> Option<bool> {
    match value {
        SqlValue::Null => return Some(false),
        // Also what the server would refuse, so that it can be looked at and refused by name.
        SqlValue::Text(value) => out.extend_from_slice(value.as_bytes()),
        SqlValue::Array(items) => array(items, out)?,
        SqlValue::Range(value) => range(value, out)?,
        SqlValue::Cells { count, encoded } => {
            put_number(usize::from(*count > 0), out)?;
            out.put_slice(&[0; 8]);
            if *count > 0 {
                put_number(*count, out)?;
                put_number(1, out)?;
                out.put_slice(encoded);
            }
        }
        SqlValue::Upload(upload) => out.extend_from_slice(upload.token().as_bytes()),
        // All but `Items` and `Invalid`.
        other => other.write(out)?.ok()?,
    }
    Some(true)
}

/// Dimensions, flags, the type of the items, which no reader of ours asks for, and the items.
fn array(items: &[SqlValue], out: &mut BytesMut) -> Option<()> {
    let mut lengths = vec![items.len()];
    let mut first = items.first();
    while let Some(SqlValue::Array(inner)) = first {
        lengths.push(inner.len());
        first = inner.first();
    }
    let empty = lengths.contains(&0);
    let dimensions = if empty { 0 } else { lengths.len() };
    put_number(dimensions, out)?;
    out.put_slice(&[0; 8]);
    if empty {
        return Some(());
    }
    for length in &lengths {
        put_number(*length, out)?;
        put_number(1, out)?;
    }
    array_items(items, &lengths, out)
}

fn array_items(items: &[SqlValue], lengths: &[usize], out: &mut BytesMut) -> Option<()> {
    let (length, rest) = lengths.split_first()?;
    if items.len() != *length {
        return None;
    }
    for item in items {
        match item {
            SqlValue::Array(inner) => array_items(inner, rest, out)?,
            item => with_length(item, out)?,
        }
    }
    Some(())
}

fn put_number(number: usize, out: &mut BytesMut) -> Option<()> {
    out.put_i32(i32::try_from(number).ok()?);
    Some(())
}

fn with_length(value: &SqlValue, out: &mut BytesMut) -> Option<()> {
    match cell(value)? {
        None => out.put_i32(-1),
        Some(bytes) => {
            put_number(bytes.len(), out)?;
            out.put_slice(&bytes);
        }
    }
    Some(())
}

/// A byte of flags, then the bounds that there are.
fn range(range: &RangeValue, out: &mut BytesMut) -> Option<()> {
    let RangeValue::Bounds { lower, upper } = range else {
        out.put_u8(0x01);
        return Some(());
    };
    let flag = |bound: &BoundValue, included: u8, unbounded: u8| match bound {
        BoundValue::Unbounded => unbounded,
        BoundValue::Included(_) => included,
        BoundValue::Excluded(_) => 0,
    };
    out.put_u8(flag(lower, 0x02, 0x08) | flag(upper, 0x04, 0x10));
    for bound in [lower, upper] {
        match bound {
            BoundValue::Unbounded => {}
            BoundValue::Included(value) | BoundValue::Excluded(value) => with_length(value, out)?,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{Column, Json, Range};
    use chrono::{NaiveDate, TimeDelta};
    use ipnet::IpNet;
    use orm_sql::value::HStore;
    use rust_decimal::Decimal;
    use std::net::IpAddr;

    fn check<T: Column + PartialEq + std::fmt::Debug>(value: T) {
        let row = encoded_as([(value.to_value(), T::SQL_TYPE)]).unwrap();
        let back = row.cell(0).map_or_else(T::decode_null, T::decode).unwrap();
        assert_eq!(back, value);
    }

    #[test]
    fn what_is_written_here_is_read_as_from_the_server() {
        let day = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
        check(true);
        check((-3_i16, 4).0);
        check(i32::MIN);
        check(i64::MAX);
        check(1.5_f32);
        check(-0.25_f64);
        check(Decimal::new(-12_345, 3));
        check("naïve".to_owned());
        check(Option::<String>::None);
        check(Some(7_i32));
        check(vec![0_u8, 255]);
        check(day);
        check(day.and_hms_micro_opt(23, 59, 58, 7).unwrap());
        check(day.and_hms_micro_opt(23, 59, 58, 7).unwrap().and_utc());
        check(TimeDelta::microseconds(-5_000_001));
        check(uuid::Uuid::from_u128(7));
        check(serde_json::json!({"a": [1, null, "x"]}));
        check(Json(vec![1, 2]));
        check(HStore::from([("a", Some("1")), ("\\", None)]));
        check(vec![HStore::default(), HStore::from([("a", "1")])]);
        check("10.0.0.1".parse::<IpAddr>().unwrap());
        check("2001:db8::/32".parse::<IpNet>().unwrap());
        check(vec!["a".to_owned(), String::new()]);
        check(Vec::<i32>::new());
        check(vec![Some(1_i32), None]);
        check(vec![vec![1_i64, 2], vec![3, 4]]);
        check(Range::from(1_i32..5));
        check(Range::<i64>::from(..));
    }

    #[test]
    fn a_value_is_read_as_its_own_type_only() {
        assert_eq!(typed(&5_i32.to_value()), Some(5_i32));
        assert_eq!(typed(&SqlValue::Null), Some(None::<String>));
        assert_eq!(typed::<i32>(&5_i64.to_value()), None);
        assert_eq!(typed::<i32>(&SqlValue::Null), None);
        assert_eq!(typed::<Vec<Vec<i32>>>(&vec![vec![1], vec![]].to_value()), None);
    }

    #[test]
    fn integers_take_the_width_of_their_column() {
        let row = encoded_as([(SqlValue::I32(5), SqlType::Int8)]).unwrap();
        assert_eq!(row.cell(0), Some(&5_i64.to_be_bytes()[..]));
        assert!(encoded_as([(SqlValue::I32(70_000), SqlType::Int2)]).is_none());
        // What only the server knows the form of.
        let name = SqlType::Named("citext");
        assert!(encoded_as([(SqlValue::Text("x".to_owned()), name)]).is_none());
        assert!(encoded_as([(SqlValue::Null, name)]).is_some());
        let ragged = vec![SqlValue::Array(vec![SqlValue::I32(1)]), SqlValue::Array(vec![])];
        assert!(encoded_as([(SqlValue::Array(ragged), SqlType::Array(&SqlType::Int4))]).is_none());
    }
}
