//! The table of types: what the server calls each, how values of it are kept, and what stands for
//! one. Names, numbers, literals, zeros and conversions all come from here.
//!
//! A type is a row of [`types!`]; the values that it has are a row of [`values!`], and what they
//! look like in bytes and as text is their [`Form`].

use super::read;
use super::{Form, HStore, Interval, Items, Numeric, Problem, RangeValue, Upload};
use bytes::BytesMut;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use ipnet::IpNet;
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::sync::Arc;
use uuid::Uuid;

/// A row of the table.
pub(super) struct Row {
    /// The name in SQL, as in a cast.
    pub name: &'static str,
    pub origin: Origin,
    /// What the bounds of a range are.
    pub bounds: Option<SqlType>,
}

/// Where a type comes from.
pub(super) enum Origin {
    /// It is in every database: its number, and that of its arrays.
    Server { oid: u32, array: u32 },
    /// It is where this extension is, and has another number in each database.
    Extension(&'static str),
}

const fn oids(oid: u32, array: u32) -> Origin {
    Origin::Server { oid, array }
}

macro_rules! types {
    (
        scalars { $($scalar:ident $name:literal $origin:expr, $value:ident = $zero:expr;)* }
        ranges { $($range:ident $range_name:literal $range_origin:expr, $bounds:ident;)* }
    ) => {
        /// A type of the server, as parameters and columns have it.
        ///
        /// Lengths and precisions are no part of it: `varchar(20)` and `text` are both
        /// [`SqlType::Text`] on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs)]
        pub enum SqlType {
            $($scalar,)*
            $($range,)*
            /// An array of another type.
            Array(&'static SqlType),
            /// A type known by its name only, such as an enum of your own; it travels as text
            /// or in its own binary form.
            Named(&'static str),
        }

        #[doc(hidden)]
        impl SqlType {
            /// The types of the table, of which arrays can be made.
            pub const ALL: &'static [SqlType] =
                &[$(SqlType::$scalar,)* $(SqlType::$range,)*];

            /// Its place among the types of the table; beyond the last for arrays, and for types
            /// known by their names only.
            #[inline]
            pub fn place(self) -> u16 {
                enum Place { $($scalar,)* $($range,)* Beyond }
                (match self {
                    $(SqlType::$scalar => Place::$scalar,)*
                    $(SqlType::$range => Place::$range,)*
                    SqlType::Array(_) | SqlType::Named(_) => Place::Beyond,
                }) as u16
            }

            /// The row of a type; none for arrays, and for types known by their names only.
            pub(super) const fn row(self) -> Option<&'static Row> {
                match self {
                    $(SqlType::$scalar => {
                        Some(const { &Row { name: $name, origin: $origin, bounds: None } })
                    })*
                    $(SqlType::$range => {
                        Some(const { &Row {
                            name: $range_name,
                            origin: $range_origin,
                            bounds: Some(SqlType::$bounds),
                        } })
                    })*
                    SqlType::Array(_) | SqlType::Named(_) => None,
                }
            }

            /// What stands for a value that only the database knows.
            pub fn zero(self) -> SqlValue {
                match self {
                    $(SqlType::$scalar => SqlValue::$value($zero),)*
                    $(SqlType::$range)|* => SqlValue::Range(Box::new(RangeValue::Empty)),
                    SqlType::Array(_) => SqlValue::Array(Vec::new()),
                    SqlType::Named(_) => SqlValue::Text(String::new()),
                }
            }

            /// True for values of this type, and of no other that can be sent as it. Types that
            /// are known by their names take every value.
            pub fn holds(self, value: &SqlValue) -> bool {
                match (self, value) {
                    $((SqlType::$scalar, SqlValue::$value(_)))|* => true,
                    ($(SqlType::$range)|*, SqlValue::Range(_)) => true,
                    (SqlType::Array(_), SqlValue::Array(_)) | (SqlType::Named(_), _) => true,
                    (SqlType::Numeric, SqlValue::Numeric(_)) => true,
                    _ => false,
                }
            }

            /// Writes the binary form of a value that this type [holds](Self::holds) and that is
            /// no range; `None` for all others.
            #[inline]
            pub fn write(self, value: &SqlValue, out: &mut BytesMut) -> Option<Result<(), Problem>> {
                match (self, value) {
                    $((SqlType::$scalar, SqlValue::$value(value)) => Some(value.write(out)),)*
                    (SqlType::Numeric, SqlValue::Numeric(value)) => Some(value.write(out)),
                    _ => None,
                }
            }

            /// Reads the binary form of a value. Types that are known by their names only are
            /// bytes.
            ///
            /// # Errors
            ///
            /// When the bytes are none of this type.
            pub fn read(self, raw: &[u8]) -> Result<SqlValue, Problem> {
                if let SqlType::Numeric = self {
                    return read::number(raw);
                }
                match self {
                    $(SqlType::$scalar => Form::read(raw).map(SqlValue::$value),)*
                    $(SqlType::$range => read::range(raw, SqlType::$bounds),)*
                    SqlType::Array(item) => read::array(raw, *item),
                    SqlType::Named(_) => Form::read(raw).map(SqlValue::Bytes),
                }
            }

            /// A text as a value of this type, or what the text should have been.
            ///
            /// # Errors
            ///
            /// What goes into `the value must be …`.
            pub fn parse(self, text: &str) -> Result<SqlValue, String> {
                match self {
                    $(SqlType::$scalar => super::parse::parsed(self, text).map(SqlValue::$value),)*
                    _ => Err(super::parse::not_from_text(self)),
                }
            }

            /// An object of JSON as a value of this type, where that is one.
            pub fn of_json(self, json: Json) -> Option<SqlValue> {
                match self {
                    $(SqlType::$scalar => Form::of_json(json).map(SqlValue::$value),)*
                    _ => None,
                }
            }
        }
    };
}

macro_rules! values {
    (
        scalars { $($value:ident($rust:ty) $kind:literal, $own:ident, $plain:literal;)* }
        others { $($others:tt)* }
    ) => {
        /// One value on its way to the server. Plain data: no connection, no lifetime.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        #[allow(missing_docs)]
        pub enum SqlValue {
            $($value($rust),)*
            $($others)*
        }

        #[doc(hidden)]
        impl SqlValue {
            /// What it is, for people: `an integer`.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(SqlValue::$value(_) => $kind,)*
                    other => other.other_kind(),
                }
            }

            /// Values on which no text of a statement depends.
            pub fn is_plain(&self) -> bool {
                match self {
                    $(SqlValue::$value(_) => $plain,)*
                    _ => false,
                }
            }

            /// The type that a value has by itself.
            pub fn own_type(&self) -> SqlType {
                match self {
                    $(SqlValue::$value(_) => SqlType::$own,)*
                    _ => SqlType::Text,
                }
            }

            /// Writes the binary form; `None` for lists, ranges and NULL.
            pub fn write(&self, out: &mut BytesMut) -> Option<Result<(), Problem>> {
                match self {
                    $(SqlValue::$value(value) => Some(value.write(out)),)*
                    _ => None,
                }
            }

            /// The text that the type reads; `None` for lists, ranges and NULL.
            pub fn text(&self) -> Option<String> {
                match self {
                    $(SqlValue::$value(value) => Some(value.text()),)*
                    _ => None,
                }
            }

            /// One of Django's `EMPTY_VALUES`, NULL aside.
            pub fn is_blank(&self) -> bool {
                match self {
                    $(SqlValue::$value(value) => value.is_blank(),)*
                    other => other.is_blank_list(),
                }
            }

            pub(super) fn check_scalar(&self) -> Result<(), Problem> {
                match self {
                    $(SqlValue::$value(value) => value.check(),)*
                    _ => Ok(()),
                }
            }

            /// True where a text inside passes a test.
            pub fn any_text(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
                match self {
                    $(SqlValue::$value(value) => value.any_text(test),)*
                    other => other.any_text_of_parts(test),
                }
            }

            /// About how many bytes it takes.
            #[inline]
            pub fn size(&self) -> usize {
                match self {
                    $(SqlValue::$value(value) => value.size(),)*
                    other => other.size_of_parts(),
                }
            }
        }
    };
}

