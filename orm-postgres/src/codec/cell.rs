//! Values behind their lengths, as items of arrays and columns of COPY have them.

use super::{Problem, encode, with_length};
use bytes::BytesMut;
use orm_sql::value::{SqlType, SqlValue, write_cell};

/// Writes a value behind its length; the commonest ones at once, as there may be millions of them.
#[inline]
pub(crate) fn cell(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> Result<(), Problem> {
    match write_cell(value, sql_type, out) {
        true => Ok(()),
        false => with_length(out, |out| encode(value, sql_type, out)),
    }
}
