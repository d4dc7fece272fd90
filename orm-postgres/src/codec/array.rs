//! Arrays, of any depth.

use super::{Encoded, Problem, SLACK, cell, encode as encode_value, mismatch, with_length};
use crate::types;
use bytes::{BufMut, BytesMut};
use orm_sql::value::{Items, SqlType, SqlValue, shape};
use postgres_types::{IsNull, Kind, Oid, Type};

/// Dimensions, whether there are NULLs, the type of the items, then the items.
pub(super) fn encode(items: &[SqlValue], item: SqlType, out: &mut BytesMut) -> Encoded {
    let leaf = item.leaf();
    let Some(wire) = types::builtin(leaf) else {
        return Err(format!("an array of `{}` cannot be sent", leaf.name()).into());
    };
    encode_as(items, item, wire.oid(), out)
}

/// Items of a type that is known by its name only, in a binary form of its own.
pub(super) fn encode_named(
    items: &[SqlValue],
    sql_type: SqlType,
    wire: &Type,
    out: &mut BytesMut,
) -> Encoded {
    match (sql_type, wire.kind()) {
        (SqlType::Array(item), Kind::Array(of)) => encode_as(items, *item, of.oid(), out),
        _ => Err(format!("an array cannot be sent as `{}`", wire.name()).into()),
    }
}

fn encode_as(items: &[SqlValue], item: SqlType, oid: Oid, out: &mut BytesMut) -> Encoded {
    let lengths = match item {
        SqlType::Array(_) => shape(items)?.to_vec(),
        _ => vec![items.len()],
    };
    let dimensions = if items.is_empty() { 0 } else { i32::try_from(lengths.len())? };
    out.put_i32(dimensions);
    out.put_i32(i32::from(has_null(items)));
    out.put_u32(oid);
    for length in lengths.iter().filter(|_| !items.is_empty()) {
        out.put_i32(i32::try_from(*length)?);
        out.put_i32(1);
    }
    write_items(items, item, out)?;
    Ok(IsNull::No)
}

/// A column of rows: a value of each row, of any type but arrays. Where text is wanted, a value of
/// another type is sent as the text that its type reads.
pub(super) fn encode_items(items: &Items, item: SqlType, out: &mut BytesMut) -> Encoded {
    let Some(wire) = types::builtin(item) else {
        return Err(format!("an array of `{}` cannot be sent", item.name()).into());
    };
    let count = i32::try_from(items.count())?;
    out.put_i32(i32::from(count > 0));
    // Whether there are NULLs: the server looks at the items themselves.
    out.put_i32(1);
    out.put_u32(wire.oid());
    if count == 0 {
        return Ok(IsNull::No);
    }
    out.put_i32(count);
    out.put_i32(1);
    if let Some(cells) = items.cells(item) {
        out.reserve(cells.len() + SLACK);
        out.put_slice(cells);
        return Ok(IsNull::No);
    }
    out.reserve(items.count() * 12);
    items.try_each(|value| match (item, value) {
        (SqlType::Text, SqlValue::Text(_) | SqlValue::Null) => cell(value, item, out),
        (SqlType::Text, value) => with_length(out, |out| super::text::encode(value, out)),
        _ => cell(value, item, out),
    })?;
    Ok(IsNull::No)
}

/// Items that came from the server and go back to it as they are.
pub(super) fn encode_cells(count: usize, cells: &[u8], wire: &Type, out: &mut BytesMut) -> Encoded {
    let Kind::Array(item) = wire.kind() else {
        return Err(format!("an array cannot be sent as `{}`", wire.name()).into());
    };
    out.put_i32(i32::from(count > 0));
    // Whether there are NULLs: the server looks at the items themselves.
    out.put_i32(1);
    out.put_u32(item.oid());
    if count > 0 {
        out.put_i32(i32::try_from(count)?);
        out.put_i32(1);
        out.put_slice(cells);
    }
    Ok(IsNull::No)
}

fn has_null(items: &[SqlValue]) -> bool {
    items.iter().any(|value| match value {
        SqlValue::Array(inner) => has_null(inner),
        other => other.is_null(),
    })
}

fn write_items(items: &[SqlValue], item: SqlType, out: &mut BytesMut) -> Result<(), Problem> {
    for value in items {
        match (item, value) {
            (SqlType::Array(inner), SqlValue::Array(values)) => write_items(values, *inner, out)?,
            (SqlType::Array(_), other) => return Err(mismatch(other, item)),
            (leaf, value) => with_length(out, |out| encode_value(value, leaf, out))?,
        }
    }
    Ok(())
}
