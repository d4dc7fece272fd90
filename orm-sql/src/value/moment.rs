//! Dates, times and intervals.

use super::form::{Form, read_by_driver, write_by_driver};
use super::{Interval, Problem};
use bytes::{BufMut, BytesMut};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use postgres_types::Type;

/// The server counts days and microseconds from 2000-01-01.
const EPOCH_DAYS: i32 = 730_120;
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// How each is read; it is written by the driver, which knows what is out of range.
macro_rules! moments {
    ($($rust:ty, $wire:ident, $reads:literal, |$raw:ident| $read:expr, |$value:ident| $text:expr;)*) => {$(
        impl Form for $rust {
            const READS: Option<&'static str> = Some($reads);

            #[inline]
            fn read($raw: &[u8]) -> Result<Self, Problem> {
                $read
            }

            fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
                write_by_driver(self, &Type::$wire, out)
            }

            fn text(&self) -> String {
                let $value = self;
                $text
            }

            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
        }
    )*};
}
moments! {
    NaiveDate, DATE, "a date (2026-01-31)", |raw| date(raw), |v| v.to_string();
    NaiveTime, TIME, "a time (23:59:00)",
        |raw| read_by_driver(&Type::TIME, raw), |v| v.to_string();
    NaiveDateTime, TIMESTAMP, "a date and time",
        |raw| moment(raw).map(|time| time.naive_utc()), |v| v.to_string();
    DateTime<Utc>, TIMESTAMPTZ, "a date and time with its zone (2026-01-31T12:00:00Z)",
        |raw| moment(raw), |v| v.to_rfc3339();
}

#[inline]
fn date(raw: &[u8]) -> Result<NaiveDate, Problem> {
    let days = i32::read(raw)?.checked_add(EPOCH_DAYS);
    let date = days.and_then(NaiveDate::from_num_days_from_ce_opt);
    date.ok_or_else(|| "the date is infinite, or beyond what `NaiveDate` can hold".into())
}

#[inline]
fn moment(raw: &[u8]) -> Result<DateTime<Utc>, Problem> {
    let micros = i64::read(raw)?.checked_add(EPOCH_MICROS);
    let time = micros.and_then(DateTime::from_timestamp_micros);
    time.ok_or_else(|| "the time is infinite, or beyond what chrono can hold".into())
}

impl Form for Interval {
    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let (micros, rest) = raw.split_first_chunk::<8>().ok_or("an interval has 16 bytes")?;
        let (days, rest) = rest.split_first_chunk::<4>().ok_or("an interval has 16 bytes")?;
        let months: &[u8; 4] = rest.try_into()?;
        Ok(Interval {
            months: i32::from_be_bytes(*months),
            days: i32::from_be_bytes(*days),
            microseconds: i64::from_be_bytes(*micros),
        })
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(())
    }

    fn text(&self) -> String {
        let Interval { months, days, microseconds } = self;
        format!("{months} months {days} days {microseconds} microseconds")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres_types::ToSql;
    use uuid::Uuid;

    fn check<T: Form + ToSql + PartialEq + std::fmt::Debug>(value: T, wire: &Type) {
        let mut raw = BytesMut::new();
        value.to_sql(wire, &mut raw).unwrap();
        assert_eq!(T::read(&raw).unwrap(), value);
        let mut written = BytesMut::new();
        value.write(&mut written).unwrap();
        assert_eq!(written, raw, "{value:?}");
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
