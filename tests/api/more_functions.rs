//! Functions that other tests do not have: JSON made and asked by paths, seconds, rounding, years as
//! ranges, functions of one's own.

use super::library::{Book, Review, library, titles};
use crate::support::{Outcome, database, says, scalar};
use orm::Interval;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "functions", ordering = [id])]
pub struct Fact {
    pub id: i64,
    pub name: Option<String>,
    pub meta: Option<Value>,
    pub number: i32,
    pub small: i16,
    pub big: Option<i64>,
    pub real: f64,
    pub single: f32,
    pub price: Decimal,
    pub day: Option<NaiveDate>,
    pub local: Option<NaiveDateTime>,
    pub moment: Option<DateTime<Utc>>,
    pub lasted: TimeDelta,
    pub spell: Interval,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn facts() -> Opened {
    Ok(database!("more_functions": Fact; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let moment = |text: &str| text.parse::<DateTime<Utc>>().map_err(Error::other);
    let first = draft!(Fact {
        name: "sea",
        meta: json!({"tags": ["a", "b"], "size": 5}),
        number: 1249,
        small: -15,
        big: 7_i64,
        real: 7.5,
        single: 2.5_f32,
        price: dec!(12.345),
        day: NaiveDate::from_ymd_opt(2024, 12, 30),
        local: NaiveDate::from_ymd_opt(2024, 12, 31)
            .and_then(|d| d.and_hms_micro_opt(23, 59, 59, 999_999)),
        moment: moment("2024-12-31T23:30:00Z")?,
        lasted: TimeDelta::milliseconds(90_500),
        spell: Interval { months: 1, days: 1, microseconds: 0 },
    });
    first.save(db).await?;
    let second = draft!(Fact {
        number: -1250,
        small: 4_i16,
        real: -7.5,
        single: 1.0_f32,
        price: dec!(-7),
        lasted: TimeDelta::zero(),
        spell: Interval { months: 0, days: 0, microseconds: 1 },
    });
    second.save(db).await?;
    Ok(())
}

#[tokio::test]
async fn json_is_put_together() -> Outcome {
    let db = facts().await?;
    let made = Fact::objects().values(|f| {
        json_object((
            ("name", f.name()),
            ("list", json_array((f.number(), f.price(), f.meta().key("size"), true, "x"))),
            ("day", f.day()),
            ("fixed", json!({"a": [1]})),
        ))
    });
    assert_rows!(
        made.all(&db).await?,
        [
            json!({"name": "sea", "list": [1249, 12.345, 5, true, "x"], "day": "2024-12-30", "fixed": {"a": [1]}}),
            json!({"name": null, "list": [-1250, -7, null, true, "x"], "day": null, "fixed": {"a": [1]}}),
        ]
    );
    let same = Fact::objects()
        .filter(|f| json_array((f.number(),)).eq(json!([1249])))
        .values(|f| json_object((("n".to_owned(), f.number()),)).key("n").cast::<i32>());
    assert_rows!(same.all(&db).await?, [Some(1249)]);
    let all = Fact::objects().aggregate(&db, |f| {
        json_object((("n", f.number().max()), ("names", f.name().json_agg()))).to_json()
    });
    assert_eq!(all.await?, json!({"n": 1249, "names": ["sea", null]}));
    Ok(())
}

#[tokio::test]
async fn json_is_asked_by_paths() -> Outcome {
    let db = facts().await?;
    let found = Fact::objects().values(|f| {
        let meta = f.meta();
        (
            meta.path_query_array("$.tags[*]"),
            meta.path_query_first("$.tags[*]"),
            meta.path_query_array(("$.tags[*] ? (@ == $t)", json!({"t": "b"}))),
            meta.path_exists("$.size"),
            meta.path_match("$.size > 3"),
        )
    });
    assert_rows!(
        found.all(&db).await?,
        [
            (Some(json!(["a", "b"])), Some(json!("a")), Some(json!(["b"])), Some(true), Some(true)),
            (None, None, None, None, None),
        ]
    );
    let of = |size: i32| {
        let path = ("$.size ? (@ >= $least)", json!({"least": size}));
        move |f: &orm::Fields<Fact>| f.meta().path_exists(path)
    };
    for (size, kept) in [(5, vec![1]), (6, vec![])] {
        let facts = Fact::objects().filter(of(size)).values(|f| f.id());
        assert_eq!(facts.all(&db).await?, kept);
        // What `filter` does not keep, `exclude` does, NULL included.
        let others = Fact::objects().exclude(of(size)).values(|f| f.id());
        assert_eq!(others.count(&db).await?, 2 - kept.len() as u64);
    }
    let matching =
        Fact::objects().filter(|f| f.meta().path_match(("$.size == $s", json!({"s": 5}))));
    assert_eq!(matching.count(&db).await?, 1);
    // A text that is no path is the server's error, and a quote in it is no way out.
    let wrong =
        Fact::objects().filter(|f| f.meta().path_exists("$.'; DROP TABLE x")).all(&db).await;
    assert!(wrong.is_err(), "{wrong:?}");
    assert_eq!(Fact::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn whole_numbers_are_round_and_floats_have_remainders() -> Outcome {
    let db = facts().await?;
    let rounded = Fact::objects().values(|f| {
        (
            (f.number().round(), f.small().ceil(), f.big().floor()),
            (f.number().round_to(-2), f.small().round_to(-1), f.big().round_to(2)),
            (f.real().round_to(0), f.price().round_to(1), f.single().ceil()),
        )
    });
    assert_rows!(
        rounded.all(&db).await?,
        [
            ((1249, -15, Some(7)), (1200, -20, Some(7)), (8.0, dec!(12.3), 3.0)),
            ((-1250, 4, None), (-1300, 0, None), (-8.0, dec!(-7.0), 1.0)),
        ]
    );
    let rest = Fact::objects().values(|f| {
        (f.real() % 2.0, f.real().modulo(f.number()), f.single().modulo(f.real()), f.number() % 100)
    });
    assert_rows!(rest.all(&db).await?, [(1.5, 7.5, 2.5, 49), (-1.5, -7.5, 1.0, -50)]);
    Ok(())
}

#[tokio::test]
async fn seconds_of_moments_and_durations() -> Outcome {
    let db = facts().await?;
    let seconds = Fact::objects().values(|f| {
        (
            f.moment().epoch(),
            f.day().epoch(),
            f.local().epoch(),
            f.lasted().total_seconds(),
            f.spell().total_seconds(),
        )
    });
    let rows = seconds.all(&db).await?;
    let day = 1_735_516_800.0;
    assert_rows!(
        rows,
        [
            (Some(1_735_687_800.0), Some(day), Some(1_735_689_599.999_999), 90.5, 31.0 * 86400.0),
            (None, None, None, 0.0, 0.000_001),
        ]
    );
    // However the days of a duration are stored, its parts are those of its length.
    db.execute(
        "UPDATE functions_fact SET lasted = CASE id WHEN 1 THEN interval '1 day 02:03:04.5' ELSE \
         interval '-25:30:00' END, spell = '2 mons 30 days 25:00:00'",
        params![],
    )
    .await?;
    let parts = Fact::objects().values(|f| {
        let l = f.lasted();
        (l.day(), l.hour(), l.minute(), l.second(), f.spell().day(), f.spell().hour())
    });
    assert_rows!(parts.all(&db).await?, [(1, 2, 3, 4, 30, 25), (-1, -1, -30, 0, 30, 25)]);
    let same = draft!(Fact {
        number: 0,
        small: 0_i16,
        real: 0.0,
        single: 0.0_f32,
        price: dec!(0),
        lasted: TimeDelta::milliseconds(93_784_500),
        spell: Interval { months: 0, days: 0, microseconds: 0 },
    });
    let same = same.save(&db).await?;
    let parts = Fact::objects()
        .filter(|f| f.id().eq(same.id))
        .values(|f| (f.lasted().day(), f.lasted().hour(), f.lasted().trunc_hour()));
    assert_rows!(parts.all(&db).await?, [(1, 2, TimeDelta::hours(26))]);
    let zoned =
        Fact::objects().filter(|f| f.moment().in_zone("Asia/Tokyo").epoch().eq(1_735_687_800.0));
    assert_eq!(zoned.count(&db).await?, 1);
    let long = Fact::objects().order_by(|f| f.lasted().total_seconds().desc()).limit(1);
    let sum = long.aggregate(&db, |f| f.lasted().total_seconds().sum()).await?;
    assert_eq!(sum, Some(93_784.5));
    Ok(())
}

#[tokio::test]
async fn functions_without_arguments() -> Outcome {
    let db = facts().await?;
    let ids = Fact::objects().values(|_| random_uuid()).all(&db).await?;
    assert!(ids[0] != ids[1] && ids[0].get_version_num() == 4, "{ids:?}");
    let (same, ordered) = db
        .transaction(async |tx| {
            let times = || Fact::objects().limit(1).values(|_| (transaction_now(), now()));
            let first = times().get(tx).await?;
            let second = times().get(tx).await?;
            Ok((first.0 == second.0, first.1 < second.1))
        })
        .await?;
    assert!(same && ordered);
    Ok(())
}

#[tokio::test]
async fn years_are_ranges_of_the_column() -> Outcome {
    let db = facts().await?;
    let count = async |q: Q<Fact>| Fact::objects().filter(|_| q).count(&*db).await;
    // Of the day 2024-12-30, which is in the ISO year 2025; at midnight of New Year less a microsecond;
    // at half past eleven of that day in UTC.
    let cases = [
        (Fact::q(|f| f.day().year().eq(2024)), 1),
        (Fact::q(|f| f.day().year().eq(2025)), 0),
        (Fact::q(|f| f.day().iso_year().eq(2025)), 1),
        (Fact::q(|f| f.day().iso_year().lt(2025)), 0),
        (Fact::q(|f| f.day().iso_year().lte(2025)), 1),
        (Fact::q(|f| f.day().year().gt(2023)), 1),
        (Fact::q(|f| f.day().year().gt(2024)), 0),
        (Fact::q(|f| f.day().year().gte(2024)), 1),
        (Fact::q(|f| f.day().year().lt(2024)), 0),
        (Fact::q(|f| f.day().year().range(2020..=2024)), 1),
        (Fact::q(|f| f.day().year().range(2020..2024)), 0),
        (Fact::q(|f| f.day().year().range(2024..)), 1),
        (Fact::q(|f| f.local().year().eq(2024)), 1),
        (Fact::q(|f| f.local().year().gt(2024)), 0),
        (Fact::q(|f| f.local().year().lte(2024)), 1),
        (Fact::q(|f| f.moment().year().eq(2024)), 1),
        (Fact::q(|f| f.moment().in_zone("Europe/Berlin").year().eq(2024)), 0),
        (Fact::q(|f| f.moment().in_zone("Europe/Berlin").year().gte(2025)), 1),
        (Fact::q(|f| f.moment().in_zone("Europe/Berlin").iso_year().range(2025..=2030)), 1),
        // The year is none of the calendar, or not certain to be one: the part itself is compared.
        (Fact::q(|f| f.day().year().gt(0)), 1),
        (Fact::q(|f| f.day().year().gt(-5)), 1),
        (Fact::q(|f| f.day().year().lt(i32::MAX)), 1),
        (Fact::q(|f| f.day().year().ne(2024)), 1),
        (Fact::q(|f| f.day().year().eq(f.number() + 775)), 1),
        (Fact::q(|f| f.day().year().in_([2023, 2024])), 1),
        (!Fact::q(|f| f.day().year().eq(2024)), 1),
        (!Fact::q(|f| f.moment().year().lt(2024)), 2),
    ];
    for (number, (condition, expected)) in cases.into_iter().enumerate() {
        let text = format!("{number}: {condition:?}");
        assert_eq!(count(condition).await?, expected, "{text}");
    }
    let sql = Fact::objects().filter(|f| f.moment().year().eq(2024)).sql()?;
    assert!(sql.contains(r#"t0."moment" BETWEEN ($1 AT TIME ZONE 'UTC') AND ($2"#), "{sql}");
    Ok(())
}

#[tokio::test]
async fn years_in_the_zone_of_the_executor_and_by_an_index() -> Outcome {
    let db = facts().await?;
    let tokyo = Database::builder().url(&db.url()).time_zone("Asia/Tokyo").connect().await?;
    let of_2025 = Fact::objects().filter(|f| f.moment().year().eq(2025));
    assert_eq!((of_2025.count(&db).await?, of_2025.count(&tokyo).await?), (0, 1));
    db.execute("CREATE INDEX fact_moment ON functions_fact (moment)", params![]).await?;
    db.transaction(async |tx| {
        tx.execute("SET LOCAL enable_seqscan = off", params![]).await?;
        let plan = of_2025.explain(tx).await?;
        assert!(format!("{plan:?}").contains("fact_moment"), "{plan:?}");
        Ok(())
    })
    .await?;
    Ok(())
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "functions",
    check(|r| r.made().year().gt(2000) & r.day().year().range(2001..=2100), name = "this_century"),
    index(fields = [made], name = "of_2024", where = |r| r.made().year().eq(2024)),
)]
pub struct Recent {
    pub id: i64,
    pub made: DateTime<Utc>,
    pub day: NaiveDate,
}

#[tokio::test]
async fn years_in_constraints_and_indexes() -> Outcome {
    let db = TestDatabase::empty().await?;
    create_tables::<(Recent,)>(&*db).await?;
    for (year, fits) in [(2000, false), (2001, true), (2024, true)] {
        let day = NaiveDate::from_ymd_opt(year, 12, 31).expect("a day");
        let made = day.and_hms_opt(23, 59, 59).expect("a time").and_utc();
        let saved = draft!(Recent { made, day }).save(&db).await;
        assert_eq!(saved.is_ok(), fits, "{year}: {saved:?}");
    }
    Ok(())
}

#[tokio::test]
async fn years_over_relations() -> Outcome {
    let db = library().await?;
    let eighties = Book::objects().filter(|b| b.published().year().range(1980..1990));
    assert_eq!(titles(&eighties.all(&db).await?), ["Mort"]);
    let reviewed = Book::objects()
        .filter(|b| b.reviews().created().year().eq(2024) & b.reviews().stars().gt(4))
        .distinct();
    assert_eq!(titles(&reviewed.all(&db).await?), ["Earthsea"]);
    let never = Book::objects().exclude(|b| b.reviews().created().year().eq(2024));
    assert_eq!(titles(&never.all(&db).await?), ["Darkness", "Gods", "Lost"]);
    let latest = Book::objects()
        .values(|b| b.id())
        .annotate(|b| b.reviews().created().max())
        .filter(|b| b.reviews().created().max().year().gte(2024))
        .order_by(|b| b.id());
    assert_eq!(latest.count(&db).await?, 2);
    let named = Review::objects().filter(q!(created__year = 2024));
    assert_eq!(named.count(&db).await?, 3);
    Ok(())
}

mod own {
    use orm::prelude::*;

    sql_function! {
        /// The text without its vowels.
        pub fn without_vowels(text: String) -> String;

        #[sql = "public.\"Between\""]
        pub fn between(low: i32, number: i32, high: i32) -> bool;

        /// NULL where there is none, whatever it is given.
        #[sql = "first_digit"]
        pub(crate) fn digit(text: String) -> Option<i32>;

        pub fn pg_backend_pid() -> i32;
    }
}

const FUNCTIONS: &str = r#"
    CREATE FUNCTION without_vowels(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT
        AS $$ SELECT regexp_replace($1, '[aeiou]', '', 'g') $$;
    CREATE FUNCTION "Between"(int, int, int) RETURNS bool LANGUAGE sql IMMUTABLE
        AS $$ SELECT $2 BETWEEN $1 AND $3 $$;
    CREATE FUNCTION first_digit(text) RETURNS int LANGUAGE sql IMMUTABLE
        AS $$ SELECT (regexp_match(coalesce($1, 'none: 7'), '[0-9]'))[1]::int $$;
"#;

#[tokio::test]
async fn functions_of_ones_own() -> Outcome {
    let db = facts().await?;
    db.batch_execute(FUNCTIONS).await?;
    let values = Fact::objects().values(|f| {
        (
            own::without_vowels(f.name()),
            own::between(0, f.number(), 2000),
            own::digit(f.name()),
            own::digit("a 5"),
        )
    });
    type Row = (Option<String>, bool, Option<i32>, Option<i32>);
    let rows: Vec<Row> = values.all(&db).await?;
    assert_rows!(
        rows,
        [(Some("s".to_owned()), true, None, Some(5)), (None, false, Some(7), Some(5))]
    );
    let inside = Fact::objects()
        .filter(|f| own::between(-2000, f.number(), 0) & own::without_vowels("a").eq(""))
        .order_by(|f| own::without_vowels(f.name()).desc().nulls_last())
        .values(|f| f.id());
    assert_rows!(inside.all(&db).await?, [2]);
    let outside = Fact::objects().exclude(|f| own::digit(f.name()).eq(7)).values(|f| f.id());
    assert_rows!(outside.all(&db).await?, [1]);
    let pid = Fact::objects().limit(1).values(|_| own::pg_backend_pid()).get(&db).await?;
    assert!(pid > 0);
    let changed = Fact::objects().update(&db, |f| f.name().set(own::without_vowels("sea"))).await?;
    assert_eq!(changed, 2);
    Ok(())
}

#[tokio::test]
async fn a_function_that_is_not_there_is_the_servers_error() -> Outcome {
    orm::sql_function! {
        fn no_such_function(text: String) -> i32;
    }
    let db = facts().await?;
    let failed = Fact::objects().values(|f| no_such_function(f.name())).all(&db).await.unwrap_err();
    says(&failed, &["no_such_function"]);
    assert_eq!(scalar::<i32>(&db, "SELECT 1").await?, 1);
    Ok(())
}
