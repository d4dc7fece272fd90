//! The types, each with the values at its edges.

use chrono::TimeDelta;
use orm::prelude::*;

/// Calls a macro with the table: name; the name of the rows that refer by it, as text and as it is;
/// type; edge values, at least two, of which none is equal to the next or the first to the last.
macro_rules! types {
    ($take:ident!($($before:tt)*)) => {
        $take! { $($before)*
            boolean "of_boolean" of_boolean: bool = [true, false];
            small "of_small" of_small: i16 = [i16::MIN, -1, 0, i16::MAX];
            int "of_int" of_int: i32 = [i32::MIN, 0, 7, i32::MAX];
            big "of_big" of_big: i64 = [i64::MIN, 0, (1 << 53) + 1, i64::MAX];
            single "of_single" of_single: f32 = [0.1, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY];
            double "of_double" of_double: f64 = [
                0.1, -0.0, f64::MIN, f64::MAX, 5e-324, f64::NAN, f64::NEG_INFINITY, 123_456_789.123_456_79
            ];
            number "of_number" of_number: Decimal = [
                decimal("0"), decimal("-1.50"), decimal("0.00"), Decimal::MAX, Decimal::MIN,
                decimal("0.0000000000000000000000000001"), decimal("10000"), decimal("99999999.99990000")
            ];
            text "of_text" of_text: String = [
                "", " ", "null", "NULL", "it's", "\\", "\"{a,b}\"", "a,b", "{}", "ß\u{1F600}\u{7f}",
                "\n\r\t\u{1}", "$1 -- /*"
            ].map(str::to_owned).to_vec();
            bytes "of_bytes" of_bytes: Vec<u8> = [vec![], vec![0], vec![0, 0], vec![0xff, 0x5c, 0x27], (0..=255).collect()];
            day "of_day" of_day: NaiveDate = [
                date(2024, 2, 29), date(1, 1, 1), date(0, 12, 31), date(-43, 3, 15), date(-4713, 11, 24),
                date(9999, 12, 31), date(10_000, 1, 1), NaiveDate::MAX, date(2000, 1, 1)
            ];
            hour "of_hour" of_hour: NaiveTime = [
                NaiveTime::MIN, micros(date(1, 1, 1), 86_399_999_999).time(),
                micros(date(1, 1, 1), 1).time()
            ];
            local "of_local" of_local: NaiveDateTime = [
                micros(date(2024, 2, 29), 43_200_000_001), micros(date(-4713, 11, 24), 0),
                micros(date(0, 1, 1), 1_500_000), micros(date(262_142, 12, 31), 86_399_999_999),
                micros(date(1999, 12, 31), 86_399_999_999), micros(date(10_000, 1, 1), 7)
            ];
            moment "of_moment" of_moment: DateTime<Utc> = [
                micros(date(2024, 2, 29), 43_200_000_001).and_utc(),
                micros(date(-4713, 11, 24), 0).and_utc(), micros(date(-43, 3, 15), 1).and_utc(),
                micros(date(262_142, 12, 31), 86_399_999_999).and_utc(),
                micros(date(10_000, 1, 1), 7).and_utc(), DateTime::UNIX_EPOCH
            ];
            lasted "of_lasted" of_lasted: TimeDelta = [
                TimeDelta::zero(), TimeDelta::microseconds(-1), TimeDelta::hours(25),
                TimeDelta::days(i64::from(i32::MAX)), TimeDelta::days(i64::from(i32::MIN)),
                -TimeDelta::days(3) - TimeDelta::microseconds(1)
            ];
            term "of_term" of_term: Interval = [
                Interval::default(), Interval { months: 14, days: -3, microseconds: 1 },
                Interval { months: i32::MAX, days: 0, microseconds: -1 },
                Interval { months: -1, days: i32::MIN, microseconds: i64::MAX }
            ];
            key "of_key" of_key: Uuid = [Uuid::nil(), Uuid::max(), Uuid::from_u128(7)];
            document "of_document" of_document: Value = [
                json!({}), json!([1, null, "x"]), json!({"a": [0.1, 1e16, f64::MAX]}), json!("'\\\""),
                json!(true), json!({"": {"é\u{1F600}": -5}}), json!(123_456_789.123_456_79)
            ];
            typed "of_typed" of_typed: Json<Vec<Option<f64>>> = [
                Json(vec![]), Json(vec![Some(0.1), None]), Json(vec![Some(3e307)])
            ];
            address "of_address" of_address: IpAddr = [
                "0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "2001:db8::1"
            ].map(|text| text.parse().unwrap()).to_vec();
            host "of_host" of_host: Inet = ["10.1.2.3/24", "10.1.2.3", "::1/64"].map(|text| text.parse().unwrap()).to_vec();
            network "of_network" of_network: IpNet = [
                "0.0.0.0/0", "10.0.0.0/8", "10.1.2.3/32", "2001:db8::/32"
            ].map(|text| text.parse().unwrap()).to_vec();
            pairs "of_pairs" of_pairs: HStore = [
                HStore::default(), HStore::from([("a", Some("1")), ("it's", None)]),
                HStore::from([("\"\\", Some("=>,")), ("", Some(""))])
            ];
            ints "of_ints" of_ints: Range<i32> = [
                Range::empty(), Range::from(1..5), Range::from(..), Range::from(i32::MIN..i32::MAX)
            ];
            bigs "of_bigs" of_bigs: Range<i64> = [Range::from(..=7), Range::from(i64::MIN..i64::MAX), Range::empty()];
            numbers "of_numbers" of_numbers: Range<Decimal> = [
                Range::from(decimal("0.00")..=decimal("1.50")), Range::empty(),
                Range::new(Bound::Excluded(Decimal::MIN), Bound::Unbounded)
            ];
            days "of_days" of_days: Range<NaiveDate> = [
                Range::from(date(-43, 3, 15)..date(10_000, 1, 1)), Range::from(..NaiveDate::MAX),
                Range::from(date(2024, 1, 1)..=date(2024, 1, 1)), Range::empty()
            ];
            locals "of_locals" of_locals: Range<NaiveDateTime> = [
                Range::from(micros(date(-43, 3, 15), 1)..=micros(date(10_000, 1, 1), 0)), Range::from(..)
            ];
            moments "of_moments" of_moments: Range<DateTime<Utc>> = [
                Range::from(micros(date(-43, 3, 15), 1).and_utc()..), Range::empty(),
                Range::new(Bound::Excluded(DateTime::UNIX_EPOCH), Bound::Unbounded)
            ];
            words "of_words" of_words: TsVector = [
                "", "'a':1A,2 'it''s'", "'\\\\ \u{1F600}':16383B"
            ].map(|text| text.parse().unwrap()).to_vec();
            path "of_path" of_path: Ltree = ["a", "a.b", "", "Top.science_1.x"].map(Ltree::from).to_vec();
            folded "of_folded" of_folded: CiText = ["a", "", "B, {it's}", "\"\\"].map(CiText::from).to_vec();
            spans "of_spans" of_spans: Multirange<i32> = [
                Multirange::default(), Multirange::from([Range::from(1..5), Range::from(7..)]),
                Multirange::from([Range::from(..)]), Multirange::from([1..2])
            ];
            gaps "of_gaps" of_gaps: Multirange<DateTime<Utc>> = [
                Multirange::from([Range::from(micros(date(-43, 3, 15), 1).and_utc()..)]), Multirange::default(),
                Multirange::from([
                    Range::from(DateTime::UNIX_EPOCH..micros(date(10_000, 1, 1), 0).and_utc()),
                    Range::new(Bound::Excluded(micros(date(10_001, 1, 1), 0).and_utc()), Bound::Unbounded)
                ])
            ];
            state "of_state" of_state: table::State = [table::State::On, table::State::Off];
            level "of_level" of_level: table::Level = [table::Level::Low, table::Level::High];
            channel "of_channel" of_channel: table::Channel = [table::Channel::Post, table::Channel::Phone, table::Channel::None];
            depth "of_depth" of_depth: table::Depth = [table::Depth::Deep, table::Depth::High];
            email "of_email" of_email: table::Email = [
                table::Email("a@example.com".to_owned()), table::Email(String::new())
            ];
        }
    };
}
pub(super) use types;

