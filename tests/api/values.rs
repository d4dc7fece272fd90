//! Values at the edges of their types: stored exactly or refused before anything is sent, read
//! exactly or refused with a type that can hold them.

use crate::support::{Outcome, database, says, scalar};
use chrono::TimeDelta;
use orm::column::Inet;
use orm::prelude::*;
use orm::{Interval, SqlValue};
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
fn refused<T: std::fmt::Debug>(result: orm::Result<T>, parts: &[&str]) {
    match result {
        Err(error @ Error::Encode { .. }) => says(&error, parts),
        other => panic!("{other:?} and no `Encode` error"),
    }
}

#[track_caller]
fn unreadable<T: std::fmt::Debug>(result: orm::Result<T>, parts: &[&str]) {
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

mod moments {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "moments", ordering = [id])]
    pub struct Event {
        pub id: i64,
        pub at: DateTime<Utc>,
        pub lasts: TimeDelta,
        pub term: Interval,
    }
}

#[tokio::test]
async fn a_duration_is_as_long_in_every_time_zone() -> Outcome {
    use moments::Event;
    let db = database!("api_values_moments": Event);
    let at = "2024-03-30T12:00:00Z".parse::<DateTime<Utc>>()?;
    let day = TimeDelta::hours(24);
    let event = draft!(Event { at: at, lasts: day, term: Interval::days(1) }).save(&db).await?;
    assert_eq!(event.lasts, day);
    for zone in ["UTC", "Europe/Berlin", "America/New_York"] {
        let there = Database::builder().url(&db.url()).time_zone(zone).connect().await?;
        let sums = Event::objects().values(|e| {
            (e.at() + day, e.at() + e.lasts(), e.lasts() + e.at(), e.at() - -day, e.at() + day * 2)
        });
        let two = at + day * 2;
        assert_rows!(sums.all(&there).await?, [(at + day, at + day, at + day, at + day, two)]);
        let back = Event::objects().filter(|e| (e.at() + e.lasts() - day).eq(at));
        assert!(back.exists(&there).await?, "{zone}");
        let found = Event::objects().filter(|e| e.lasts().eq(day) & e.at().lt(e.at() + day));
        assert!(found.exists(&there).await?, "{zone}");
        Event::objects().update(&there, |e| e.at().set(e.at() + day)).await?;
        Event::objects().update(&there, |e| e.at().set(e.at() - e.lasts())).await?;
        assert_eq!(Event::objects().get(&there).await?.at, at, "{zone}");
    }
    // A day of the calendar has 23 hours there.
    let berlin = Database::builder().url(&db.url()).time_zone("Europe/Berlin").connect().await?;
    let next = Event::objects().values(|e| (e.at() + e.term(), e.at() + Interval::days(1)));
    let hours = at + TimeDelta::hours(23);
    assert_rows!(next.all(&berlin).await?, [(hours, hours)]);
    Ok(())
}

#[tokio::test]
async fn intervals_follow_the_calendar() -> Outcome {
    use moments::Event;
    let db = database!("api_values_moments": Event);
    let at = "2024-01-31T12:00:00Z".parse::<DateTime<Utc>>()?;
    let term = Interval::months(1) + Interval::seconds(1);
    let event = draft!(Event { at: at, lasts: TimeDelta::zero(), term: term }).save(&db).await?;
    assert_eq!(event.term, term);
    let february = "2024-02-29T12:00:01Z".parse::<DateTime<Utc>>()?;
    let values = Event::objects().values(|e| (e.at() + e.term(), e.term() * 2, -e.term()));
    assert_rows!(values.all(&db).await?, [(february, term * 2, -term)]);
    let sum = Event::objects().aggregate(&db, |e| e.term().sum()).await?;
    assert_eq!(sum, Some(term));
    // To the server a month is 30 days where it compares.
    let found = Event::objects().filter(|e| e.term().gt(Interval::days(30)));
    assert_eq!(found.count(&db).await?, 1);
    let json = serde_json::to_value(event.term)?;
    assert_eq!(json, json!("P1MT1S"));
    let again = Event::dyn_draft().set("at", at).set("lasts", json!([1, 500])).set("term", json);
    let again = again.save(&db).await?;
    assert_eq!((again.term, again.lasts), (term, TimeDelta::seconds(1)));
    Ok(())
}

