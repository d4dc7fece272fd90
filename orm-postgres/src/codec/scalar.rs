//! Everything that is neither an array nor a range.

use super::{Encoded, mismatch, net, put_text};
use bytes::{BufMut, BytesMut};
use orm_sql::value::{SqlType as T, SqlValue as V};
use postgres_types::{IsNull, ToSql, Type};
use rust_decimal::Decimal;

/// Integers widen, and narrow where they fit; floats widen; nothing else changes its kind.
pub(super) fn encode(value: &V, sql_type: T, out: &mut BytesMut) -> Encoded {
    match (sql_type, value) {
        (T::Int4, V::I32(v)) => put(out, &v.to_be_bytes()),
        (T::Int8, V::I64(v)) => put(out, &v.to_be_bytes()),
        (T::Int2, V::I16(v)) => put(out, &v.to_be_bytes()),
        (T::Text, V::Text(v)) => put_text(v, out),
        (T::Bool, V::Bool(v)) => put(out, &[u8::from(*v)]),
        (T::Float4, V::F32(v)) => put(out, &v.to_be_bytes()),
        (T::Float8, V::F64(v)) => put(out, &v.to_be_bytes()),
        (T::Float8, V::F32(v)) => put(out, &f64::from(*v).to_be_bytes()),
        (T::Numeric, V::Decimal(v)) => v.to_sql(&Type::NUMERIC, out),
        (T::Bytea | T::Named(_), V::Bytes(v)) => put(out, v),
        (T::Date, V::Date(v)) => v.to_sql(&Type::DATE, out),
        (T::Time, V::Time(v)) => v.to_sql(&Type::TIME, out),
        (T::Timestamp, V::Timestamp(v)) => v.to_sql(&Type::TIMESTAMP, out),
        (T::TimestampTz, V::TimestampTz(v)) => v.to_sql(&Type::TIMESTAMPTZ, out),
        (T::Interval, V::Interval(v)) => {
            out.put_i64(v.microseconds);
            out.put_i32(v.days);
            out.put_i32(v.months);
            Ok(IsNull::No)
        }
        (T::Uuid, V::Uuid(v)) => put(out, v.as_bytes()),
        (T::Jsonb, V::Json(v)) => v.to_sql(&Type::JSONB, out),
        (T::Inet | T::Cidr, V::Net(v)) => net::encode(*v, sql_type == T::Cidr, out),
        (_, V::I16(v)) => integer(value, i64::from(*v), sql_type, out),
        (_, V::I32(v)) => integer(value, i64::from(*v), sql_type, out),
        (_, V::I64(v)) => integer(value, *v, sql_type, out),
        _ => Err(mismatch(value, sql_type)),
    }
}

fn integer(value: &V, integer: i64, sql_type: T, out: &mut BytesMut) -> Encoded {
    let narrow = |_| format!("the integer is out of range for `{}`", sql_type.name());
    match sql_type {
        T::Int2 => put(out, &i16::try_from(integer).map_err(narrow)?.to_be_bytes()),
        T::Int4 => put(out, &i32::try_from(integer).map_err(narrow)?.to_be_bytes()),
        T::Int8 => put(out, &integer.to_be_bytes()),
        T::Numeric => Decimal::from(integer).to_sql(&Type::NUMERIC, out),
        _ => Err(mismatch(value, sql_type)),
    }
}

fn put(out: &mut BytesMut, bytes: &[u8]) -> Encoded {
    out.put_slice(bytes);
    Ok(IsNull::No)
}
