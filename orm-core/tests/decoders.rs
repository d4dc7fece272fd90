//! Every decoder on bytes that no server sends: an error, and never a panic, a hang or an allocation
//! that the bytes do not account for.
//!
//! A few seconds by default. A long run, in release:
//!
//! ```console
//! $ PROPTEST_CASES=10000000 cargo test --release -p orm-core --test decoders
//! ```

use bytes::BytesMut;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use ipnet::IpNet;
use orm_core::column::{Column, Inet, Json, Range};
use orm_sql::value::{HStore, Interval, Numeric, SqlType, SqlValue};
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::net::IpAddr;

/// Reads the bytes as everything that a column can hold. What is read is written and read again.
fn read_as_everything(raw: &[u8]) {
    macro_rules! read {
        ($($t:ty),* $(,)?) => {$(
            read_as::<$t>(raw);
            read_as::<Vec<$t>>(raw);
            read_as::<Vec<Option<$t>>>(raw);
            read_as::<Vec<Vec<$t>>>(raw);
        )*};
    }
    read!(
        bool,
        i16,
        i32,
        i64,
        f32,
        f64,
        Decimal,
        String,
        Vec<u8>,
        NaiveDate,
        NaiveTime,
        NaiveDateTime,
        DateTime<Utc>,
        TimeDelta,
        Interval,
        uuid::Uuid,
        serde_json::Value,
        Json<Vec<Option<f64>>>,
        IpAddr,
        Inet,
        IpNet,
        HStore,
        Range<i32>,
        Range<i64>,
        Range<Decimal>,
        Range<NaiveDate>,
        Range<NaiveDateTime>,
        Range<DateTime<Utc>>,
    );
    for sql_type in SqlType::ALL {
        let _ = sql_type.read(raw);
        let _ = SqlType::Array(sql_type).read(raw);
    }
    let _ = <Numeric as orm_sql::value::Form>::read(raw).map(|number| number.to_owned());
}

/// What was read could be sent, or says why not.
fn read_as<T: Column>(raw: &[u8]) {
    if let Ok(value) = T::decode(raw) {
        let _ = value.to_value().check();
    }
}

/// Numbers that headers are made of.
fn number() -> impl Strategy<Value = i32> {
    prop_oneof![
        6 => 0..4_i32,
        1 => any::<i32>(),
        1 => prop::sample::select(vec![-1, i32::MIN, i32::MAX, 1 << 16, 1 << 24, 7]),
        1 => prop::sample::select(vec![16, 23, 25, 1700, 1043, 3802, 1082]),
    ]
}

fn cell() -> impl Strategy<Value = Vec<u8>> {
    let right = vec(any::<u8>(), 0..20).prop_map(|bytes| {
        [&i32::try_from(bytes.len()).unwrap().to_be_bytes()[..], &bytes].concat()
    });
    prop_oneof![
        4 => right,
        1 => Just((-1_i32).to_be_bytes().to_vec()),
        1 => (number(), vec(any::<u8>(), 0..8))
            .prop_map(|(length, bytes)| [&length.to_be_bytes()[..], &bytes].concat()),
    ]
}

/// Dimensions, flags, the type of the items; lengths and first numbers; items.
fn array() -> impl Strategy<Value = Vec<u8>> {
    let header = (0..4_i32, 0..2_i32, prop_oneof![number(), Just(23), Just(0)]);
    let sizes = vec((number(), prop_oneof![4 => Just(1), 1 => number()]), 0..4);
    (header, sizes, vec(cell(), 0..8)).prop_map(|((dimensions, flags, item), sizes, cells)| {
        let mut raw = Vec::new();
        let agree = sizes.len() < 3;
        let dimensions = if agree { i32::try_from(sizes.len()).unwrap() } else { dimensions };
        for number in [dimensions, flags, item] {
            raw.extend(number.to_be_bytes());
        }
        for (length, first) in sizes {
            raw.extend(length.to_be_bytes());
            raw.extend(first.to_be_bytes());
        }
        raw.extend(cells.concat());
        raw
    })
}

/// The form of a value of some type, with some bytes changed, cut or added.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let values = [
        SqlValue::Decimal(Decimal::MAX),
        SqlValue::Numeric(Numeric::parse("-12345678901234567890123456789.123450").unwrap()),
        SqlValue::Json(serde_json::json!({"a": [1, 2.5, null], "b": {"c": "d"}})),
        SqlValue::HStore(HStore::from([("a", Some("1")), ("b", None)])),
        SqlValue::Net("2001:db8::/32".parse().unwrap()),
        SqlValue::Interval(Interval { months: 1, days: -2, microseconds: 3 }),
        SqlValue::Date(NaiveDate::MAX),
        SqlValue::TimestampTz(DateTime::UNIX_EPOCH),
    ];
    let written: Vec<Vec<u8>> = values
        .iter()
        .map(|value| {
            let mut raw = BytesMut::new();
            value.write(&mut raw).unwrap().unwrap();
            raw.to_vec()
        })
        .collect();
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (prop::sample::select(written), changes, 0..3_usize).prop_map(|(mut raw, changes, end)| {
        for (place, byte) in changes {
            let place = place.index(raw.len());
            raw[place] = byte;
        }
        match end {
            0 => raw.truncate(raw.len() / 2),
            1 => raw.push(0),
            _ => {}
        }
        raw
    })
}

/// Flags, then bounds.
fn range() -> impl Strategy<Value = Vec<u8>> {
    (any::<u8>(), vec(cell(), 0..3))
        .prop_map(|(flags, cells)| [vec![flags], cells.concat()].concat())
}

fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    ProptestConfig { cases: config.cases.max(4_096), ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_panics(
        raw in prop_oneof![vec(any::<u8>(), 0..64), array(), damaged(), range()]
    ) {
        read_as_everything(&raw);
    }
}

#[test]
fn a_header_allocates_nothing() {
    // 2^24 items of 2^24, and a dimension without any: 77 bytes once made a loop over them.
    for sizes in [&[1 << 24, 0][..], &[1 << 24, 1 << 24], &[i32::MAX], &[1, i32::MAX, 1]] {
        let mut raw = Vec::new();
        for number in [i32::try_from(sizes.len()).unwrap(), 0, 25] {
            raw.extend(number.to_be_bytes());
        }
        for size in sizes {
            raw.extend(size.to_be_bytes());
            raw.extend(1_i32.to_be_bytes());
        }
        assert!(Vec::<String>::decode(&raw).is_err());
        assert!(Vec::<Vec<String>>::decode(&raw).is_err());
        assert!(SqlType::Array(&SqlType::Text).read(&raw).is_err());
    }
}
