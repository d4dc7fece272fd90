//! Dates and times.
//!
//! The server counts microseconds: what is below is left out, the same way wherever a value goes.

use super::Problem;
use super::form::{Form, wrong_size};
use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

/// The server counts days and microseconds from 2000-01-01.
const EPOCH_DAYS: i32 = 730_120;
const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// The first day that it has, 4714-11-24 BC, and its first moment.
const FIRST_DAY: i32 = -2_451_545;
const FIRST_MICROS: i64 = -211_813_488_000_000_000;
const DAY_MICROS: i64 = 86_400_000_000;

const LEAP_SECOND: &str = "a leap second, which PostgreSQL cannot store";
const TOO_EARLY: &str = "a day before 4714-11-24 BC, which PostgreSQL cannot store";

macro_rules! moments {
    ($($rust:ty, $wire:ident $put:ident, $reads:literal, $read:ident, |$value:ident| $text:expr;)*) => {$(
        impl Form for $rust {
            const READS: Option<&'static str> = Some($reads);

            #[inline]
            fn read(raw: &[u8]) -> Result<Self, Problem> {
                $read(raw)
            }

            #[inline]
            fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
                out.$put(self.on_wire()?);
                Ok(())
            }

            fn check(&self) -> Result<(), Problem> {
                self.on_wire().map(drop)
            }

            fn text(&self) -> String {
                let $value = self;
                $text
            }

            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok().or_else(|| as_chrono_reads(text)?.parse().ok())
            }
        }
    )*};
}
moments! {
    NaiveDate, i32 put_i32, "a date (2026-01-31)", date, |v| date_text(*v, "");
    NaiveTime, i64 put_i64, "a time (23:59:00)", time, |v| whole(*v).to_string();
    NaiveDateTime, i64 put_i64, "a date and time", local,
        |v| date_text(v.date(), &format!(" {}", whole(v.time())));
    DateTime<Utc>, i64 put_i64, "a date and time with its zone (2026-01-31T12:00:00Z)", moment,
        |v| date_text(v.date_naive(), &format!("T{}+00:00", whole(v.time())));
}

/// The number that stands for a value on the wire.
pub(super) trait OnWire<N> {
    fn on_wire(&self) -> Result<N, Problem>;
}

impl OnWire<i32> for NaiveDate {
    #[inline]
    fn on_wire(&self) -> Result<i32, Problem> {
        let days = self.num_days_from_ce() - EPOCH_DAYS;
        if days < FIRST_DAY { Err(TOO_EARLY.into()) } else { Ok(days) }
    }
}

impl OnWire<i64> for NaiveTime {
    #[inline]
    fn on_wire(&self) -> Result<i64, Problem> {
        let seconds = i64::from(self.num_seconds_from_midnight());
        Ok(seconds * 1_000_000 + i64::from(micros(self.nanosecond())?))
    }
}

impl OnWire<i64> for NaiveDateTime {
    #[inline]
    fn on_wire(&self) -> Result<i64, Problem> {
        self.and_utc().on_wire()
    }
}

impl OnWire<i64> for DateTime<Utc> {
    #[inline]
    fn on_wire(&self) -> Result<i64, Problem> {
        micros(self.timestamp_subsec_nanos())?;
        let micros = self.timestamp_micros() - EPOCH_MICROS;
        if micros < FIRST_MICROS { Err(TOO_EARLY.into()) } else { Ok(micros) }
    }
}

/// chrono counts a leap second as more than 10^9 nanoseconds.
#[inline]
fn micros(nanos: u32) -> Result<u32, Problem> {
    if nanos < 1_000_000_000 { Ok(nanos / 1_000) } else { Err(LEAP_SECOND.into()) }
}

/// Without what is below a microsecond.
fn whole(time: NaiveTime) -> NaiveTime {
    time.with_nanosecond(time.nanosecond() / 1_000 * 1_000).unwrap_or(time)
}

/// A date, with what follows it, as the server reads it: there is no year 0, and before it stands
/// the year 1 BC.
fn date_text(date: NaiveDate, behind: &str) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match year {
        1.. => format!("{year:04}-{month:02}-{day:02}{behind}"),
        _ => format!("{:04}-{month:02}-{day:02}{behind} BC", 1 - i64::from(year)),
    }
}

