//! Pages by position: every ordering, forwards and backwards, and the tokens between.

use crate::support::{Outcome, database, in_order, says};
use orm::Page;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_num_queries};
use std::fmt::Debug;

#[derive(Choices, Clone, Copy, PartialEq, Debug)]
pub enum Mood {
    #[choice("s", label = "Sad")]
    Sad,
    #[choice("g", label = "Glad")]
    Glad,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "pages", ordering = [name])]
pub struct Maker {
    pub id: i64,
    pub name: String,
    pub since: Option<i32>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "pages", unique(fields = [code, mood], name = "thing_code_mood"))]
pub struct Thing {
    pub id: i64,
    #[field(unique)]
    pub slug: String,
    pub code: i32,
    pub year: Option<i32>,
    pub small: i16,
    pub large: Option<i64>,
    pub weight: f64,
    pub ratio: Option<f32>,
    pub price: Decimal,
    pub day: Option<NaiveDate>,
    pub at: NaiveTime,
    pub moment: Option<DateTime<Utc>>,
    pub key: Uuid,
    pub raw: Vec<u8>,
    pub mood: Mood,
    pub good: bool,
    pub lasted: TimeDelta,
    pub labels: Vec<String>,
    #[field(max_length = 9)]
    pub marks: Option<Vec<String>>,
    pub meta: Option<Value>,
    pub span: Range<i32>,
    #[field(on_delete = Cascade, related_name = "things")]
    pub maker: ForeignKey<Maker>,
    #[field(on_delete = SetNull, related_name = "copies")]
    pub copier: Option<ForeignKey<Maker>>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn things() -> Opened {
    Ok(database!("pages": Maker, Thing; rows))
}

/// Thirty things, many of which are alike in each column, and NULL wherever it can be.
async fn rows(db: &Database) -> Result<()> {
    let makers = [("b", None), ("a", Some(1900)), ("b", Some(2000))];
    let makers = makers.map(|(name, since)| draft!(Maker { name, since }));
    Maker::objects().bulk_create(db, makers).await?;
    let some = |i: i64, every: i64| (i % every != 0).then_some(i);
    let drafts = (0..30_i64).map(|i| {
        let n = i32::try_from(i % 5).unwrap_or(0);
        draft!(Thing {
            slug: format!("t{:02}", (i * 7) % 30),
            code: i32::try_from(i / 2).unwrap_or(0),
            year: (n != 3).then_some(2000 + n),
            small: i16::try_from(i % 3).unwrap_or(0) - 1,
            large: some(i, 4).map(|i| i << 40),
            weight: [0.1 + 0.2, 0.3, -0.0, 0.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE]
                [i as usize % 7],
            ratio: some(i, 6).map(|i| 0.1 * (i % 3) as f32),
            price: Decimal::new(i % 4 * 10, 1 + (i % 2) as u32),
            day: NaiveDate::from_ymd_opt(2020 + n, 2, 28).filter(|_| i % 3 > 0),
            at: NaiveTime::from_hms_micro_opt(i as u32 % 24, 0, 0, 1).unwrap_or_default(),
            moment: some(i, 5).and_then(|i| DateTime::from_timestamp_micros(i % 3 * 1_000_001)),
            key: Uuid::from_u128((i as u128 % 9) << 90),
            raw: vec![0, 255, (i % 4) as u8],
            mood: if i % 2 == 0 { Mood::Sad } else { Mood::Glad },
            good: i % 3 == 0,
            lasted: TimeDelta::microseconds(i % 6 - 3),
            labels: (0..i % 3).map(|l| l.to_string()).collect::<Vec<_>>(),
            marks: some(i, 3).map(|i| vec![(i % 2).to_string()]),
            meta: some(i, 4).map(|i| json!({"n": i % 3, "x": 1.25})),
            span: Range::from(n..n + 3),
            maker: i % 3 + 1,
            copier: some(i, 2).map(|i| i % 3 + 1),
        })
    });
    Thing::objects().bulk_create(db, drafts.collect::<Vec<_>>()).await?;
    // Beyond what the types of Rust can hold.
    let sql =
        "UPDATE pages_thing SET moment = CASE WHEN id % 2 = 0 THEN 'infinity'::timestamptz ELSE
               '-infinity' END, day = 'infinity' WHERE id IN (2, 3, 4, 5)";
    db.execute(sql, params![]).await?;
    Ok(())
}

/// All rows, page by page.
async fn forwards<M: Model, O: Send + 'static>(
    db: &Database,
    set: &QuerySet<M, O>,
    rows: u64,
) -> Result<Vec<O>> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let page = set.page(rows).after(&token).get(db).await?;
        assert_eq!(page.previous.is_some(), token.is_some());
        assert!(page.next.is_none() || page.rows.len() as u64 == rows);
        all.extend(page.rows);
        match page.next {
            Some(next) => token = Some(next),
            None => return Ok(all),
        }
    }
}

