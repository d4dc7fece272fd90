//! Rows that did not come from the server, in the form that it would have given them.

use super::Cells;
use crate::value::SqlValue;
use bytes::BytesMut;
use postgres_types::{ToSql, Type};

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
        _ => None,
    }
}
