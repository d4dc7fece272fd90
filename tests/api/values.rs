//! Values at the edges of their types: stored exactly or refused before anything is sent, read
//! exactly or refused with a type that can hold them.

use crate::support::{Outcome, database, says, scalar};
use orm::Interval;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows};
use std::net::IpAddr;

mod kept {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kept", ordering = [id])]
    pub struct Doc {
        pub id: i64,
        pub value: Value,
        pub float: Json<f64>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "kept", ordering = [id])]
    pub struct Lease {
        pub id: i64,
        pub long: TimeDelta,
        pub days: Range<NaiveDate>,
    }
}
use kept::{Doc, Lease};

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| Value::Array(vec![inner]))
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: orm::Result<T>, parts: &[&str]) {
    match result {
        Err(error @ Error::Encode { .. }) => says(&error, parts),
        other => panic!("{other:?} and no `Encode` error"),
    }
}

#[track_caller]
pub fn unreadable<T: std::fmt::Debug>(result: orm::Result<T>, parts: &[&str]) {
    match result {
        Err(error @ Error::Decode { .. }) => says(&error, parts),
        other => panic!("{other:?} and no `Decode` error"),
    }
}

#[tokio::test]
async fn floats_inside_of_json_are_those_that_were_saved() -> Outcome {
    let db = database!("api_values": Doc, Lease);
    // Multiplied up, so that every digit of the mantissa is in use.
    let mut float = 1.234_567_890_123_456_7_f64;
    let mut drafts = Vec::new();
    for n in 0..600 {
        float *= if n < 300 { 10.3 } else { 0.009_3 };
        drafts.push(draft!(Doc { value: json!({ "x": [float, -float] }), float: Json(float) }));
    }
    for float in [f64::MAX, f64::MIN_POSITIVE, 1e16, 1e17, 3e307, 0.999_999_999_999_999_9] {
        drafts.push(draft!(Doc { value: json!({ "x": [float, -float] }), float: Json(float) }));
    }
    for doc in Doc::objects().bulk_create(&db, drafts).await? {
        assert_eq!(doc.value, json!({ "x": [doc.float.0, -doc.float.0] }));
    }
    let one = draft!(Doc { value: json!(1e300), float: Json(1e300) }).save(&db).await?;
    assert_eq!((one.value, one.float), (json!(1e300), Json(1e300)));
    Ok(())
}