mod equal {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "equal", ordering = [id])]
    pub struct Price {
        #[field(primary_key)]
        pub id: Decimal,
        pub note: String,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "equal", ordering = [id])]
    pub struct Sale {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "sales")]
        pub price: ForeignKey<Price>,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "word", managed = false, ordering = [rank])]
    pub struct Word {
        #[field(primary_key)]
        pub text: String,
        pub rank: i32,
    }

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "usage", managed = false, ordering = [id])]
    pub struct Usage {
        pub id: i64,
        #[field(on_delete = Cascade, related_name = "uses")]
        pub word: ForeignKey<Word>,
    }
}

#[tokio::test]
async fn prefetches_match_the_keys_that_a_join_matches() -> Outcome {
    use equal::{Price, Sale};
    let db = database!("api_values_equal": Price, Sale);
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    for id in ["1.50", "0.0", "7"] {
        draft!(Price { id: number(id), note: "a" }).save(&db).await?;
    }
    for price in ["1.5", "1.50", "1.500", "0", "7.000"] {
        draft!(Sale { price: ForeignKey::new(number(price)) }).save(&db).await?;
    }
    let prices = Price::objects().order_by(|p| p.id()).prefetch_related(|p| p.sales());
    let counts: Vec<usize> = prices.all(&db).await?.iter().map(|(_, s)| s.len()).collect();
    assert_eq!(counts, [1, 3, 1]);
    let sales = Sale::objects().prefetch_related(|s| s.price()).all(&db).await?;
    assert_eq!(sales.len(), 5);
    assert!(sales.iter().all(|(sale, price)| sale.price.pk() == price.id));
    let mut one = sales[0].1.clone();
    let other = one.clone();
    one.id = number("1.5");
    let twice = Price::objects().bulk_update(&db, [&one, &other], |p| p.note()).await;
    assert!(matches!(twice, Err(Error::Usage(_))), "{twice:?}");
    Ok(())
}

#[tokio::test]
async fn texts_are_matched_as_their_columns_compare_them() -> Outcome {
    use equal::{Usage, Word};
    let columns = [
        ("text COLLATE folded", "text COLLATE folded", ["Ann", "ann", "ANN", "Bob"]),
        ("char(5)", "varchar(10)", ["Ann", "Ann", "Ann", "Bob"]),
        ("char(5)", "char(5)", ["Ann", "Ann", "Ann", "Bob"]),
    ];
    for (key, reference, uses) in columns {
        let db = TestDatabase::empty().await?;
        if key.contains("folded") && !can_fold(&db).await? {
            orm_testkit::skipped("the server knows no collations of ICU");
            continue;
        }
        db.batch_execute(&format!(
            "CREATE TABLE word (text {key} PRIMARY KEY, rank int NOT NULL);
             CREATE TABLE usage (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                 word_id {reference} NOT NULL)"
        ))
        .await?;
        draft!(Word { text: "Ann", rank: 1 }).save(&db).await?;
        draft!(Word { text: "Bob", rank: 2 }).save(&db).await?;
        for word in uses {
            draft!(Usage { word: ForeignKey::new(word.to_owned()) }).save(&db).await?;
        }
        let words = Word::objects().prefetch_related(|w| w.uses()).all(&db).await?;
        let counts: Vec<usize> = words.iter().map(|(_, uses)| uses.len()).collect();
        assert_eq!(counts, [3, 1], "{key}");
        let uses = Usage::objects().prefetch_related(|u| u.word()).all(&db).await?;
        let ranks: Vec<i32> = uses.iter().map(|(_, word)| word.rank).collect();
        assert_eq!(ranks, [1, 1, 1, 2], "{key}");
        // A row that was read is found again.
        for mut word in Word::objects().all(&db).await? {
            word.rank += 10;
            word.save(&db).await?;
            assert_eq!(Word::objects().filter(|w| w.text().eq(&word.text)).count(&db).await?, 1);
        }
    }
    Ok(())
}

/// Makes a collation without case, where the server was built with ICU.
async fn can_fold(db: &Database) -> orm::Result<bool> {
    let made = db.batch_execute(
        "CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    );
    match made.await {
        Ok(()) => Ok(true),
        Err(error) if error.to_string().contains("0A000") => Ok(false),
        Err(error) => Err(error),
    }
}

mod account {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "account", managed = false)]
    pub struct Account {
        pub id: i64,
        pub email: String,
    }
}

