//! Values that travel to the server, and the SQL types they travel as.

mod kinds;
mod parse;
mod upload;

#[doc(hidden)]
pub use parse::{from_text, yes_or_no};
pub use upload::Upload;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// A type of the server, as parameters and columns have it.
///
/// Lengths and precisions are no part of it: `varchar(20)` and `text` are both
/// [`SqlType::Text`] on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum SqlType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Text,
    Bytea,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    Interval,
    Uuid,
    Jsonb,
    Inet,
    Cidr,
    Int4Range,
    Int8Range,
    NumRange,
    DateRange,
    TsRange,
    TsTzRange,
    /// An array of another type.
    Array(&'static SqlType),
    /// A type known by its name only, such as an extension's; it travels as text
    /// or in its own binary form.
    Named(&'static str),
}

impl SqlType {
    /// The name in SQL, as in a cast: `int8`, `timestamptz`, `text[]`.
    pub fn name(self) -> SqlTypeName {
        SqlTypeName(self)
    }
}

/// Writes a type as SQL names it.
#[derive(Clone, Copy, Debug)]
pub struct SqlTypeName(SqlType);

impl fmt::Display for SqlTypeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            SqlType::Bool => "boolean",
            SqlType::Int2 => "smallint",
            SqlType::Int4 => "integer",
            SqlType::Int8 => "bigint",
            SqlType::Float4 => "real",
            SqlType::Float8 => "double precision",
            SqlType::Numeric => "numeric",
            SqlType::Text => "text",
            SqlType::Bytea => "bytea",
            SqlType::Date => "date",
            SqlType::Time => "time",
            SqlType::Timestamp => "timestamp",
            SqlType::TimestampTz => "timestamptz",
            SqlType::Interval => "interval",
            SqlType::Uuid => "uuid",
            SqlType::Jsonb => "jsonb",
            SqlType::Inet => "inet",
            SqlType::Cidr => "cidr",
            SqlType::Int4Range => "int4range",
            SqlType::Int8Range => "int8range",
            SqlType::NumRange => "numrange",
            SqlType::DateRange => "daterange",
            SqlType::TsRange => "tsrange",
            SqlType::TsTzRange => "tstzrange",
            SqlType::Array(item) => return write!(f, "{}[]", item.name()),
            SqlType::Named(name) => name,
        };
        f.write_str(name)
    }
}

/// One value on its way to the server. Plain data: no connection, no lifetime.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum SqlValue {
    Null,
    Bool(bool),
    I16(i16),
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
    Decimal(Decimal),
    Text(String),
    Bytes(Vec<u8>),
    Date(NaiveDate),
    Time(NaiveTime),
    Timestamp(NaiveDateTime),
    TimestampTz(DateTime<Utc>),
    Interval(Interval),
    Uuid(Uuid),
    Json(serde_json::Value),
    /// An address or a network.
    Net(ipnet::IpNet),
    /// The items of an array; the statement knows the type.
    Array(Vec<SqlValue>),
    /// The items of an array as cells that came from the server: each with its length before it.
    Cells {
        /// How many there are.
        count: usize,
        /// Their lengths (four bytes, big endian) and bytes.
        encoded: Vec<u8>,
    },
    /// The items of an array where they are, such as a column of unsaved rows.
    Items(Items),
    /// A range of the type that the statement knows.
    Range(Box<RangeValue>),
    /// A new file, which becomes a name once it is stored. Sending it before is an error.
    Upload(Arc<Upload>),
    /// What could not be turned into a value, and why: sending it is an error.
    Invalid(String),
}

impl SqlValue {
    /// True for [`SqlValue::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, SqlValue::Null)
    }
}

/// A list of values that nobody has copied into one place.
pub trait ItemList: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;
    /// One of them; NULL where there is none.
    fn item(&self, place: usize) -> &SqlValue;
}

/// The items of an array where they are.
#[derive(Clone)]
pub struct Items(Arc<dyn ItemList>);

impl Items {
    /// The items of a list.
    pub fn new(list: impl ItemList + 'static) -> Self {
        Items(Arc::new(list))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.count()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &SqlValue> {
        (0..self.0.count()).map(|place| self.0.item(place))
    }
}

impl PartialEq for Items {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An interval as the server keeps it: months, days and microseconds apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    pub microseconds: i64,
}

/// A range of untyped bounds.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum RangeValue {
    Empty,
    Bounds { lower: BoundValue, upper: BoundValue },
}

/// One end of a [`RangeValue`].
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum BoundValue {
    Unbounded,
    Included(SqlValue),
    Excluded(SqlValue),
}