// Type, name in SQL, numbers (`SELECT oid, typarray FROM pg_type`); the value that it is kept as,
// and one that stands for any.
types! {
    scalars {
        Bool "boolean" oids(16, 1000), Bool = false;
        Int2 "smallint" oids(21, 1005), I16 = 0;
        Int4 "integer" oids(23, 1007), I32 = 0;
        Int8 "bigint" oids(20, 1016), I64 = 0;
        Float4 "real" oids(700, 1021), F32 = 0.0;
        Float8 "double precision" oids(701, 1022), F64 = 0.0;
        Numeric "numeric" oids(1700, 1231), Decimal = Decimal::ZERO;
        Text "text" oids(25, 1009), Text = String::new();
        Bytea "bytea" oids(17, 1001), Bytes = Vec::new();
        Date "date" oids(1082, 1182), Date = NaiveDate::default();
        Time "time" oids(1083, 1183), Time = NaiveTime::default();
        Timestamp "timestamp" oids(1114, 1115), Timestamp = NaiveDateTime::default();
        TimestampTz "timestamptz" oids(1184, 1185), TimestampTz = DateTime::default();
        Interval "interval" oids(1186, 1187), Interval = Interval::default();
        Uuid "uuid" oids(2950, 2951), Uuid = Uuid::nil();
        Jsonb "jsonb" oids(3802, 3807), Json = Json::Null;
        Inet "inet" oids(869, 1041), Net = IpNet::default();
        Cidr "cidr" oids(650, 651), Net = IpNet::default();
        HStore "hstore" Origin::Extension("hstore"), HStore = HStore::default();
    }
    ranges {
        Int4Range "int4range" oids(3904, 3905), Int4;
        Int8Range "int8range" oids(3926, 3927), Int8;
        NumRange "numrange" oids(3906, 3907), Numeric;
        DateRange "daterange" oids(3912, 3913), Date;
        TsRange "tsrange" oids(3908, 3909), Timestamp;
        TsTzRange "tstzrange" oids(3910, 3911), TimestampTz;
    }
}

