//! Messages to the server, and the rarer ones from it.

use super::Frame;
use crate::codec::Param;
use crate::error::DriverError;
use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;
use postgres_types::{Oid, Type};
use std::io;

pub(crate) use frontend::sync;

const BINARY: i16 = 1;

/// Execute, of the portal without a name and without a limit, and Sync.
const EXECUTE_AND_SYNC: &[u8] = b"E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04";

/// Bind and Execute of what was parsed without a name and has no parameters.
const BIND_AND_EXECUTE: &[u8] = b"B\0\0\0\x0c\0\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0";

/// SQL without parameters, of one or more statements.
pub(in crate::wire) fn query(sql: &str, out: &mut BytesMut) -> io::Result<()> {
    frontend::query(sql, out)
}

/// Runs a statement that takes and returns nothing, as the beginning of the request that follows: where
/// it fails, the server passes over the rest.
pub(super) fn in_front(sql: &str, out: &mut BytesMut) -> io::Result<()> {
    frontend::parse("", sql, [], out)?;
    out.put_slice(BIND_AND_EXECUTE);
    Ok(())
}

/// Has the server forget a statement.
pub(super) fn close(name: &str, out: &mut BytesMut) -> io::Result<()> {
    frontend::close(b'S', name, out)?;
    frontend::sync(out);
    Ok(())
}

/// Has the server prepare a statement and say what it takes and returns.
pub(in crate::wire) fn prepare(
    name: &str,
    sql: &str,
    params: &[Type],
    out: &mut BytesMut,
) -> Result<(), DriverError> {
    let parsed = frontend::parse(name, sql, params.iter().map(Type::oid), out);
    parsed.and_then(|()| frontend::describe(b'S', name, out)).map_err(DriverError::Unsent)?;
    frontend::sync(out);
    Ok(())
}

/// Runs a prepared statement.
pub(in crate::wire) fn run<'p>(
    name: &str,
    types: &[Type],
    params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    out: &mut BytesMut,
) -> Result<(), DriverError> {
    bind(name, types, params, out)?;
    out.put_slice(EXECUTE_AND_SYNC);
    Ok(())
}

/// Runs a statement that is sent as text.
pub(in crate::wire) fn run_text<'p>(
    sql: &str,
    types: &[Type],
    params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    out: &mut BytesMut,
) -> Result<(), DriverError> {
    let parsed = frontend::parse("", sql, types.iter().map(Type::oid), out);
    parsed.map_err(DriverError::Unsent)?;
    bind("", types, params, out)?;
    frontend::describe(b'P', "", out).map_err(DriverError::Unsent)?;
    out.put_slice(EXECUTE_AND_SYNC);
    Ok(())
}

/// The values of a statement, for the portal without a name.
fn bind<'p>(
    name: &str,
    types: &[Type],
    params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    out: &mut BytesMut,
) -> Result<(), DriverError> {
    let (expected, found) = (types.len(), params.len());
    if expected != found {
        return Err(DriverError::Parameters { expected, found });
    }
    let count = i16::try_from(found).map_err(|_| too_large())?;
    // Room for what most values are, so that it is looked for once.
    out.reserve(name.len() + 64 + 16 * found);
    let start = out.len() + 1;
    // The length is put in at the end; the portal has no name.
    out.put_slice(b"B\0\0\0\0\0");
    out.put_slice(name.as_bytes());
    let [high, low] = count.to_be_bytes();
    if params.clone().any(|param| param.is_text()) {
        out.put_slice(&[0, high, low]);
        params.clone().for_each(|param| out.put_i16(if param.is_text() { 0 } else { BINARY }));
        out.put_slice(&[high, low]);
    } else {
        out.put_slice(&[0, 0, 1, 0, 1, high, low]);
    }
    for (param, wire) in params.zip(types) {
        param.write_cell(wire, out).map_err(DriverError::Encode)?;
    }
    // All columns come in binary form.
    out.put_slice(&[0, 1, 0, 1]);
    let length = i32::try_from(out.len() - start).map_err(|_| too_large())?;
    put_at(out, start, length);
    Ok(())
}

#[inline]
fn put_at(out: &mut BytesMut, place: usize, number: i32) {
    if let Some(bytes) = out.get_mut(place..place + 4) {
        bytes.copy_from_slice(&number.to_be_bytes());
    }
}

fn too_large() -> DriverError {
    DriverError::Unsent(io::Error::new(io::ErrorKind::InvalidInput, "value too large to transmit"))
}

/// The types of a ParameterDescription.
pub(in crate::wire) fn parameters(body: &[u8]) -> Option<Vec<Oid>> {
    let (count, mut rest) = body.split_first_chunk::<2>()?;
    let mut types = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (oid, after) = rest.split_first_chunk::<4>()?;
        types.push(Oid::from_be_bytes(*oid));
        rest = after;
    }
    rest.is_empty().then_some(types)
}

/// The names and types of a RowDescription.
pub(in crate::wire) fn columns(body: &[u8]) -> Option<Vec<(String, Oid)>> {
    let (count, mut rest) = body.split_first_chunk::<2>()?;
    let mut columns = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8_lossy(rest.get(..end)?).into_owned();
        // The table and the column in it are in front of the type; its length, its modifier and the
        // format are behind.
        let (_, after) = rest.get(end + 1..)?.split_first_chunk::<6>()?;
        let (oid, after) = after.split_first_chunk::<4>()?;
        columns.push((name, Oid::from_be_bytes(*oid)));
        rest = after.split_first_chunk::<8>()?.1;
    }
    rest.is_empty().then_some(columns)
}

/// How many rows a statement has touched, from its tag: `INSERT 0 5`.
#[inline]
pub(in crate::wire) fn touched(frame: Frame<'_>) -> u64 {
    let digits = frame.body.strip_suffix(b"\0").unwrap_or(frame.body);
    let number = digits.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let digit = |n: u64, byte: &u8| {
        byte.is_ascii_digit().then(|| n.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')))
    };
    number.iter().try_fold(0, digit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read() {
        let row = b"\0\x02id\0\0\0\x40\x01\0\x01\0\0\0\x14\0\x08\xff\xff\xff\xff\0\0n\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0";
        assert_eq!(columns(row), Some(vec![("id".to_owned(), 20), ("n".to_owned(), 25)]));
        assert_eq!(parameters(b"\0\x01\0\0\0\x17"), Some(vec![23]));
        for cut in 0..row.len() {
            assert_eq!(columns(&row[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn tags_say_how_many() {
        for (tag, rows) in
            [(&b"INSERT 0 5\0"[..], 5), (b"SELECT 120\0", 120), (b"CREATE TABLE\0", 0), (b"", 0)]
        {
            let frame = Frame { tag: b'C', body: tag, whole: tag };
            assert_eq!(touched(frame), rows);
        }
    }
}