#[tokio::test]
async fn what_could_not_be_read_again_is_not_sent() -> Outcome {
    let db = database!("api_values": Doc, Lease);
    let tx = db.begin().await?;
    let zero = ["`value` of `Doc`", "zero byte"];
    refused(
        draft!(Doc { value: json!({ "k": ["a\0"] }), float: Json(0.0) }).save(&tx).await,
        &zero,
    );
    refused(draft!(Doc { value: json!({ "\0": 1 }), float: Json(0.0) }).save(&tx).await, &zero);
    let deep = ["`value` of `Doc`", "127 levels"];
    refused(draft!(Doc { value: nested(128), float: Json(0.0) }).save(&tx).await, &deep);
    let many = (0..30).map(|_| draft!(Doc { value: nested(200), float: Json(0.0) }));
    refused(Doc::objects().bulk_create(&tx, many).await, &["127 levels"]);
    let nan = draft!(Doc { value: json!(1), float: Json(f64::NAN) });
    refused(nan.save(&tx).await, &["`float` of `Doc`", "NaN"]);
    refused(Doc::objects().filter(|d| d.value().eq(nested(128))).count(&tx).await, &["127 levels"]);
    refused(Doc::objects().update(&tx, |d| d.value().set(json!("\0"))).await, &["zero byte"]);
    let days = || Range::from(..NaiveDate::MAX);
    for long in [TimeDelta::MAX, TimeDelta::MIN, TimeDelta::days(1 << 31)] {
        let lease = draft!(Lease { long: long, days: days() });
        refused(lease.save(&tx).await, &["`long` of `Lease`", "more days"]);
    }
    let last = draft!(Lease { long: TimeDelta::zero(), days: Range::from(..=NaiveDate::MAX) });
    refused(last.save(&tx).await, &["`days` of `Lease`", "leave this side of the range open"]);
    let early = NaiveDate::MIN;
    let early = draft!(Lease { long: TimeDelta::zero(), days: Range::from(early..) });
    refused(early.save(&tx).await, &["`days` of `Lease`", "4714-11-24 BC"]);
    let mut doc = draft!(Doc { value: json!(1), float: Json(0.0) }).save(&tx).await?;
    doc.value = json!("\0");
    refused(doc.save(&tx).await, &zero);
    refused(doc.save_fields(&tx, |d| d.value()).await, &zero);
    refused(Doc::objects().update(&tx, |d| d.value().set(nested(128))).await, &deep);
    Doc::objects().delete(&tx).await?;
    // Nothing was sent: the transaction lives, and its tables can be read.
    let doc = draft!(Doc { value: nested(127), float: Json(0.0) }).save(&tx).await?;
    assert_eq!(doc.value, nested(127));
    let years = TimeDelta::days(110_000_000) + TimeDelta::microseconds(1);
    let lease = draft!(Lease { long: years, days: days() }).save(&tx).await?;
    assert_eq!((lease.long, lease.days), (years, days()));
    assert_eq!(Doc::objects().all(&tx).await?.len(), 1);
    assert_eq!(Lease::objects().all(&tx).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn zero_bytes_inside_of_json_are_found_by_validation() -> Outcome {
    let mut draft = draft!(Doc { value: json!({ "k": { "x\0": 1 } }), float: Json(0.0) });
    let errors = draft.full_clean().unwrap_err();
    assert!(errors.to_string().contains("value"), "{errors}");
    draft!(Doc { value: json!({ "k": "x" }), float: Json(0.0) }).full_clean()?;
    Ok(())
}

mod foreign {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "measure", managed = false, ordering = [id])]
    pub struct Measure {
        pub id: i64,
        pub number: Decimal,
        pub opens: NaiveTime,
        pub lasts: TimeDelta,
        pub term: Interval,
        pub host: IpAddr,
        pub tags: Vec<String>,
        pub note: String,
    }
}
use foreign::Measure;

const MEASURE: &str = "CREATE TABLE measure (
    id bigint PRIMARY KEY, number numeric NOT NULL DEFAULT 1, opens time NOT NULL DEFAULT '08:00',
    lasts interval NOT NULL DEFAULT '1 day', term interval NOT NULL DEFAULT '1 day',
    host inet NOT NULL DEFAULT '::1', tags varchar(30)[] NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '')";

#[tokio::test]
async fn what_a_type_cannot_hold_is_an_error_that_names_one_that_can() -> Outcome {
    let db = TestDatabase::empty().await?;
    db.batch_execute(MEASURE).await?;
    for (column, value, says) in [
        ("number", "12345678901234567890123456789.12345", "BigDecimal"),
        ("number", "0.00000000000000000000000000001", "BigDecimal"),
        ("number", "NaN", "NaN"),
        ("opens", "24:00", "24:00"),
        ("lasts", "1 mon", "`orm::Interval`"),
        ("lasts", "-1 year 3 days", "`orm::Interval`"),
        ("host", "10.1.2.3/24", "`orm::column::Inet`"),
        ("host", "10.0.0.0/8", "`orm::column::Inet`"),
        ("tags", "{{a,b},{c,d}}", "Vec<Vec<T>>"),
        ("tags", "[0:1]={a,b}", "numbered from 0"),
    ] {
        let insert = format!("INSERT INTO measure (id, {column}) VALUES (1, '{value}')");
        db.batch_execute(&insert).await?;
        unreadable(Measure::objects().all(&db).await, &[column, "`Measure`", says]);
        // What was not asked for is in nobody's way.
        let notes = Measure::objects().values(|m| m.note()).all(&db).await?;
        assert_rows!(notes, [String::new()]);
        db.batch_execute("TRUNCATE measure").await?;
    }
    Ok(())
}