#[tokio::test]
async fn a_text_that_would_be_compared_otherwise_is_refused() -> Outcome {
    use account::Account;
    let db = TestDatabase::empty().await?;
    db.batch_execute(
        "CREATE EXTENSION citext;
         CREATE TABLE account (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, email citext);
         INSERT INTO account (email) VALUES ('Ann@example.com')",
    )
    .await?;
    let says = ["`email` of `Account`", "`citext`", "SqlType::Named(\"citext\")"];
    unreadable(Account::objects().all(&db).await, &says);
    unreadable(draft!(Account { email: "x" }).save(&db).await, &says);
    let raw = db.query_as::<(String,)>("SELECT email FROM account", params![]).await?;
    assert_rows!(raw, [("Ann@example.com".to_owned(),)]);
    Ok(())
}

mod arrays {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "arrays", ordering = [id])]
    pub struct Grid {
        pub id: i64,
        pub cells: Vec<Vec<i32>>,
        #[field(max_length = 10)]
        pub nicks: Vec<String>,
    }

    /// As Django makes it of `ArrayField(CharField(max_length=30))`.
    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(table = "tagged", managed = false, ordering = [id])]
    pub struct Tagged {
        pub id: i64,
        pub words: Vec<String>,
    }
}

#[tokio::test]
async fn arrays_of_arrays_are_written_as_they_are_read() -> Outcome {
    use arrays::Grid;
    let db = database!("api_values_arrays": Grid);
    let cells = vec![vec![1, 2], vec![3, 4]];
    let grid = || draft!(Grid { cells: cells.clone(), nicks: vec!["ann".to_owned()] });
    let mut row = grid().save(&db).await?;
    row.cells.push(vec![5, 6]);
    row.save(&db).await?;
    assert_eq!(Grid::objects().filter(|g| g.cells().eq(row.cells.clone())).count(&db).await?, 1);
    assert_eq!(Grid::objects().filter(|g| g.cells().in_([cells.clone()])).count(&db).await?, 0);
    let values = Grid::objects().values(|g| {
        (
            g.cells().len(),
            g.cells().index(1),
            g.cells().index(9),
            g.cells().slice(1..3),
            g.cells().append(vec![7, 8]),
        )
    });
    let last = [row.cells.clone(), vec![vec![7, 8]]].concat();
    assert_rows!(
        values.all(&db).await?,
        [(3, Some(vec![3, 4]), None, row.cells[1..].to_vec(), last)]
    );
    for wrong in [vec![vec![]], vec![vec![1], vec![]], vec![vec![1], vec![2, 3]]] {
        let save = draft!(Grid { cells: wrong.clone(), nicks: vec![] }).save(&db).await;
        refused(save, &["`cells` of `Grid`"]);
        let many = (0..30).map(|_| draft!(Grid { cells: wrong.clone(), nicks: vec![] }));
        refused(Grid::objects().bulk_create(&db, many).await, &["array"]);
    }
    Ok(())
}

