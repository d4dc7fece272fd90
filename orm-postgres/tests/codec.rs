//! Values go to the server and come back the same.

mod support;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use ipnet::IpNet;
use orm_core::column::Column;
use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::value::{BoundValue, HStore, Interval, RangeValue, SqlType, SqlValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use std::fmt::Debug;
use support::{Collect, statement};
use uuid::Uuid;

/// What the server sends back for a value.
async fn echo(db: &Database, value: SqlValue, sql_type: SqlType) -> Option<Vec<u8>> {
    let one = statement("SELECT $1", vec![(value, sql_type)], &[("value", sql_type)]);
    let mut rows = Collect::new(1);
    db.run(&one, &mut rows).await.expect("echo");
    rows.rows[0][0].clone()
}

/// A value as the server writes it.
async fn shown(db: &Database, value: SqlValue, sql_type: SqlType) -> Option<String> {
    let one = statement("SELECT $1::text", vec![(value, sql_type)], &[("value", SqlType::Text)]);
    let mut rows = Collect::new(1);
    db.run(&one, &mut rows).await.expect("show");
    rows.rows[0][0].clone().map(|cell| String::from_utf8(cell).expect("utf-8"))
}

fn check<S: Strategy>(cases: u32, strategy: S, test: impl AsyncFn(&Database, S::Value)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = runtime.block_on(support::database());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&strategy, |value| {
        runtime.block_on(test(&db, value));
        Ok(())
    });
    result.unwrap();
}

/// Each value, NULL, and arrays of it with NULLs in between.
fn round_trip<T: Column + Clone + Debug + PartialEq>(strategy: impl Strategy<Value = T>) {
    const NULL: SqlValue = SqlValue::Null;
    check(60, vec(strategy, 1..5), async |db, values| {
        for value in &values {
            let raw = echo(db, value.to_value(), T::SQL_TYPE).await.expect("not NULL");
            assert_eq!(&T::decode(&raw).expect("decodes"), value);
        }
        assert_eq!(echo(db, NULL, T::SQL_TYPE).await, None);
        let mut items: Vec<SqlValue> = values.iter().map(T::to_value).collect();
        items.push(NULL);
        let sql_type: &'static SqlType = Box::leak(Box::new(T::SQL_TYPE));
        let raw = echo(db, SqlValue::Array(items), SqlType::Array(sql_type)).await.unwrap();
        let cells = items_of(&raw);
        assert_eq!(cells.last(), Some(&None));
        let read: Vec<T> =
            cells.iter().flatten().map(|cell| T::decode(cell).expect("decodes")).collect();
        assert_eq!(read, values);
        // Back as the cells they are.
        let encoded = raw[20..].to_vec();
        let back = SqlValue::Cells { count: cells.len(), encoded };
        assert_eq!(echo(db, back, SqlType::Array(sql_type)).await.unwrap(), raw);
    });
}

/// The cells of an array of one dimension.
fn items_of(raw: &[u8]) -> Vec<Option<Vec<u8>>> {
    assert_eq!(support::number(&raw[..4]), 1, "one dimension");
    let mut rest = &raw[20..];
    let mut items = Vec::new();
    while let Some((length, tail)) = rest.split_first_chunk::<4>() {
        rest = tail;
        items.push(usize::try_from(i32::from_be_bytes(*length)).ok().map(|length| {
            let (item, tail) = rest.split_at(length);
            rest = tail;
            item.to_vec()
        }));
    }
    items
}

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(-4700, 1, 1).unwrap();
    (0_u64..50_000_000).prop_map(move |days| first.checked_add_days(Days::new(days)).unwrap())
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0_i64..86_400_000_000)
        .prop_map(|micros| NaiveTime::MIN.overflowing_add_signed(TimeDelta::microseconds(micros)).0)
}

