//! Everything that is neither an array nor a range.

use super::{Encoded, mismatch};
use bytes::{BufMut, BytesMut};
use orm_sql::value::{Form, SqlType as T, SqlValue as V};
use postgres_types::IsNull;
use rust_decimal::Decimal;

/// Integers widen, and narrow where they fit; floats widen; nothing else changes its kind.
pub(super) fn encode(value: &V, sql_type: T, out: &mut BytesMut) -> Encoded {
    let written = match (sql_type, value) {
        (T::Named(_), V::Bytes(bytes)) => return put(out, bytes),
        (T::Cidr, V::Net(net)) if net.trunc() != *net => return Err(NO_NETWORK.into()),
        _ => match sql_type.write(value, out) {
            Some(written) => written,
            None => return widened(value, sql_type, out),
        },
    };
    written.map(|()| IsNull::No)
}

const NO_NETWORK: &str = "a network with bits set after its prefix, which a `cidr` does not keep: \
                          `.trunc()` it, or give the field an `orm::column::Inet`";

fn widened(value: &V, sql_type: T, out: &mut BytesMut) -> Encoded {
    match (sql_type, value) {
        (T::Float8, V::F32(v)) => put(out, &f64::from(*v).to_be_bytes()),
        (_, V::I16(v)) => integer(value, i64::from(*v), sql_type, out),
        (_, V::I32(v)) => integer(value, i64::from(*v), sql_type, out),
        (_, V::I64(v)) => integer(value, *v, sql_type, out),
        (_, V::Invalid(message)) => Err(message.as_str().into()),
        _ => Err(mismatch(value, sql_type)),
    }
}

fn integer(value: &V, integer: i64, sql_type: T, out: &mut BytesMut) -> Encoded {
    let narrow = |_| format!("the integer is out of range for `{}`", sql_type.name());
    match sql_type {
        T::Int2 => put(out, &i16::try_from(integer).map_err(narrow)?.to_be_bytes()),
        T::Int4 => put(out, &i32::try_from(integer).map_err(narrow)?.to_be_bytes()),
        T::Int8 => put(out, &integer.to_be_bytes()),
        T::Numeric => Decimal::from(integer).write(out).map(|()| IsNull::No),
        _ => Err(mismatch(value, sql_type)),
    }
}

fn put(out: &mut BytesMut, bytes: &[u8]) -> Encoded {
    out.put_slice(bytes);
    Ok(IsNull::No)
}
