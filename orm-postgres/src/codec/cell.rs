//! Values behind their lengths, as items of arrays and columns of COPY have them.

use super::{Problem, encode, with_length};
use bytes::BytesMut;
use orm_sql::value::{Form, SqlType, SqlValue};

/// Writes a value behind its length; the commonest ones at once, as there may be millions of them.
#[inline]
pub(crate) fn cell(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> Result<(), Problem> {
    match (sql_type, value) {
        (_, SqlValue::Null) => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        (SqlType::Int4, SqlValue::I32(value)) => put_4(out, value.to_be_bytes()),
        (SqlType::Int8, SqlValue::I64(value)) => put_8(out, value.to_be_bytes()),
        (SqlType::Int2, SqlValue::I16(value)) => {
            let [high, low] = value.to_be_bytes();
            out.extend_from_slice(&[0, 0, 0, 2, high, low]);
        }
        (SqlType::Float8, SqlValue::F64(value)) => put_8(out, value.to_be_bytes()),
        (SqlType::Float4, SqlValue::F32(value)) => put_4(out, value.to_be_bytes()),
        (SqlType::Bool, SqlValue::Bool(value)) => {
            out.extend_from_slice(&[0, 0, 0, 1, u8::from(*value)]);
        }
        (SqlType::Uuid, SqlValue::Uuid(value)) => {
            out.extend_from_slice(&16_i32.to_be_bytes());
            out.extend_from_slice(value.as_bytes());
        }
        (SqlType::Date, SqlValue::Date(value)) => sized(4, value, out)?,
        (SqlType::Time, SqlValue::Time(value)) => sized(8, value, out)?,
        (SqlType::Timestamp, SqlValue::Timestamp(value)) => sized(8, value, out)?,
        (SqlType::TimestampTz, SqlValue::TimestampTz(value)) => sized(8, value, out)?,
        (SqlType::Text, SqlValue::Text(text)) if !text.as_bytes().contains(&0) => {
            out.extend_from_slice(&i32::try_from(text.len())?.to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        _ => with_length(out, |out| encode(value, sql_type, out))?,
    }
    Ok(())
}

/// A value whose form has always the same length.
#[inline]
fn sized(length: i32, value: &impl Form, out: &mut BytesMut) -> Result<(), Problem> {
    out.extend_from_slice(&length.to_be_bytes());
    value.write(out)
}

/// Length and value in one piece: room is looked for once.
#[inline]
fn put_4(out: &mut BytesMut, [a, b, c, d]: [u8; 4]) {
    out.extend_from_slice(&[0, 0, 0, 4, a, b, c, d]);
}

#[inline]
fn put_8(out: &mut BytesMut, [a, b, c, d, e, f, g, h]: [u8; 8]) {
    out.extend_from_slice(&[0, 0, 0, 8, a, b, c, d, e, f, g, h]);
}