/// The same from the end.
async fn backwards<M: Model, O: Send + 'static>(
    db: &Database,
    set: &QuerySet<M, O>,
    rows: u64,
) -> Result<Vec<O>> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let page = set.page(rows).from_end().before(&token).get(db).await?;
        assert_eq!(page.next.is_some(), token.is_some());
        all.splice(0..0, page.rows);
        match page.previous {
            Some(previous) => token = Some(previous),
            None => return Ok(all),
        }
    }
}

/// Pages of any size have all rows, each once, in the order of the query set.
#[track_caller]
fn walked<'a, M: Model, O: Debug + PartialEq + Send + 'static>(
    db: &'a Database,
    set: QuerySet<M, O>,
) -> impl Future<Output = Result<Vec<O>>> + 'a {
    let place = std::panic::Location::caller();
    async move {
        let expected = set.page(1000).get(db).await?;
        assert_eq!(expected.next, None, "{place}");
        for rows in [1, 2, 7, 29, 30, 31] {
            let found = forwards(db, &set, rows).await?;
            assert_eq!(found, expected.rows, "{place}: {rows} forwards: {}", set.page(rows).sql()?);
            let found = backwards(db, &set, rows).await?;
            assert_eq!(
                found,
                expected.rows,
                "{place}: {rows} backwards: {}",
                set.page(rows).sql()?
            );
        }
        Ok(expected.rows)
    }
}

#[tokio::test]
async fn every_type_of_column_in_each_direction() -> Outcome {
    let db = things().await?;
    macro_rules! by {
        ($($column:ident)*) => {$(
            for desc in [false, true] {
                let of = |t: &Fields<Thing>| if desc { t.$column().desc().erase() } else { t.$column().asc().erase() };
                let ids = Thing::objects().order_by(of).values(|t| t.id());
                let found = walked(&db, ids).await?;
                let mut sorted = found.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (1..=30).collect::<Vec<i64>>(), stringify!($column));
                // The key comes last, in the same direction.
                let own = Thing::objects().values(|t| t.id());
                let own = match desc {
                    false => own.order_by(|t| (t.$column().asc(), t.id().asc())),
                    true => own.order_by(|t| (t.$column().desc(), t.id().desc())),
                };
                assert_eq!(found, own.all(&db).await?, stringify!($column));
            }
        )*};
    }
    by!(slug code year small large weight ratio price day at moment key raw mood good lasted labels);
    by!(marks meta span);
    Ok(())
}

#[tokio::test]
async fn nulls_first_and_last_in_mixed_directions() -> Outcome {
    let db = things().await?;
    let ids = || Thing::objects().values(|t| t.id());
    macro_rules! by {
        ($($closure:expr;)*) => {$(
            let set = ids().order_by($closure);
            assert_eq!(walked(&db, set.clone()).await?, set.all(&db).await?, stringify!($closure));
        )*};
    }
    by! {
        |t| (t.year().asc().nulls_first(), t.id());
        |t| (t.year().asc().nulls_last(), t.id().desc());
        |t| (t.year().desc().nulls_first(), t.id().desc());
        |t| (t.year().desc().nulls_last(), t.id());
        |t| (t.large().desc().nulls_last(), t.year().asc().nulls_first(), t.id().desc());
        |t| (t.good(), t.year().desc().nulls_last(), t.large(), t.id());
        |t| (t.small().desc(), t.mood().asc(), t.price().desc(), t.id().asc());
        |t| (t.copier().name().desc().nulls_last(), t.maker().since().asc().nulls_first(), t.id());
        |t| (t.copier(), t.id());
        |t| (t.maker(), t.id().desc());
        |t| (t.slug().length() + t.code(), t.year().desc(), t.id());
        |t| (case().when(t.code().gt(7), "late").otherwise_null().asc(), t.id());
        |t| (coalesce((t.year(), 0)), t.id());
        |t| (raw_expr::<Option<i32>>("year % $1", params![2]), t.id().asc());
        |t| (t.moment().desc().nulls_last(), t.day(), t.id());
    }
    let reversed = ids().order_by(|t| (t.year().desc().nulls_last(), t.id())).reverse();
    assert_eq!(walked(&db, reversed.clone()).await?, reversed.all(&db).await?);
    Ok(())
}

