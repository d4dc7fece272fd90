//! Values that cases need, written short.

use orm::prelude::*;

/// An exact number.
pub fn dec(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A day.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// A time of day.
pub fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time")
}

/// The first moment of a day.
pub fn moment(year: i32, month: u32, of_month: u32) -> DateTime<Utc> {
    day(year, month, of_month).and_time(NaiveTime::MIN).and_utc()
}
