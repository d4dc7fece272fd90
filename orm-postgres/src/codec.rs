//! Values on their way to the server, written as the statement's parameter types want them.

mod array;
mod net;
mod range;
mod scalar;
pub(crate) mod text;

use crate::types;
use bytes::{BufMut, BytesMut};
use orm_sql::Error;
use orm_sql::exec::Statement;
use orm_sql::value::{BoundValue, RangeValue, SqlType, SqlValue};
use postgres_types::{Format, IsNull, ToSql, Type};
use std::error::Error as StdError;
use std::fmt;

pub(crate) type Encoded = Result<IsNull, Problem>;
pub(crate) type Problem = Box<dyn StdError + Sync + Send>;

/// The parameters of a statement, for the driver.
pub(crate) fn params(statement: &Statement) -> impl ExactSizeIterator<Item = Param<'_>> {
    statement.params.iter().enumerate().map(|(index, (value, sql_type))| Param {
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

impl ToSql for Param<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Encoded {
        let encoded = if is_text(self.sql_type, self.value) {
            text::encode(self.value, out)
        } else {
            encode(self.value, self.sql_type, out)
        };
        encoded.map_err(|e| self.problem(&e))
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        if is_text(self.sql_type, self.value) { Format::Text } else { Format::Binary }
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Encoded {
        self.to_sql(ty, out)
    }
}

impl Param<'_> {
    #[cold]
    fn problem(&self, problem: &Problem) -> Problem {
        Box::new(EncodeError { position: self.position, message: problem.to_string() })
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

/// Finds text that cannot be sent. The encoder does that too, but in a batch the statements
/// before are on their way by then.
pub(crate) fn check_text(statement: &Statement) -> Result<(), Error> {
    for (index, (value, _)) in statement.params.iter().enumerate() {
        if has_zero(value) {
            return Err(Error::Encode { position: index + 1, message: ZERO.to_owned() });
        }
    }
    Ok(())
}

fn has_zero(value: &SqlValue) -> bool {
    match value {
        SqlValue::Text(text) => text.as_bytes().contains(&0),
        SqlValue::Array(items) => items.iter().any(has_zero),
        SqlValue::Items(items) => items.iter().any(has_zero),
        SqlValue::Range(range) => match &**range {
            RangeValue::Empty => false,
            RangeValue::Bounds { lower, upper } => [lower, upper].into_iter().any(|b| match b {
                BoundValue::Unbounded => false,
                BoundValue::Included(v) | BoundValue::Excluded(v) => has_zero(v),
            }),
        },
        _ => false,
    }
}

const ZERO: &str = "text with a zero byte (`\\0`), which PostgreSQL cannot store";

/// A type that is known by name only takes every value as text, which each type reads; bytes
/// are its own binary form.
fn is_text(sql_type: SqlType, value: &SqlValue) -> bool {
    types::named(sql_type).is_some() && !matches!(value, SqlValue::Bytes(_))
}

/// Writes the binary form of a value.
pub(crate) fn encode(value: &SqlValue, sql_type: SqlType, out: &mut BytesMut) -> Encoded {
    match (sql_type, value) {
        (_, SqlValue::Null) => Ok(IsNull::Yes),
        (SqlType::Array(item), SqlValue::Array(items)) => array::encode(items, *item, out),
        (SqlType::Array(item), SqlValue::Items(items)) => array::encode_items(items, *item, out),
        (SqlType::Array(item), SqlValue::Cells { count, encoded }) => {
            array::encode_cells(*count, encoded, *item, out)
        }
        (_, SqlValue::Range(range)) => range::encode(range, sql_type, out),
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

fn put_text(text: &str, out: &mut BytesMut) -> Encoded {
    if text.as_bytes().contains(&0) {
        return Err(ZERO.into());
    }
    out.put_slice(text.as_bytes());
    Ok(IsNull::No)
}

/// What a value is, for the message that it does not fit.
fn kind(value: &SqlValue) -> &'static str {
    match value {
        SqlValue::Null => "NULL",
        SqlValue::Bool(_) => "a boolean",
        SqlValue::I16(_) | SqlValue::I32(_) | SqlValue::I64(_) => "an integer",
        SqlValue::F32(_) | SqlValue::F64(_) => "a float",
        SqlValue::Decimal(_) => "a decimal",
        SqlValue::Text(_) => "text",
        SqlValue::Bytes(_) => "bytes",
        SqlValue::Date(_) => "a date",
        SqlValue::Time(_) => "a time",
        SqlValue::Timestamp(_) | SqlValue::TimestampTz(_) => "a timestamp",
        SqlValue::Interval(_) => "an interval",
        SqlValue::Uuid(_) => "a uuid",
        SqlValue::Json(_) => "JSON",
        SqlValue::Net(_) => "a network address",
        SqlValue::Array(_) | SqlValue::Items(_) | SqlValue::Cells { .. } => "an array",
        SqlValue::Range(_) => "a range",
        SqlValue::Upload(_) => "a file that is not stored yet (`save` and `create` store it)",
        _ => "a value",
    }
}

fn mismatch(value: &SqlValue, sql_type: SqlType) -> Problem {
    format!("{} where `{}` is wanted", kind(value), sql_type.name()).into()
}
