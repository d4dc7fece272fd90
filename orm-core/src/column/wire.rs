//! The binary forms of the commonest types, read without going through the driver's types.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use orm_sql::row::CellError;
use postgres_types::{FromSql, Type};
use rust_decimal::Decimal;
use uuid::Uuid;

/// A type whose binary form can be read.
pub(super) trait Wire: Sized {
    /// Reads it.
    fn read(raw: &[u8]) -> Result<Self, CellError>;
}

macro_rules! fixed {
    ($($rust:ty),*) => {$(
        impl Wire for $rust {
            #[inline]
            fn read(raw: &[u8]) -> Result<Self, CellError> {
                match raw.try_into() {
                    Ok(bytes) => Ok(<$rust>::from_be_bytes(bytes)),
                    Err(_) => Err(wrong_size(size_of::<$rust>(), raw)),
                }
            }
        }
    )*};
}
fixed!(i16, i32, i64, f32, f64);

impl Wire for bool {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        match raw {
            [byte] => Ok(*byte != 0),
            _ => Err(wrong_size(1, raw)),
        }
    }
}

impl Wire for String {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        Ok(str::from_utf8(raw)?.to_owned())
    }
}

impl Wire for Vec<u8> {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        Ok(raw.to_vec())
    }
}

impl Wire for Uuid {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        Uuid::from_slice(raw).map_err(|_| wrong_size(16, raw))
    }
}

/// The server counts days and microseconds from 2000-01-01.
const EPOCH_DAYS: i32 = 730_120;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

impl Wire for NaiveDate {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        let days = i32::read(raw)?.checked_add(EPOCH_DAYS);
        let date = days.and_then(NaiveDate::from_num_days_from_ce_opt);
        date.ok_or_else(|| "the date is infinite, or beyond what `NaiveDate` can hold".into())
    }
}

impl Wire for DateTime<Utc> {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        let micros = i64::read(raw)?.checked_add(EPOCH_MICROS);
        let time = micros.and_then(DateTime::from_timestamp_micros);
        time.ok_or_else(|| "the time is infinite, or beyond what chrono can hold".into())
    }
}

impl Wire for NaiveDateTime {
    #[inline]
    fn read(raw: &[u8]) -> Result<Self, CellError> {
        DateTime::<Utc>::read(raw).map(|time| time.naive_utc())
    }
}

/// Types that are read by the driver's conversions.
macro_rules! by_driver {
    ($($rust:ty, $wire:ident;)*) => {$(
        impl Wire for $rust {
            fn read(raw: &[u8]) -> Result<Self, CellError> {
                <$rust as FromSql>::from_sql(&Type::$wire, raw)
            }
        }
    )*};
}
by_driver! {
    Decimal, NUMERIC;
    chrono::NaiveTime, TIME;
    serde_json::Value, JSONB;
}

#[cold]
fn wrong_size(wanted: usize, raw: &[u8]) -> CellError {
    format!("{} bytes where {wanted} are wanted", raw.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::BytesMut;
    use postgres_types::ToSql;

    fn check<T: Wire + ToSql + PartialEq + std::fmt::Debug>(value: T, wire: &Type) {
        let mut raw = BytesMut::new();
        value.to_sql(wire, &mut raw).unwrap();
        assert_eq!(T::read(&raw).unwrap(), value);
        raw.extend_from_slice(b"beyond");
        if *wire != Type::TEXT {
            assert!(T::read(&raw).is_err(), "{value:?}");
        }
    }

    #[test]
    fn what_the_driver_writes_is_read() {
        let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        check(true, &Type::BOOL);
        check(-5i16, &Type::INT2);
        check(i32::MIN, &Type::INT4);
        check(i64::MAX, &Type::INT8);
        check(1.5f32, &Type::FLOAT4);
        check(-0.1f64, &Type::FLOAT8);
        check("naïve".to_owned(), &Type::TEXT);
        check(Uuid::from_u128(7), &Type::UUID);
        for date in [date(2000, 1, 1), date(1969, 12, 31), date(-44, 3, 15), date(9999, 12, 31)] {
            check(date, &Type::DATE);
            let time = date.and_hms_micro_opt(23, 59, 58, 999_999).unwrap();
            check(time, &Type::TIMESTAMP);
            check(time.and_utc(), &Type::TIMESTAMPTZ);
        }
    }

    #[test]
    fn infinity_is_an_error() {
        for raw in [i32::MAX, i32::MIN] {
            assert!(NaiveDate::read(&raw.to_be_bytes()).is_err());
        }
        for raw in [i64::MAX, i64::MIN] {
            assert!(NaiveDateTime::read(&raw.to_be_bytes()).is_err());
        }
        assert!(String::read(&[0xff]).is_err());
    }
}