#[tokio::test]
async fn saving_something_else_changes_no_value() -> Outcome {
    let db = TestDatabase::empty().await?;
    db.batch_execute(MEASURE).await?;
    let columns = "number, opens, lasts, term, host, tags";
    db.batch_execute(&format!(
        "INSERT INTO measure (id, {columns}) VALUES
         (1, 1.500, '23:59:59.999999', '3 days 00:00:01', '1 year -2 mons 5 days 00:00:01', '10.1.2.3', '{{a,\"NULL\"}}'),
         (2, 0.00, '00:00', '-1 days -01:00', '-1 mon', '::', '{{}}')"
    ))
    .await?;
    let shown = format!("SELECT string_agg(({columns})::text, ';' ORDER BY id) FROM measure");
    let before: String = scalar(&db, &shown).await?;
    for mut row in Measure::objects().all(&db).await? {
        row.note = "seen".to_owned();
        row.save(&db).await?;
    }
    let after: String = scalar(&db, &shown).await?;
    assert_eq!(after, before);
    Ok(())
}

mod places {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "places", ordering = [id])]
    pub struct Amount {
        pub id: i64,
        pub number: Decimal,
        pub numbers: Vec<Decimal>,
    }
}

#[tokio::test]
async fn zeros_keep_their_places() -> Outcome {
    use places::Amount;
    let db = database!("api_values_places": Amount);
    let texts = ["0", "0.00", "0.000", "-0.0", "1.00", "100", "-0.10"];
    for text in texts {
        let number = text.parse::<Decimal>()?;
        let row = draft!(Amount { number: number, numbers: vec![number] }).save(&db).await?;
        let shown = text.trim_start_matches("-0.0").to_owned();
        assert_eq!(
            row.number.to_string().trim_start_matches("0.0"),
            shown.trim_start_matches("0.0")
        );
    }
    let stored: String = scalar(
        &db,
        "SELECT string_agg(number || ' ' || numbers[1], ',' ORDER BY id) FROM places_amount",
    )
    .await?;
    assert_eq!(stored, "0 0,0.00 0.00,0.000 0.000,0.0 0.0,1.00 1.00,100 100,-0.10 -0.10");
    Ok(())
}

mod steps {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    pub struct Item {
        pub id: i64,
        #[field(validators(step(2)))]
        pub even: i64,
        #[field(validators(step(Decimal::new(25, 2))))]
        pub quarters: Decimal,
    }
}

#[test]
fn steps_are_exact() {
    use steps::Item;
    let check = |even: i64, quarters: &str| {
        draft!(Item { even: even, quarters: quarters.parse::<Decimal>().unwrap() })
            .full_clean()
            .is_ok()
    };
    for even in [0, -4, i64::MIN, i64::MAX - 1, 9_007_199_254_740_994] {
        assert!(check(even, "1.25"), "{even}");
    }
    for odd in [3, -3, i64::MAX, 9_007_199_254_740_993] {
        assert!(!check(odd, "1"), "{odd}");
    }
    for quarters in ["0", "-0.75", "12345678901234567890.25", "79228162514264337593543950335"] {
        assert!(check(0, quarters), "{quarters}");
    }
    for other in ["0.1", "12345678901234567890.3", "0.0000000000000000000000000001", "-0.26"] {
        assert!(!check(0, other), "{other}");
    }
}

mod blobs {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "blobs")]
    pub struct Blob {
        pub id: i64,
        pub data: Vec<u8>,
    }
}

#[tokio::test]
async fn what_is_too_long_for_a_message_is_not_sent() -> Outcome {
    use blobs::Blob;
    let db = database!("api_values_blobs": Blob);
    let tx = db.begin().await?;
    // Memory that nobody looks at, so that there is none behind it.
    let data = vec![0_u8; 1 << 30];
    refused(draft!(Blob { data: data }).save(&tx).await, &["`data` of `Blob`", "1 GiB"]);
    assert_eq!(Blob::objects().count(&tx).await?, 0);
    let row = draft!(Blob { data: vec![7_u8; 3 << 20] }).save(&tx).await?;
    assert_eq!(row.data.len(), 3 << 20);
    Ok(())
}