/// What [`date_text`] writes, with a sign before a year of other than four digits, and `T` between a date
/// and a time.
fn as_chrono_reads(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, before_christ) = match text.strip_suffix(" BC") {
        Some(date) => (date, true),
        None => (text, false),
    };
    let (year, rest) = date.split_once('-')?;
    let year: i64 = year.parse().ok()?;
    let year = if before_christ { 1 - year } else { year };
    let sign = if year < 0 { "-" } else { "+" };
    Some(format!("{sign}{:04}-{}", year.abs(), rest.replacen(' ', "T", 1)))
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

#[inline]
fn local(raw: &[u8]) -> Result<NaiveDateTime, Problem> {
    moment(raw).map(|time| time.naive_utc())
}

fn time(raw: &[u8]) -> Result<NaiveTime, Problem> {
    let micros = i64::from_be_bytes(raw.try_into().map_err(|_| wrong_size(8, raw))?);
    if micros == DAY_MICROS {
        let problem = "the time is 24:00, which `NaiveTime` cannot hold: store 00:00 of the next \
                       day, or select it as text (`.cast::<String>()`)";
        return Err(problem.into());
    }
    let seconds = u32::try_from(micros.div_euclid(1_000_000));
    let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1_000)?;
    let time = seconds.ok().and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, nanos));
    time.ok_or_else(|| "a time that no day has".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use postgres_types::{ToSql, Type};
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

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn what_the_driver_writes_is_read() {
        check(true, &Type::BOOL);
        check(-5i16, &Type::INT2);
        check(i32::MIN, &Type::INT4);
        check(i64::MAX, &Type::INT8);
        check(1.5f32, &Type::FLOAT4);
        check(-0.1f64, &Type::FLOAT8);
        check("naïve".to_owned(), &Type::TEXT);
        check(Uuid::from_u128(7), &Type::UUID);
        check(NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap(), &Type::TIME);
        for date in [day(2000, 1, 1), day(1969, 12, 31), day(-44, 3, 15), day(9999, 12, 31)] {
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
        for raw in [DAY_MICROS, -1, i64::MAX, i64::MIN] {
            assert!(NaiveTime::read(&raw.to_be_bytes()).is_err());
        }
        assert!(String::read(&[0xff]).is_err());
    }

    #[test]
    fn texts_are_those_of_the_server() {
        assert_eq!(day(2026, 1, 31).text(), "2026-01-31");
        assert_eq!(day(-43, 3, 15).text(), "0044-03-15 BC");
        assert_eq!(day(0, 12, 31).text(), "0001-12-31 BC");
        assert_eq!(day(10_000, 1, 1).text(), "10000-01-01");
        let time = day(-43, 3, 15).and_hms_nano_opt(1, 2, 3, 4_567).unwrap();
        assert_eq!(time.text(), "0044-03-15 01:02:03.000004 BC");
        assert_eq!(time.and_utc().text(), "0044-03-15T01:02:03.000004+00:00 BC");
        assert_eq!(day(2026, 1, 31).and_hms_opt(1, 2, 3).unwrap().text(), "2026-01-31 01:02:03");
        for date in [day(2026, 1, 31), day(-43, 3, 15), day(0, 12, 31), day(10_000, 1, 1)] {
            assert_eq!(NaiveDate::parse(&date.text()), Some(date));
            let time = date.and_hms_micro_opt(1, 2, 3, 4).unwrap();
            assert_eq!(NaiveDateTime::parse(&time.text()), Some(time));
            assert_eq!(DateTime::<Utc>::parse(&time.and_utc().text()), Some(time.and_utc()));
        }
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        assert!(NaiveDate::MIN.check().is_err());
        assert!(NaiveDateTime::MIN.check().is_err());
        assert!(day(-4713, 11, 24).check().is_ok());
        assert!(day(-4713, 11, 23).check().is_err());
        let leap = NaiveTime::from_hms_milli_opt(23, 59, 59, 1_500).unwrap();
        assert!(leap.check().is_err());
        assert!(day(2026, 1, 1).and_time(leap).and_utc().check().is_err());
        // What is below a microsecond is left out, before 2000 as after it.
        let time = day(1999, 1, 1).and_hms_nano_opt(0, 0, 0, 1_999).unwrap();
        let mut raw = BytesMut::new();
        time.write(&mut raw).unwrap();
        let kept = NaiveDateTime::read(&raw).unwrap();
        assert_eq!(kept, day(1999, 1, 1).and_hms_micro_opt(0, 0, 0, 1).unwrap());
    }
}
