//! The column types that need no definition of their own.

use super::{Column, NotNull};
use crate::column::Single;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use orm_sql::row::CellError;
use orm_sql::value::{CellColumn, Form, Interval, SqlType, SqlValue};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Types that hold what the server sends as it is: Rust type, SQL type, variant, how to copy, and how to
/// write those that are written most.
macro_rules! scalars {
    ($($rust:ty, $sql:ident, $variant:ident, |$v:ident| $copy:expr $(, |$out:ident| $write:expr)?;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl Column for $rust {
            type Inner = Self;
            type Null = NotNull;
            const SQL_TYPE: SqlType = SqlType::$sql;

            #[inline]
            fn decode(raw: &[u8]) -> Result<Self, CellError> {
                Form::read(raw)
            }

            #[inline]
            fn to_value(&self) -> SqlValue {
                let $v = self;
                SqlValue::$variant($copy)
            }

            #[inline]
            fn into_value(self) -> SqlValue {
                SqlValue::$variant(self)
            }

            $(#[inline]
            fn write_to(&self, $out: &mut CellColumn) {
                let $v = self;
                $write;
            })?
        }
    )*};
}

scalars! {
    bool, Bool, Bool, |v| *v;
    i16, Int2, I16, |v| *v;
    i32, Int4, I32, |v| *v, |out| out.push_i32(*v);
    i64, Int8, I64, |v| *v, |out| out.push_i64(*v);
    f32, Float4, F32, |v| *v;
    f64, Float8, F64, |v| *v;
    Decimal, Numeric, Decimal, |v| *v;
    String, Text, Text, |v| v.as_str().to_owned(), |out| out.push_text(v);
    Vec<u8>, Bytea, Bytes, |v| v.clone();
    NaiveDate, Date, Date, |v| *v;
    NaiveTime, Time, Time, |v| *v;
    NaiveDateTime, Timestamp, Timestamp, |v| *v;
    DateTime<Utc>, TimestampTz, TimestampTz, |v| *v;
    Uuid, Uuid, Uuid, |v| *v;
    serde_json::Value, Jsonb, Json, |v| v.clone();
    Interval, Interval, Interval, |v| *v;
}

macro_rules! singles {
    ($($rust:ty),*) => { $(impl Single for $rust {})* };
}
singles!(bool, i16, i32, i64, f32, f64, Decimal, String, NaiveDate, NaiveTime, NaiveDateTime, Uuid);
singles!(DateTime<Utc>, TimeDelta, Interval, serde_json::Value);

/// Durations are intervals without months, in days of 24 hours.
#[diagnostic::do_not_recommend]
impl Column for TimeDelta {
    type Inner = Self;
    type Null = NotNull;
    const SQL_TYPE: SqlType = SqlType::Interval;

    fn decode(raw: &[u8]) -> Result<Self, CellError> {
        Interval::read(raw)?.duration().ok_or_else(|| {
            "the interval has months, whose length a `TimeDelta` cannot say: give the field an \
             `orm::Interval`"
                .into()
        })
    }

    fn to_value(&self) -> SqlValue {
        match Interval::of_duration(*self) {
            Ok(interval) => SqlValue::Interval(interval),
            Err(problem) => SqlValue::Invalid(problem.to_string()),
        }
    }
}