#[derive(Choices, serde::Serialize, Clone, Copy, Debug, PartialEq)]
pub enum State {
    #[choice("on")]
    #[serde(rename = "on")]
    On,
    #[choice("it's")]
    #[serde(rename = "it's")]
    Off,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Level {
    Low = -1,
    High = 10,
}

impl serde::Serialize for Level {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*self as i32)
    }
}

/// An enum type of the database.
#[derive(Choices, serde::Serialize, Clone, Copy, Debug, PartialEq)]
#[choice(db_enum = "sweep_channel")]
pub enum Channel {
    #[choice("it's {\"post\"}")]
    #[serde(rename = "it's {\"post\"}")]
    Post,
    #[choice("phone")]
    #[serde(rename = "phone")]
    Phone,
    #[choice("NULL")]
    #[serde(rename = "NULL")]
    None,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
#[repr(i64)]
pub enum Depth {
    Deep = -9_223_372_036_854_775_807,
    High = 9_007_199_254_740_993,
}

impl serde::Serialize for Depth {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*self as i64)
    }
}

#[derive(Column, serde::Serialize, Clone, Debug, PartialEq)]
pub struct Email(pub String);

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub fn micros(date: NaiveDate, micros: i64) -> NaiveDateTime {
    date.and_time(NaiveTime::MIN) + TimeDelta::microseconds(micros)
}
