//! Rows that did not come from the server, in the form that it would have given them.

use super::Cells;
use crate::column::Column;
use crate::value::{BoundValue, RangeValue, SqlValue};
use bytes::{BufMut, BytesMut};
use ipnet::IpNet;
use postgres_types::{ToSql, Type};
use std::net::IpAddr;

/// The value as the Rust type that a column holds; `None` where it is none of that type.
pub(crate) fn typed<T: Column>(value: &SqlValue) -> Option<T> {
    match cell(value)? {
        Some(raw) => T::decode(&raw).ok(),
        None => T::decode_null().ok(),
    }
}

/// A row of values; `None` where one of them is of a type that is not written here.
pub(crate) fn encoded(values: impl IntoIterator<Item = SqlValue>) -> Option<impl Cells> {
    values.into_iter().map(|value| cell(&value)).collect::<Option<_>>().map(Encoded)
}

struct Encoded(Vec<Option<Vec<u8>>>);

impl Cells for Encoded {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index)?.as_deref()
    }
}

fn cell(value: &SqlValue) -> Option<Option<Vec<u8>>> {
    fn bytes(value: &dyn ToSql, sql_type: &Type) -> Option<Option<Vec<u8>>> {
        let mut out = BytesMut::new();
        value.to_sql_checked(sql_type, &mut out).ok()?;
        Some(Some(out.to_vec()))
    }
    match value {
        SqlValue::Null => Some(None),
        SqlValue::Bool(value) => bytes(value, &Type::BOOL),
        SqlValue::I16(value) => bytes(value, &Type::INT2),
        SqlValue::I32(value) => bytes(value, &Type::INT4),
        SqlValue::I64(value) => bytes(value, &Type::INT8),
        SqlValue::F32(value) => bytes(value, &Type::FLOAT4),
        SqlValue::F64(value) => bytes(value, &Type::FLOAT8),
        SqlValue::Decimal(value) => bytes(value, &Type::NUMERIC),
        SqlValue::Text(value) => bytes(value, &Type::TEXT),
        SqlValue::Bytes(value) => bytes(value, &Type::BYTEA),
        SqlValue::Date(value) => bytes(value, &Type::DATE),
        SqlValue::Time(value) => bytes(value, &Type::TIME),
        SqlValue::Timestamp(value) => bytes(value, &Type::TIMESTAMP),
        SqlValue::TimestampTz(value) => bytes(value, &Type::TIMESTAMPTZ),
        SqlValue::Uuid(value) => bytes(value, &Type::UUID),
        SqlValue::Json(value) => bytes(value, &Type::JSONB),
        SqlValue::Interval(value) => Some(Some(
            [
                value.microseconds.to_be_bytes().as_slice(),
                value.days.to_be_bytes().as_slice(),
                value.months.to_be_bytes().as_slice(),
            ]
            .concat(),
        )),
        SqlValue::Net(net) => Some(Some(network(*net))),
        SqlValue::Array(items) => array(items).map(Some),
        SqlValue::Cells { count, encoded } => {
            let mut out = header(&[*count]);
            out.put_slice(encoded);
            Some(Some(out))
        }
        SqlValue::Range(value) => range(value).map(Some),
        SqlValue::Invalid(_) => None,
    }
}

/// Family, bits of the mask, whether it is a `cidr` (which readers pass over), length, address.
fn network(net: IpNet) -> Vec<u8> {
    match net.addr() {
        IpAddr::V4(v4) => [&[2, net.prefix_len(), 0, 4], v4.octets().as_slice()].concat(),
        IpAddr::V6(v6) => [&[3, net.prefix_len(), 0, 16], v6.octets().as_slice()].concat(),
    }
}

/// What stands before the items of an array. Readers pass over the items' type.
fn header(lengths: &[usize]) -> Vec<u8> {
    let empty = lengths.contains(&0);
    let dimensions = if empty { 0 } else { lengths.len() };
    let mut out = Vec::new();
    out.put_i32(dimensions as i32);
    out.put_i32(1);
    out.put_u32(0);
    for length in lengths.iter().take(dimensions) {
        out.put_i32(*length as i32);
        out.put_i32(1);
    }
    out
}

fn array(items: &[SqlValue]) -> Option<Vec<u8>> {
    let mut lengths = vec![items.len()];
    let mut first = items.first();
    while let Some(SqlValue::Array(inner)) = first {
        lengths.push(inner.len());
        first = inner.first();
    }
    let mut out = header(&lengths);
    array_items(items, &lengths, &mut out)?;
    Some(out)
}

fn array_items(items: &[SqlValue], lengths: &[usize], out: &mut Vec<u8>) -> Option<()> {
    let (length, rest) = lengths.split_first()?;
    if items.len() != *length {
        return None;
    }
    items.iter().try_for_each(|item| match item {
        SqlValue::Array(inner) => array_items(inner, rest, out),
        item => with_length(cell(item)?, out),
    })
}

fn with_length(cell: Option<Vec<u8>>, out: &mut Vec<u8>) -> Option<()> {
    match cell {
        None => out.put_i32(-1),
        Some(raw) => {
            out.put_i32(i32::try_from(raw.len()).ok()?);
            out.put_slice(&raw);
        }
    }
    Some(())
}

/// A byte of flags, then the bounds that there are.
fn range(value: &RangeValue) -> Option<Vec<u8>> {
    let RangeValue::Bounds { lower, upper } = value else { return Some(vec![0x01]) };
    let mut out = vec![range_flag(lower, 0x02, 0x08) | range_flag(upper, 0x04, 0x10)];
    for bound in [lower, upper] {
        if let BoundValue::Included(value) | BoundValue::Excluded(value) = bound {
            with_length(cell(value)?, &mut out)?;
        }
    }
    Some(out)
}

fn range_flag(bound: &BoundValue, included: u8, unbounded: u8) -> u8 {
    match bound {
        BoundValue::Unbounded => unbounded,
        BoundValue::Included(_) => included,
        BoundValue::Excluded(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::typed;
    use crate::column::{Column, Range};
    use chrono::TimeDelta;
    use serde_json::json;
    use std::net::IpAddr;

    fn same<T: Column + PartialEq + std::fmt::Debug>(value: T) {
        assert_eq!(typed::<T>(&value.to_value()), Some(value));
    }

    #[test]
    fn every_type_is_read_back() {
        same(Some(5i32));
        same(None::<String>);
        same(json!({"a": [1, null]}));
        same(TimeDelta::milliseconds(-1_234_567));
        same("10.1.2.3".parse::<IpAddr>().unwrap());
        same("fe80::1".parse::<IpAddr>().unwrap());
        same("10.0.0.0/8".parse::<ipnet::IpNet>().unwrap());
        same(Vec::<i32>::new());
        same(vec![Some("a".to_owned()), None]);
        same(vec![vec![1i64, 2], vec![3, 4]]);
        same(Range::from(1..5));
        same(Range::<i64>::empty());
        same(Range::from(..chrono::NaiveDate::default()));
    }

    #[test]
    fn what_is_of_another_type_is_not_read() {
        assert_eq!(typed::<i32>(&5i64.to_value()), None);
        assert_eq!(typed::<i32>(&None::<i32>.to_value()), None);
        assert_eq!(typed::<Vec<Vec<i32>>>(&vec![vec![1], vec![]].to_value()), None);
    }
}
