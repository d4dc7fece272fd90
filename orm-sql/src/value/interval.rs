//! Intervals of months, days and microseconds.

use super::Problem;
use super::form::Form;
use bytes::{BufMut, BytesMut};
use chrono::TimeDelta;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// An interval as the server keeps it: months, days and microseconds apart, since a month has no
/// fixed number of days, nor a day one of hours.
///
/// Added to a date it follows the calendar: a month after the 31st of January is the last of
/// February. A duration in Rust is a `TimeDelta`, which has microseconds only; a column of type
/// `interval` can be either.
///
/// ```
/// use orm_sql::value::Interval;
///
/// let term = Interval::months(15) + Interval::days(-3) + Interval::seconds(90);
/// assert_eq!(term.to_string(), "P1Y3M-3DT1M30S");
/// assert_eq!("P1Y3M-3DT1M30S".parse(), Ok(term));
/// assert_eq!("1 year 3 mons -3 days 00:01:30".parse(), Ok(term));
/// assert_eq!(Interval::days(30), Interval { days: 30, ..Interval::default() });
/// ```
///
/// Two are equal here where all three numbers are. For the server a month is 30 days and a day 24
/// hours when it compares intervals: to compare as it does, compare [`Self::estimated`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Whole months; a year has 12.
    pub months: i32,
    /// Days of the calendar.
    pub days: i32,
    /// The time of day, and whatever is counted in hours.
    pub microseconds: i64,
}

impl Interval {
    /// So many months.
    pub const fn months(months: i32) -> Self {
        Interval { months, days: 0, microseconds: 0 }
    }

    /// So many days of the calendar.
    pub const fn days(days: i32) -> Self {
        Interval { months: 0, days, microseconds: 0 }
    }

    /// So many seconds.
    pub const fn seconds(seconds: i32) -> Self {
        Interval { months: 0, days: 0, microseconds: seconds as i64 * SECOND }
    }

    /// So many microseconds.
    pub const fn microseconds(microseconds: i64) -> Self {
        Interval { months: 0, days: 0, microseconds }
    }

    /// How many microseconds it is where a month has 30 days and a day 24 hours, which is how the
    /// server compares intervals.
    pub fn estimated(&self) -> i128 {
        let days = i128::from(self.months) * 30 + i128::from(self.days);
        days * i128::from(DAY) + i128::from(self.microseconds)
    }

    /// The duration of days of 24 hours; `None` where there are months, whose length nobody knows.
    pub fn duration(&self) -> Option<TimeDelta> {
        let days = TimeDelta::try_days(self.days.into())?;
        let exact = days.checked_add(&TimeDelta::microseconds(self.microseconds))?;
        (self.months == 0).then_some(exact)
    }

    /// A duration in days of 24 hours and microseconds. What is below a microsecond is left out.
    ///
    /// # Errors
    ///
    /// Where there are more days than the server has room for.
    pub fn of_duration(duration: TimeDelta) -> Result<Self, Problem> {
        let days = i32::try_from(duration.num_days());
        let days =
            days.map_err(|_| "the duration has more days than an `interval` has room for")?;
        let rest = duration - TimeDelta::days(days.into());
        let microseconds = rest.num_microseconds().unwrap_or_default();
        Ok(Interval { months: 0, days, microseconds })
    }

    /// What the server takes for infinity, since PostgreSQL 17.
    fn is_infinite(&self) -> bool {
        let (least, most) = (i32::MIN, i32::MAX);
        let Interval { months, days, microseconds } = *self;
        (months, days, microseconds) == (most, most, i64::MAX)
            || (months, days, microseconds) == (least, least, i64::MIN)
    }
}

/// Each of the three numbers by itself; where there is no room, the largest there is.
impl Add for Interval {
    type Output = Interval;
    fn add(self, other: Interval) -> Interval {
        Interval {
            months: self.months.saturating_add(other.months),
            days: self.days.saturating_add(other.days),
            microseconds: self.microseconds.saturating_add(other.microseconds),
        }
    }
}

impl Sub for Interval {
    type Output = Interval;
    fn sub(self, other: Interval) -> Interval {
        self + -other
    }
}

impl Neg for Interval {
    type Output = Interval;
    fn neg(self) -> Interval {
        Interval {
            months: self.months.saturating_neg(),
            days: self.days.saturating_neg(),
            microseconds: self.microseconds.saturating_neg(),
        }
    }
}