fn timestamp() -> impl Strategy<Value = NaiveDateTime> {
    (date(), time()).prop_map(|(date, time)| date.and_time(time))
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), any::<i32>(), 0_u32..=28).prop_map(|(a, b, scale)| {
        Decimal::from_i128_with_scale(i128::from(a) * i128::from(b.unsigned_abs() >> 1), scale)
    })
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::hash_map(text(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn numbers() {
    round_trip(any::<bool>());
    round_trip(any::<i16>());
    round_trip(any::<i32>());
    round_trip(any::<i64>());
    round_trip(any::<f32>());
    round_trip(any::<f64>());
    round_trip(decimal());
}

#[test]
fn text_and_bytes() {
    round_trip(text());
    round_trip(vec(any::<u8>(), 0..100));
    round_trip(json());
    round_trip(any::<u128>().prop_map(Uuid::from_u128));
}

/// The type has another number in each database, so that arrays of it travel as text.
#[test]
fn maps_of_texts() {
    check(1, Just(()), async |db, ()| {
        if db.batch_execute("CREATE EXTENSION hstore").await.is_err() {
            return orm_testkit::skipped("the server does not have the extension hstore");
        }
        let pairs = proptest::collection::btree_map(text(), proptest::option::of(text()), 0..5);
        let maps = (0..60).map(|_| {
            let tree = pairs.new_tree(&mut TestRunner::default());
            HStore(tree.expect("a map").current())
        });
        let maps: Vec<HStore> = maps.chain([HStore::default()]).collect();
        for map in &maps {
            let raw = echo(db, map.to_value(), SqlType::HStore).await.expect("not NULL");
            assert_eq!(&HStore::decode(&raw).expect("decodes"), map);
        }
        assert_eq!(echo(db, SqlValue::Null, SqlType::HStore).await, None);
        let raw = echo(db, maps.to_value(), SqlType::Array(&SqlType::HStore)).await.unwrap();
        assert_eq!(Vec::<HStore>::decode(&raw).expect("decodes"), maps);
        let read = SqlType::Array(&SqlType::HStore).read(&raw).expect("reads");
        assert_eq!(read, maps.to_value());
    });
}

/// Names and numbers of the table are those of the server.
#[test]
fn the_table_of_types() {
    check(1, Just(()), async |db, ()| {
        let sql = "SELECT oid::int8, typarray::int8 FROM pg_type WHERE oid = to_regtype($1)";
        for sql_type in SqlType::ALL {
            let (Some(oid), Some(array)) = (sql_type.oid(), SqlType::Array(sql_type).oid()) else {
                assert!(sql_type.extension().is_some(), "{sql_type:?}");
                continue;
            };
            let name = SqlValue::Text(sql_type.name().to_string());
            let columns = [("oid", SqlType::Int8), ("array", SqlType::Int8)];
            let one = statement(sql, vec![(name, SqlType::Text)], &columns);
            let mut rows = Collect::new(2);
            db.run(&one, &mut rows).await.expect("asks");
            let number = |cell: &Option<Vec<u8>>| i64::decode(cell.as_deref().unwrap()).unwrap();
            let found: Vec<i64> = rows.rows[0].iter().map(number).collect();
            assert_eq!(found, [i64::from(oid), i64::from(array)], "{sql_type:?}");
        }
    });
}

#[test]
fn dates_and_times() {
    round_trip(date());
    round_trip(time());
    round_trip(timestamp());
    round_trip(timestamp().prop_map(|t| t.and_utc()));
    let parts = (any::<i32>(), any::<i32>(), any::<i64>());
    let interval =
        parts.prop_map(|(months, days, microseconds)| Interval { months, days, microseconds });
    round_trip(interval);
    let micros = -1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000;
    round_trip(micros.prop_map(TimeDelta::microseconds));
}

#[test]
fn dates_out_of_range_are_errors() {
    check(1, Just(()), async |db, ()| {
        let dates = [NaiveDate::MIN, NaiveDate::MAX];
        for value in dates.into_iter().flat_map(|date| {
            let time = date.and_time(NaiveTime::MIN);
            [
                (SqlValue::Date(date), SqlType::Date),
                (SqlValue::Timestamp(time), SqlType::Timestamp),
                (SqlValue::TimestampTz(DateTime::<Utc>::MAX_UTC), SqlType::TimestampTz),
            ]
        }) {
            let one = statement("SELECT $1", vec![value], &[]);
            db.run(&one, &mut orm_sql::exec::NoRows).await.ok();
        }
        assert_eq!(support::numbers(db, "SELECT 1").await.unwrap(), [1]);
    });
}

#[test]
fn networks() {
    let v4 = (any::<[u8; 4]>(), 0_u8..=32).prop_map(|(a, p)| IpNet::new(a.into(), p).unwrap());
    let v6 = (any::<[u8; 16]>(), 0_u8..=128).prop_map(|(a, p)| IpNet::new(a.into(), p).unwrap());
    check(100, prop_oneof![v4, v6], async |db, net| {
        let one = statement(
            "SELECT host($1) || '/' || masklen($1)",
            vec![(SqlValue::Net(net), SqlType::Inet)],
            &[("net", SqlType::Text)],
        );
        let mut rows = Collect::new(1);
        db.run(&one, &mut rows).await.unwrap();
        let text = String::from_utf8(rows.rows[0][0].clone().unwrap()).unwrap();
        assert_eq!(text.parse::<IpNet>().unwrap(), net);
        let text = shown(db, SqlValue::Net(net.trunc()), SqlType::Cidr).await.unwrap();
        assert_eq!(text.parse::<IpNet>().unwrap(), net.trunc());
        if net != net.trunc() {
            // Bits behind the prefix would be lost.
            let one = statement("SELECT $1", vec![(SqlValue::Net(net), SqlType::Cidr)], &[]);
            let error = db.run(&one, &mut orm_sql::exec::NoRows).await.unwrap_err();
            assert!(matches!(error, orm_sql::Error::Encode { position: 1, .. }), "{error:?}");
        }
    });
}

/// Ranges of a continuous type come back as they went: their bytes are compared by what the
/// server makes of their text.
#[test]
fn ranges() {
    let bound = |value: Option<(i32, bool)>| match value {
        None => BoundValue::Unbounded,
        Some((n, true)) => BoundValue::Included(SqlValue::Decimal(n.into())),
        Some((n, false)) => BoundValue::Excluded(SqlValue::Decimal(n.into())),
    };
    let bounds = (any::<Option<(i32, bool)>>(), any::<Option<(i32, bool)>>());
    check(100, bounds, async |db, (a, b)| {
        let (a, b) = match (a, b) {
            (Some(a), Some(b)) if a.0 > b.0 => (Some(b), Some(a)),
            other => other,
        };
        let show = |bound: Option<(i32, bool)>| bound.map_or(String::new(), |b| b.0.to_string());
        let open = if a.is_some_and(|a| a.1) { '[' } else { '(' };
        let close = if b.is_some_and(|b| b.1) { ']' } else { ')' };
        let literal = format!("{open}{},{}{close}", show(a), show(b));
        let range = RangeValue::Bounds { lower: bound(a), upper: bound(b) };
        let sent = shown(db, SqlValue::Range(Box::new(range)), SqlType::NumRange).await;
        let wanted = format!("SELECT '{literal}'::numrange::text");
        assert_eq!(sent.unwrap(), support::text(db, &wanted).await.unwrap());
    });
}

#[test]
fn ranges_of_each_type() {
    let date = NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    let time = date.and_hms_opt(1, 2, 3).unwrap();
    let of = |lower, upper| {
        let (lower, upper) = (BoundValue::Included(lower), BoundValue::Excluded(upper));
        SqlValue::Range(Box::new(RangeValue::Bounds { lower, upper }))
    };
    check(1, Just(()), async |db, ()| {
        for (value, sql_type, text) in [
            (of(SqlValue::I32(1), SqlValue::I32(5)), SqlType::Int4Range, "[1,5)"),
            (of(SqlValue::I64(1), SqlValue::I32(5)), SqlType::Int8Range, "[1,5)"),
            (
                of(SqlValue::Date(date), SqlValue::Date(date.succ_opt().unwrap())),
                SqlType::DateRange,
                "[2024-02-29,2024-03-01)",
            ),
            (
                of(SqlValue::Timestamp(time), SqlValue::Timestamp(time + TimeDelta::days(1))),
                SqlType::TsRange,
                "[\"2024-02-29 01:02:03\",\"2024-03-01 01:02:03\")",
            ),
            (
                of(SqlValue::TimestampTz(time.and_utc()), SqlValue::TimestampTz(time.and_utc())),
                SqlType::TsTzRange,
                "empty",
            ),
            (SqlValue::Range(Box::new(RangeValue::Empty)), SqlType::Int4Range, "empty"),
        ] {
            assert_eq!(shown(db, value.clone(), sql_type).await.unwrap(), text);
            let sql_type: &'static SqlType = Box::leak(Box::new(sql_type));
            let array = SqlValue::Array(vec![value, SqlValue::Null]);
            let array = shown(db, array, SqlType::Array(sql_type)).await.unwrap();
            assert!(array.starts_with('{') && array.ends_with(",NULL}"), "{array}");
        }
    });
}

#[test]
fn arrays_of_arrays() {
    const INTS: SqlType = SqlType::Array(&SqlType::Int4);
    const NESTED: SqlType = SqlType::Array(&INTS);
    let list = |items: &[i32]| SqlValue::Array(items.iter().map(|n| SqlValue::I32(*n)).collect());
    check(1, Just(()), async |db, ()| {
        let nested = SqlValue::Array(vec![list(&[1, 2]), list(&[3, 4])]);
        assert_eq!(shown(db, nested, NESTED).await.unwrap(), "{{1,2},{3,4}}");
        assert_eq!(shown(db, SqlValue::Array(vec![]), NESTED).await.unwrap(), "{}");
        for ragged in [
            // PostgreSQL would store `{}`.
            SqlValue::Array(vec![list(&[]), list(&[])]),
            SqlValue::Array(vec![list(&[1, 2]), list(&[3])]),
            SqlValue::Array(vec![list(&[]), list(&[3])]),
            SqlValue::Array(vec![list(&[1]), SqlValue::Null]),
            SqlValue::Array(vec![SqlValue::Null, list(&[1])]),
            SqlValue::Array(vec![SqlValue::I32(1), list(&[1])]),
        ] {
            let one = statement("SELECT $1", vec![(ragged, NESTED)], &[]);
            let error = db.run(&one, &mut orm_sql::exec::NoRows).await.unwrap_err();
            assert!(matches!(error, orm_sql::Error::Encode { position: 1, .. }), "{error:?}");
        }
    });
}

#[test]
fn values_widen_and_narrow_where_they_fit() {
    check(1, Just(()), async |db, ()| {
        for (value, sql_type, text) in [
            (SqlValue::I16(5), SqlType::Int8, "5"),
            (SqlValue::I64(5), SqlType::Int2, "5"),
            (SqlValue::I64(-7), SqlType::Numeric, "-7"),
            (SqlValue::F32(0.5), SqlType::Float8, "0.5"),
        ] {
            assert_eq!(shown(db, value, sql_type).await.unwrap(), text);
        }
    });
}

#[test]
fn types_known_by_name_take_any_value_as_text() {
    const MOOD: SqlType = SqlType::Named("mood");
    check(1, Just(()), async |db, ()| {
        db.batch_execute(
            "CREATE TYPE mood AS ENUM ('sad', 'so \"so\"', 'back\\slash'); CREATE DOMAIN pages AS int",
        )
        .await
        .unwrap();
        let mood = |text: &str| SqlValue::Text(text.into());
        let json = serde_json::json!({"a": [1, "x"]});
        for (value, sql_type, text) in [
            (mood("sad"), MOOD, "sad"),
            (SqlValue::I32(5), SqlType::Named("pages"), "5"),
            (mood("(1,2)"), SqlType::Named("point"), "(1,2)"),
            (SqlValue::Bytes(vec![0; 16]), SqlType::Named("point"), "(0,0)"),
            (SqlValue::Json(json), SqlType::Named("json"), r#"{"a":[1,"x"]}"#),
            (SqlValue::Bool(true), SqlType::Named("pg_catalog.bool"), "true"),
            (SqlValue::F64(f64::INFINITY), SqlType::Named("float8"), "Infinity"),
            (
                SqlValue::Interval(Interval { months: 1, days: 2, microseconds: 3_000_000 }),
                SqlType::Named("interval"),
                "1 mon 2 days 00:00:03",
            ),
        ] {
            assert_eq!(shown(db, value, sql_type).await.unwrap(), text);
        }
        let moods = vec![mood("so \"so\""), SqlValue::Null, mood("back\\slash")];
        let moods = (SqlValue::Array(moods), SqlType::Array(&MOOD));
        let sql = "SELECT ($1)[1] || '|' || coalesce(($1)[2]::text, 'none') || '|' || ($1)[3]";
        let one = statement(sql, vec![moods], &[("moods", SqlType::Text)]);
        for cached in [true, false] {
            let mut rows = Collect::new(1);
            db.run(&orm_sql::exec::Statement { cached, ..one.clone() }, &mut rows).await.unwrap();
            assert_eq!(rows.rows[0][0].as_deref(), Some(&b"so \"so\"|none|back\\slash"[..]));
        }
    });
}