#[tokio::test]
async fn lists_of_varchar_are_lists_of_texts() -> Outcome {
    use arrays::{Grid, Tagged};
    let db = database!("api_values_arrays": Grid);
    db.batch_execute(
        "CREATE TABLE tagged (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            words varchar(30)[] NOT NULL)",
    )
    .await?;
    let words = || vec!["NULL".to_owned(), "a,b".to_owned()];
    draft!(Tagged { words: words() }).save(&db).await?;
    Tagged::objects().copy_in(&db, [draft!(Tagged { words: words() })]).await?;
    draft!(Grid { cells: vec![], nicks: words() }).save(&db).await?;
    Grid::objects().copy_in(&db, [draft!(Grid { cells: vec![], nicks: words() })]).await?;
    macro_rules! found {
        ($($model:ident $field:ident |$x:ident| $condition:expr;)*) => {$(
            let found = $model::objects().filter(|$x| $condition).count(&db).await;
            assert_eq!(found?, 2, stringify!($condition));
        )*};
    }
    found! {
        Tagged words |t| t.words().contains(["NULL"]);
        Tagged words |t| t.words().contained_by(["NULL", "a,b", "c"]);
        Tagged words |t| t.words().overlap(["NULL", "x"]);
        Tagged words |t| t.words().eq(words());
        Tagged words |t| t.words().eq(t.words());
        Tagged words |t| t.words().ne(["x"]);
        Tagged words |t| t.words().in_([words()]);
        Tagged words |t| t.words().range(words()..=words());
        Tagged words |t| t.words().append("c").contains(["c"]);
        Tagged words |t| nullif(t.words(), words()).isnull(true);
        Tagged words |t| t.words().slice(1..).eq(["a,b"]);
        Tagged words |t| t.words().len().eq(2);
        Grid nicks |g| g.nicks().contains(["NULL"]);
        Grid nicks |g| g.nicks().eq(words());
        Grid nicks |g| g.nicks().append("c").contains(["c"]);
        Grid nicks |g| nullif(g.nicks(), words()).isnull(true);
    }
    let nested = Tagged::objects().values(|t| (t.id(), t.words())).nested();
    let nested = nested.filter(|(_, found)| found.contains(["NULL"]));
    assert_eq!(nested.count(&db).await?, 2);
    Ok(())
}

mod ancient {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "ancient", ordering = [id])]
    pub struct Event {
        pub id: i64,
        pub day: NaiveDate,
    }
}

#[tokio::test]
async fn years_are_counted_as_postgresql_counts_them() -> Outcome {
    use ancient::Event;
    let db = database!("api_values_ancient": Event);
    let ides = NaiveDate::from_ymd_opt(-43, 3, 15).expect("44 BC");
    draft!(Event { day: ides }).save(&db).await?;
    let found = Event::objects().values(|e| (e.day(), e.day().year())).get(&db).await?;
    assert_eq!(found, (ides, -44));
    Ok(())
}

mod dynamic {
    use super::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "dynamic", ordering = [id])]
    pub struct Item {
        pub id: i64,
        pub double: f64,
        pub single: f32,
        pub bytes: Vec<u8>,
        pub range: Range<i32>,
        pub host: Inet,
        pub list: Vec<i32>,
    }
}

#[tokio::test]
async fn dynamic_drafts_take_what_is_exact_and_nothing_that_could_not_be_read() -> Outcome {
    use dynamic::Item;
    let check = |name: &'static str, value: SqlValue| {
        let draft = Item::dyn_draft().set("double", 1.0).set("single", 1.0f32);
        let draft = draft.set("bytes", vec![1u8]).set("range", Range::from(1..5));
        let draft = draft.set("host", "10.0.0.1/8").set("list", vec![1]);
        draft.set(name, value).check()
    };
    let json = SqlValue::Json;
    for (name, value) in [
        ("double", SqlValue::I64(3_000_000_000)),
        ("double", SqlValue::I64(1 << 60)),
        ("double", SqlValue::F32(0.1)),
        ("single", SqlValue::I32(5)),
        ("single", SqlValue::F64(0.5)),
        ("single", json(json!(0.1))),
        ("bytes", json(json!([1, 255]))),
        ("bytes", json(json!("\\x01ff"))),
        ("range", json(json!({"lower": 1, "upper": 5, "bounds": "[)"}))),
        ("range", json(json!({"empty": true}))),
        ("range", json(json!({"upper": 5, "bounds": "(]"}))),
        ("host", json(json!("10.1.2.3"))),
    ] {
        check(name, value.clone()).map_err(|e| format!("{name} of {value:?}: {e}"))?;
    }
    for (name, value) in [
        ("double", SqlValue::I64((1 << 53) + 1)),
        ("single", SqlValue::I64(16_777_217)),
        ("single", SqlValue::F64(0.1)),
        ("single", json(json!(1e300))),
        ("bytes", json(json!([1, 256]))),
        ("bytes", json(json!("\\x1"))),
        ("range", json(json!({"lower": "a"}))),
        ("range", json(json!({"bounds": "<>"}))),
        ("list", json(json!([1, null]))),
        ("list", SqlValue::Array(vec![SqlValue::Null])),
    ] {
        let refused = check(name, value.clone());
        assert!(matches!(refused, Err(Error::Usage(_))), "{name} of {value:?}: {refused:?}");
    }
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