impl Mul<i32> for Interval {
    type Output = Interval;
    fn mul(self, times: i32) -> Interval {
        Interval {
            months: self.months.saturating_mul(times),
            days: self.days.saturating_mul(times),
            microseconds: self.microseconds.saturating_mul(times.into()),
        }
    }
}

/// As ISO 8601 has it, with a sign before each number that has one: `P1Y2M-3DT4H5M6.5S`.
impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, number: i64, unit: &str| match number {
            0 => Ok(()),
            number => write!(f, "{number}{unit}"),
        };
        if *self == Interval::default() {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        part(f, i64::from(self.months) / 12, "Y")?;
        part(f, i64::from(self.months) % 12, "M")?;
        part(f, self.days.into(), "D")?;
        if self.microseconds == 0 {
            return Ok(());
        }
        f.write_str("T")?;
        part(f, self.microseconds / (3_600 * SECOND), "H")?;
        part(f, self.microseconds / (60 * SECOND) % 60, "M")?;
        let rest = self.microseconds % (60 * SECOND);
        if rest == 0 {
            return Ok(());
        }
        let (sign, rest) = (if rest < 0 { "-" } else { "" }, rest.unsigned_abs());
        write!(f, "{sign}{}", rest / 1_000_000)?;
        match rest % 1_000_000 {
            0 => f.write_str("S"),
            micros => write!(f, ".{}S", format!("{micros:06}").trim_end_matches('0')),
        }
    }
}

/// A text that is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnInterval;

impl fmt::Display for NotAnInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither `P1M2DT3H` nor `1 mon 2 days 03:00:00`")
    }
}

impl std::error::Error for NotAnInterval {}

/// Reads what `Display` writes, and what PostgreSQL writes: `1 mon 2 days -03:04:05.6`.
impl FromStr for Interval {
    type Err = NotAnInterval;
    fn from_str(text: &str) -> Result<Self, NotAnInterval> {
        let text = text.trim();
        match text.strip_prefix('P') {
            Some(iso) => of_iso(iso),
            None => of_words(text),
        }
        .ok_or(NotAnInterval)
    }
}

fn of_iso(text: &str) -> Option<Interval> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut sum = Interval::default();
    let mut any = false;
    for (part, time) in [(date, false), (time, true)] {
        let mut rest = part;
        while let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) {
            let (number, unit) = (rest.get(..end)?, rest.get(end..end + 1)?);
            sum = plus(
                sum,
                number,
                match (unit, time) {
                    ("Y", false) => Unit::Months(12),
                    ("M", false) => Unit::Months(1),
                    ("W", false) => Unit::Days(7),
                    ("D", false) => Unit::Days(1),
                    ("H", true) => Unit::Micros(3_600 * SECOND),
                    ("M", true) => Unit::Micros(60 * SECOND),
                    ("S", true) => Unit::Micros(SECOND),
                    _ => return None,
                },
            )?;
            rest = rest.get(end + 1..)?;
            any = true;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    any.then_some(sum)
}

fn of_words(text: &str) -> Option<Interval> {
    let mut words = text.split_whitespace();
    let mut sum = None;
    while let Some(number) = words.next() {
        let so_far = sum.unwrap_or_default();
        if number.contains(':') {
            sum = Some(plus_clock(so_far, number)?);
            continue;
        }
        let unit = words.next()?.trim_end_matches(',').trim_end_matches('s');
        sum = Some(plus(
            so_far,
            number,
            match unit {
                "year" => Unit::Months(12),
                "mon" | "month" => Unit::Months(1),
                "week" => Unit::Days(7),
                "day" => Unit::Days(1),
                "hour" => Unit::Micros(3_600 * SECOND),
                "min" | "minute" => Unit::Micros(60 * SECOND),
                "sec" | "second" => Unit::Micros(SECOND),
                "microsecond" => Unit::Micros(1),
                _ => return None,
            },
        )?);
    }
    sum
}

/// `-03:04:05.6`
fn plus_clock(sum: Interval, text: &str) -> Option<Interval> {
    let (sign, clock) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let units = [3_600 * SECOND, 60 * SECOND, SECOND];
    let parts: Vec<&str> = clock.split(':').collect();
    if !matches!(parts.len(), 2 | 3) || parts.iter().any(|part| part.starts_with(['-', '+'])) {
        return None;
    }
    parts
        .iter()
        .zip(units)
        .try_fold(sum, |sum, (part, unit)| plus(sum, &format!("{sign}{part}"), Unit::Micros(unit)))
}

enum Unit {
    Months(i32),
    Days(i32),
    Micros(i64),
}