// Value, what it is for people, the type that it has by itself; and whether the text of a statement
// is the same whatever the value is, so that the statement can be found by its shape.
values! {
    scalars {
        Bool(bool) "a boolean", Bool, true;
        I16(i16) "an integer", Int2, true;
        I32(i32) "an integer", Int4, true;
        I64(i64) "an integer", Int8, true;
        F32(f32) "a float", Float4, true;
        F64(f64) "a float", Float8, true;
        Decimal(Decimal) "a decimal", Numeric, true;
        Numeric(Numeric) "a decimal", Numeric, true;
        Text(String) "text", Text, true;
        Bytes(Vec<u8>) "bytes", Bytea, true;
        Date(NaiveDate) "a date", Date, true;
        Time(NaiveTime) "a time", Time, true;
        Timestamp(NaiveDateTime) "a timestamp", Timestamp, true;
        TimestampTz(DateTime<Utc>) "a timestamp", TimestampTz, true;
        Interval(Interval) "an interval", Interval, false;
        Uuid(Uuid) "a uuid", Uuid, true;
        Json(Json) "JSON", Jsonb, false;
        Net(IpNet) "a network address", Inet, false;
        HStore(HStore) "a map of texts", HStore, false;
    }
    others {
        Null,
        /// The items of an array; the statement knows the type.
        Array(Vec<SqlValue>),
        /// The items of an array as cells that came from the server: each with its length before it.
        Cells {
            /// How many there are.
            count: usize,
            /// Their lengths (four bytes, big endian) and bytes.
            encoded: Vec<u8>,
        },
        /// A value as the server has sent it, in its binary form.
        Cell(Vec<u8>),
        /// The items of an array where they are, such as a column of unsaved rows.
        Items(Items),
        /// A range of the type that the statement knows.
        Range(Box<RangeValue>),
        /// A new file, which becomes a name once it is stored. Sending it before is an error.
        Upload(Arc<Upload>),
        /// What could not be turned into a value, and why: sending it is an error.
        Invalid(String),
    }
}
