//! Values on their way to the server, written as the statement's parameter types want them.

mod array;
mod cell;
mod range;
mod scalar;
pub(crate) mod text;

use bytes::{BufMut, BytesMut};
use orm_sql::Error;
use orm_sql::exec::Statement;
use orm_sql::value::{SqlType, SqlValue, write_cell};
use postgres_types::{Format, IsNull, ToSql, Type};
use std::error::Error as StdError;
use std::fmt;

pub(crate) type Encoded = Result<IsNull, Problem>;
pub(crate) use cell::cell;
pub(crate) use orm_sql::value::Problem;

/// The parameters of a statement, for the driver.
pub(crate) fn params(statement: &Statement) -> impl ExactSizeIterator<Item = Param<'_>> + Clone {
    params_of(&statement.params)
}

/// None.
pub(crate) fn no_params() -> impl ExactSizeIterator<Item = Param<'static>> + Clone {
    params_of(&[])
}

fn params_of(params: &[(SqlValue, SqlType)]) -> impl ExactSizeIterator<Item = Param<'_>> + Clone {
    params.iter().enumerate().map(|(index, (value, sql_type))| Param {
        value,
        sql_type: *sql_type,
        position: index + 1,
    })
}

/// One value and the type that it travels as.
pub(crate) struct Param<'a> {
    value: &'a SqlValue,
    sql_type: SqlType,
    position: usize,
}

/// The driver logs its parameters: a value must not be seen there.
impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.sql_type.name())
    }
}

impl Param<'_> {
    /// True for what travels as text.
    #[inline]
    pub(crate) fn is_text(&self) -> bool {
        is_text(self.sql_type, self.value)
    }

    /// Writes the value behind its length; the commonest ones at once.
    #[inline]
    pub(crate) fn write_cell(&self, wire: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
        let is_plain = length(self.value) < SLACK && !self.sql_type.travels_as_text();
        if is_plain && write_cell(self.value, self.sql_type, out) && out.len() <= LONGEST_MESSAGE {
            return Ok(());
        }
        self.write_rare(wire, out)
    }

    #[inline(never)]
    fn write_rare(&self, wire: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
        let encoded = with_length(out, |out| self.encoded(wire, out));
        encoded.map_err(|e| self.problem(&e))
    }

    /// Writes the value.
    fn encoded(&self, wire: &Type, out: &mut BytesMut) -> Encoded {
        let encoded = make_room(self.value, out).and_then(|()| match self.value {
            SqlValue::Cells { count, encoded } => array::encode_cells(*count, encoded, wire, out),
            value if is_text(self.sql_type, value) => text::encode(value, out),
            SqlValue::Array(items) if self.sql_type.travels_as_text() => {
                array::encode_named(items, self.sql_type, wire, out)
            }
            value => encode(value, self.sql_type, out),
        });
        encoded.and_then(|is_null| fits_message(out).map(|()| is_null))
    }

    #[cold]
    fn problem(&self, problem: &Problem) -> EncodeError {
        EncodeError { position: self.position, message: problem.to_string() }
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, wire: &Type, out: &mut BytesMut) -> Encoded {
        Ok(self.encoded(wire, out).map_err(|e| self.problem(&e))?)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if self.is_text() { Format::Text } else { Format::Binary }
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        self.to_sql(ty, out)
    }
}

/// A value that cannot be sent.
#[derive(Debug)]
pub(crate) struct EncodeError {
    position: usize,
    message: String,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot send parameter {}: {}", self.position, self.message)
    }
}

impl StdError for EncodeError {}

impl From<EncodeError> for Error {
    fn from(e: EncodeError) -> Self {
        Error::Encode { position: e.position, message: e.message }
    }
}

/// Finds what cannot be sent. The encoder does that too, but in a batch the statements before are
/// on their way by then.
pub(crate) fn check_values(statement: &Statement) -> Result<(), Error> {
    for (index, (value, _)) in statement.params.iter().enumerate() {
        if let Err(problem) = value.check() {
            return Err(Error::Encode { position: index + 1, message: problem.to_string() });
        }
    }
    Ok(())
}

/// A type that is known by name only takes every value as text, which each type reads; bytes
/// are its own binary form, as are cells that came from the server. So do arrays of what has
/// another number in each database.
fn is_text(sql_type: SqlType, value: &SqlValue) -> bool {
    sql_type.travels_as_text() && !is_binary(value)
}

fn is_binary(value: &SqlValue) -> bool {
    match value {
        SqlValue::Bytes(_) | SqlValue::Cell(_) | SqlValue::Cells { .. } => true,
        SqlValue::Array(items) => items.iter().any(is_binary),
        _ => false,
    }
}

/// The server closes the connection at a message that is longer.
const LONGEST_MESSAGE: usize = (1 << 30) - 1;

/// What else a message has than a long value.
const SLACK: usize = 1 << 10;

/// Room for a long value, and for what follows it, so that it is copied once; or an error before
/// anything is copied.
#[inline]
fn make_room(value: &SqlValue, out: &mut BytesMut) -> Result<(), Problem> {
    let length = length(value);
    if length < SLACK { Ok(()) } else { reserve(length, out) }
}

/// How long a text or bytes are; 0 for all else.
#[inline]
fn length(value: &SqlValue) -> usize {
    match value {
        SqlValue::Text(text) => text.len(),
        SqlValue::Bytes(bytes) | SqlValue::Cell(bytes) => bytes.len(),
        _ => 0,
    }
}

#[cold]
fn reserve(length: usize, out: &mut BytesMut) -> Result<(), Problem> {
    if out.len() + length > LONGEST_MESSAGE {
        return Err(TOO_LONG.into());
    }
    out.reserve(length + SLACK);
    Ok(())
}

#[inline]
fn fits_message(out: &BytesMut) -> Result<(), Problem> {
    if out.len() > LONGEST_MESSAGE { Err(TOO_LONG.into()) } else { Ok(()) }
}

const TOO_LONG: &str =
    "the values of a statement have 1 GiB at most, and with this one there are more";

/// Writes the binary form of a value.
pub(crate) fn encode(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> Encoded {
    match (sql_type, value) {
        (_, SqlValue::Null) => Ok(IsNull::Yes),
        (_, SqlValue::Cell(raw)) => {
            out.put_slice(raw);
            Ok(IsNull::No)
        }
        (SqlType::Array(item), SqlValue::Array(items)) => array::encode(items, *item, out),
        (SqlType::Array(item), SqlValue::Items(items)) => array::encode_items(items, *item, out),
        (_, SqlValue::Range(range)) => {
            value.check()?;
            range::encode(range, sql_type, out)
        }
        _ => scalar::encode(value, sql_type, out),
    }
}

/// Writes a value behind its length, as items of arrays and bounds of ranges have it.
pub(crate) fn with_length(
    out: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> Encoded,
) -> Result<(), Problem> {
    let start = out.len();
    out.put_i32(-1);
    if let IsNull::No = write(out)? {
        let length = i32::try_from(out.len() - start - 4)?;
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(())
}

fn mismatch(value: &SqlValue, sql_type: SqlType) -> Problem {
    format!("{} where `{}` is wanted", value.kind(), sql_type.name()).into()
}