/// Adds a number of units; only seconds have a fraction.
fn plus(sum: Interval, number: &str, unit: Unit) -> Option<Interval> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let micros = match (&unit, fraction) {
        (_, "") => 0,
        (Unit::Micros(SECOND), fraction) if fraction.len() <= 6 => {
            let digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| format!("{fraction:0<6}").parse::<i64>().ok())??
        }
        _ => return None,
    };
    let micros = if whole.starts_with('-') { -micros } else { micros };
    let times = |unit: i32| whole.parse::<i32>().ok()?.checked_mul(unit);
    let mut sum = sum;
    match unit {
        Unit::Months(months) => sum.months = sum.months.checked_add(times(months)?)?,
        Unit::Days(days) => sum.days = sum.days.checked_add(times(days)?)?,
        Unit::Micros(unit) => {
            let whole = whole.parse::<i64>().ok()?.checked_mul(unit)?.checked_add(micros)?;
            sum.microseconds = sum.microseconds.checked_add(whole)?;
        }
    }
    Some(sum)
}

/// The text of `Display`.
impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Form for Interval {
    const READS: Option<&'static str> = Some("an interval (P1M2DT3H, or 1 mon 2 days 03:00:00)");

    fn read(raw: &[u8]) -> Result<Self, Problem> {
        let (micros, rest) = raw.split_first_chunk::<8>().ok_or("an interval has 16 bytes")?;
        let (days, rest) = rest.split_first_chunk::<4>().ok_or("an interval has 16 bytes")?;
        let months: &[u8; 4] = rest.try_into()?;
        let interval = Interval {
            months: i32::from_be_bytes(*months),
            days: i32::from_be_bytes(*days),
            microseconds: i64::from_be_bytes(*micros),
        };
        match interval.is_infinite() {
            true => Err("the interval is infinite".into()),
            false => Ok(interval),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Result<(), Problem> {
        self.check()?;
        out.put_i64(self.microseconds);
        out.put_i32(self.days);
        out.put_i32(self.months);
        Ok(())
    }

    fn check(&self) -> Result<(), Problem> {
        match self.is_infinite() {
            true => Err("an interval that PostgreSQL takes for infinity".into()),
            false => Ok(()),
        }
    }

    fn text(&self) -> String {
        let Interval { months, days, microseconds } = self;
        format!("{months} months {days} days {microseconds} microseconds")
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// Also the seconds and nanoseconds that serde writes of a `TimeDelta`.
    fn of_json(json: serde_json::Value) -> Option<Self> {
        let parts: [i64; 2] = serde_json::from_value(json).ok()?;
        let [seconds, nanos] = parts;
        let whole = TimeDelta::try_seconds(seconds)?;
        let duration = whole.checked_add(&TimeDelta::nanoseconds(nanos))?;
        Interval::of_duration(duration).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_are_written() {
        for interval in [
            Interval::default(),
            Interval { months: -14, days: 3, microseconds: -1 },
            Interval { months: 11, days: -30, microseconds: 3_600_000_000 },
            Interval { months: i32::MAX, days: i32::MIN, microseconds: i64::MAX },
            Interval::microseconds(i64::MIN + 1),
            Interval::microseconds(-61_500_000),
        ] {
            assert_eq!(interval.to_string().parse(), Ok(interval), "{interval}");
            assert_eq!(interval.text().parse(), Ok(interval), "{interval}");
            let json = serde_json::to_value(interval).unwrap();
            assert_eq!(serde_json::from_value::<Interval>(json).unwrap(), interval);
        }
        assert_eq!(
            "-1 days +02:03:04.5".parse(),
            Ok(Interval { months: 0, days: -1, microseconds: 7_384_500_000 })
        );
        for text in ["", "P", "1 fortnight", "P1H", "01:-2:03", "1", "PT1.5H", "1:2:3:4", "P1"] {
            assert!(text.parse::<Interval>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_exact_or_refused() {
        for duration in [
            TimeDelta::zero(),
            TimeDelta::microseconds(-1),
            TimeDelta::days(110_000_000) + TimeDelta::microseconds(86_399_999_999),
            TimeDelta::days(i64::from(i32::MIN)),
        ] {
            let interval = Interval::of_duration(duration).unwrap();
            assert_eq!(interval.duration(), Some(duration));
        }
        assert!(Interval::of_duration(TimeDelta::MAX).is_err());
        assert!(Interval::of_duration(TimeDelta::MIN).is_err());
        assert_eq!(Interval::months(1).duration(), None);
    }
}