#[tokio::test]
async fn the_condition_is_one_that_an_index_serves() -> Outcome {
    let db = things().await?;
    let sql = async |set: QuerySet<Thing, i64>, back: bool| {
        let set = if back { set.reverse() } else { set };
        let next = set.page(4).get(&db).await?.next;
        let text = set.page(4).after(next).sql()?.replace("t0.", "").replace('"', "");
        let (_, text) = text.split_once(" WHERE ").unwrap_or_default();
        Ok::<_, Error>(text.split_once(" LIMIT").unwrap_or_default().0.to_owned())
    };
    let ids = || Thing::objects().values(|t| t.id());
    for (set, expected) in [
        (ids(), "id > $1 ORDER BY id"),
        (ids().order_by(|t| t.slug().desc()), "slug < $1 ORDER BY slug DESC"),
        (ids().order_by(|t| (t.code(), t.mood())), "(code, mood) > ($1, $2) ORDER BY code, mood"),
        (ids().order_by(|t| t.code().desc()), "(code, id) < ($1, $2) ORDER BY code DESC, id DESC"),
        (
            ids().order_by(|t| (t.code().desc(), t.id())),
            "code <= $1 AND (code < $1 OR id > $2) ORDER BY code DESC, id",
        ),
        (
            ids().order_by(|t| (t.good(), t.code().desc(), t.id().desc())),
            "good >= $1 AND (good > $1 OR (code, id) < ($2, $3)) ORDER BY good, code DESC, id DESC",
        ),
        // The first four have none.
        (
            ids().order_by(|t| (t.year().asc().nulls_first(), t.id())),
            "year IS NOT NULL OR id > $1 ORDER BY year NULLS FIRST, id",
        ),
        (
            ids().order_by(|t| (t.year().asc(), t.id())),
            "year > $1 OR year IS NULL OR (year = $1 AND id > $2) ORDER BY year, id",
        ),
        (
            ids().order_by(|t| (t.year().desc().nulls_last(), t.id().desc())),
            "year < $1 OR year IS NULL OR (year = $1 AND id < $2) ORDER BY year DESC NULLS LAST, id DESC",
        ),
        // NULL comes before what the token holds.
        (
            ids().filter(|t| t.year().isnull(false)).order_by(|t| (t.year().desc(), t.id().desc())),
            "year IS NOT NULL AND (year, id) < ($1, $2) ORDER BY year DESC, id DESC",
        ),
    ] {
        assert_eq!(sql(set, false).await?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn rows_of_all_shapes() -> Outcome {
    let db = things().await?;
    let things = || {
        Thing::objects()
            .filter(|t| t.day().isnull(true) | t.day().lt(day(2030)))
            .exclude(|t| t.id().in_([2, 3, 4, 5]))
    };
    let all: Vec<Thing> = walked(&db, things().filter(|t| t.weight().lt(1.0))).await?;
    assert_eq!(all.len(), 19);

    let set = things().select_related(|t| t.maker()).annotate(|t| t.code() + 1);
    let set = set.order_by(|t| t.maker().name().desc()).filter(|t| t.weight().lt(1.0));
    let rows: Vec<(Thing, Maker, i64)> =
        walked(&db, set.clone()).await?.into_iter().map(|(t, m, n)| (t, m, i64::from(n))).collect();
    assert!(
        rows.iter().all(
            |(thing, maker, n)| thing.maker.pk() == maker.id && *n == i64::from(thing.code) + 1
        )
    );

    // The page alone is prefetched, and not the row behind it.
    let set = Maker::objects().prefetch_related(|m| m.things().objects().values(|t| t.id()));
    let first = assert_num_queries!(&db, 2, set.page(2).get(&db).await?);
    assert_eq!(
        first.rows.iter().map(|(m, t)| (m.id, t.len())).collect::<Vec<_>>(),
        [(2, 10), (1, 10)]
    );
    let last = set.page(2).after(first.next).get(&db).await?;
    assert_eq!(last.rows.iter().map(|(m, t)| (m.id, t.len())).collect::<Vec<_>>(), [(3, 10)]);
    let back = set.page(2).before(last.previous).get(&db).await?;
    assert_eq!(back.rows, first.rows);

    let set = Thing::objects()
        .order_by(|t| t.year().desc())
        .values(|t| row! { id: t.id(), of: t.maker().name() });
    let page = set.page(3).get(&db).await?;
    let names: Vec<i64> = page.rows.iter().map(|row| row.get("id")).collect::<Result<_>>()?;
    assert_eq!(names, [29, 24, 19]);
    let page = set.page(3).after(page.next).get(&db).await?;
    assert_eq!(page.rows[0].get::<i64>("id")?, 14);

    let maker = Maker::objects().get_by_key(&db, 2).await?;
    let of_maker = maker.things().values(|t| t.id()).order_by(|t| t.code().desc());
    let page = of_maker.page(4).with_total().get(&db).await?;
    assert_eq!((page.rows.as_slice(), page.total), (&[29, 26, 23, 20][..], Some(10)));
    let page = of_maker.page(9).after(page.next).get(&db).await?;
    assert_eq!(page.rows, [17, 14, 11, 8, 5, 2]);
    Ok(())
}

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default()
}

#[tokio::test]
async fn rows_that_come_and_go_between_pages() -> Outcome {
    let db = things().await?;
    let set = Maker::objects().order_by(|m| m.name());
    let names = |page: &Page<Maker>| page.rows.iter().map(|m| m.id).collect::<Vec<_>>();
    let first = set.page(1).get(&db).await?;
    assert_eq!((names(&first), &first.previous), (vec![2], &None));
    let second = set.page(1).after(&first.next).get(&db).await?;
    assert_eq!(names(&second), [1]);
    // The row that the token is of goes, and one comes before it.
    Thing::objects().delete(&db).await?;
    Maker::objects().get_by_key(&db, 1).await?.delete(&db).await?;
    draft!(Maker { name: "aa" }).save(&db).await?;
    assert_eq!(names(&set.page(5).after(&second.next).get(&db).await?), [3]);
    assert_eq!(names(&set.page(5).before(&second.previous).get(&db).await?), [2, 4]);
    // Nothing is left on this side: the way back has the row itself.
    Maker::objects().filter(|m| m.id().eq(3)).delete(&db).await?;
    let empty = set.page(1).after(&second.next).get(&db).await?;
    assert_eq!((names(&empty), &empty.next), (vec![], &None));
    let back = set.page(1).before(empty.previous).get(&db).await?;
    assert_eq!(names(&back), [4]);
    let before = set.page(1).before(&back.previous).get(&db).await?;
    assert_eq!((names(&before), &before.previous), (vec![2], &None));
    let start = set
        .page(1)
        .before(set.page(1).after(&first.next).get(&db).await?.previous)
        .get(&db)
        .await?;
    assert_eq!(names(&start), [2]);
    let nothing = set
        .page(1)
        .before(set.page(2).after(None::<&str>).get(&db).await?.next.or(before.next.clone()))
        .get(&db)
        .await?;
    assert_eq!(names(&nothing), [0_i64; 0]);
    // Empty from the beginning.
    Maker::objects().delete(&db).await?;
    for page in [set.page(3).get(&db).await?, set.page(3).from_end().with_total().get(&db).await?] {
        assert_eq!((page.rows.len(), page.next, page.previous), (0, None, None));
    }
    let none = assert_num_queries!(&db, 0, set.clone().none().page(3).get(&db).await?);
    assert!(none.rows.is_empty());
    let empty = set.page(1).before(&before.next).get(&db).await?;
    assert_eq!((empty.rows.len(), &empty.previous), (0, &None));
    draft!(Maker { name: "aa" }).save(&db).await?;
    let again = set.page(9).after(empty.next).get(&db).await?;
    assert_eq!(again.rows.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_paged_says_why() -> Outcome {
    let db = things().await?;
    let things = Thing::objects().values(|t| t.id());
    let usage = async |paged: orm::Paged<Thing, i64>, parts: &[&str]| {
        let error = paged.get(&db).await.map(|page| page.rows).unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, parts);
        assert!(paged.sql().is_err());
    };
    usage(things.page(0), &["`Thing`", "0 rows"]).await;
    usage(things.clone().limit(5).page(2), &["`Thing`", "slice", "`.nested()`"]).await;
    usage(
        things.clone().distinct_on(|t| t.code()).order_by(|t| t.code()).page(2),
        &["distinct_on", "`.nested()`"],
    )
    .await;
    usage(things.clone().order_by(|_| random()).page(2), &["random order"]).await;
    usage(things.page(2).signed_by(""), &["empty key"]).await;
    usage(things.page(2).after("x").before("y"), &["not both"]).await;
    usage(things.clone().filter(|t| t.code().gt(None)).page(2), &["`None`"]).await;

    // A token of another ordering, of other rows, with another value in the ordering.
    let token = things.clone().order_by(|t| t.code()).page(2).get(&db).await?.next;
    for other in [
        things.clone().order_by(|t| t.code().desc()),
        things.clone().order_by(|t| (t.code(), t.id().desc())),
        things.clone().order_by(|t| t.small()),
        things.clone().order_by(|t| t.code() + 1),
        things.clone().order_by(|t| t.id()),
    ] {
        usage(other.page(2).after(&token), &["another ordering"]).await;
    }
    let one = things.clone().order_by(|t| t.code() + 1).page(2).get(&db).await?.next;
    usage(things.clone().order_by(|t| t.code() + 2).page(2).after(&one), &["another ordering"])
        .await;
    let maker = things.clone().order_by(|t| t.maker().since()).page(2).get(&db).await?.next;
    usage(
        things.clone().order_by(|t| t.copier().since()).page(2).after(&maker),
        &["another ordering"],
    )
    .await;
    let error = Maker::objects().unordered().page(2).after(&token).get(&db).await.unwrap_err();
    says(&error, &["another ordering, or of other rows"]);
    // Other conditions and columns are no other ordering, whatever they join.
    let same = Thing::objects().filter(|t| t.copier().name().ne("x")).order_by(|t| t.code());
    let same = same.values(|t| (t.maker().name(), t.id()));
    assert_eq!(same.page(2).after(&token).get(&db).await?.rows.len(), 2);
    Ok(())
}

#[tokio::test]
async fn tokens_that_were_changed_are_refused() -> Outcome {
    let db = things().await?;
    let things = Thing::objects().values(|t| t.id()).order_by(|t| (t.slug(), t.year()));
    let token = things.page(2).get(&db).await?.next.ok_or("a second page")?;
    let refused = async |paged: orm::Paged<Thing, i64>| {
        let error = paged.get(&db).await.map(|page| page.rows).unwrap_err();
        assert!(matches!(error, Error::Token { .. }), "{error:?}");
        error
    };
    for end in 0..token.len() {
        says(&refused(things.page(2).after(&token[..end])).await, &["token"]);
    }
    for other in ["%", "é", "AAAA", "null", &"A".repeat(10_000), &(token.clone() + "A")] {
        says(&refused(things.page(2).before(other)).await, &["token"]);
    }
    let spaced = format!(" {token}\n");
    assert_eq!(
        things.page(2).after(spaced).get(&db).await?.rows,
        things.page(2).after(&token).get(&db).await?.rows
    );

    let signed = things.page(2).signed_by("secret").get(&db).await?.next.ok_or("a second page")?;
    let rows = things.page(2).signed_by(b"secret").after(&signed).get(&db).await?.rows;
    assert_eq!(rows, things.page(2).after(&token).get(&db).await?.rows);
    says(&refused(things.page(2).signed_by("other").after(&signed)).await, &["signature"]);
    says(&refused(things.page(2).signed_by("secret").after(&token)).await, &["not signed"]);
    says(&refused(things.page(2).after(&signed)).await, &["signed_by"]);
    let mut forged = signed.into_bytes();
    forged[20] ^= 1;
    refused(things.page(2).signed_by("secret").after(String::from_utf8(forged)?)).await;
    Ok(())
}

#[tokio::test]
async fn in_transactions_under_locks_and_in_time_zones() -> Outcome {
    let db = things().await?;
    let set = Thing::objects().select_for_update().values(|t| t.id()).order_by(|t| t.code().desc());
    says(&set.page(2).get(&db).await.unwrap_err(), &["outside of a transaction"]);
    let pages = db
        .transaction(async |tx| {
            let first = set.page(2).get(tx).await?;
            let second = set.page(2).after(first.next).get(tx).await?;
            Ok((first.rows, second.rows))
        })
        .await?;
    assert_eq!(pages, (vec![30, 29], vec![28, 27]));
    let by_day = Thing::objects().values(|t| t.id()).order_by(|t| t.moment().trunc_day());
    let token = by_day.page(2).get(&db).await?.next;
    in_order(&by_day.page(2).sql()?, &["DATE_TRUNC('day'", "ORDER BY"]);
    assert_eq!(by_day.page(2).after(&token).get(&db).await?.rows.len(), 2);
    let elsewhere = Database::builder().url(&db.url()).time_zone("Asia/Tokyo").connect().await?;
    let error = by_day.page(2).after(&token).get(&elsewhere).await.unwrap_err();
    says(&error, &["another ordering"]);
    Ok(())
}

#[tokio::test]
async fn a_page_serializes_with_its_tokens() -> Outcome {
    let db = things().await?;
    let page = Maker::objects().order_by(|m| m.id()).page(1).with_total().get(&db).await?;
    let page = page.map(|maker| maker.name);
    let json = serde_json::to_value(&page)?;
    assert_eq!(
        (&json["rows"], &json["total"], &json["previous"]),
        (&json!(["b"]), &json!(3), &json!(null))
    );
    assert_eq!(json["next"].as_str(), page.next.as_deref());
    Ok(())
}
