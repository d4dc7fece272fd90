//! `filter(p)` and `exclude(p)` together give every row exactly once, whatever can be NULL in `p`;
//! `ne` is "is different from", NULL included; connectives are those of sets.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::TestDatabase;
use std::collections::BTreeSet;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "complement")]
pub struct Firm {
    pub id: i64,
    pub name: String,
    pub size: Option<i32>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "complement")]
pub struct Worker {
    pub id: i64,
    pub name: String,
    pub nick: Option<String>,
    pub a: Option<i32>,
    pub b: Option<i32>,
    pub n: i32,
    pub live: Option<bool>,
    pub seen: Option<DateTime<Utc>>,
    pub doc: Value,
    pub extra: Option<Value>,
    pub marks: Vec<i32>,
    pub span: Range<i32>,
    #[field(on_delete = SetNull, related_name = "workers")]
    pub firm: Option<ForeignKey<Firm>>,
    #[field(on_delete = SetNull, related_name = "pupils")]
    pub boss: Option<ForeignKey<Self>>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "complement")]
pub struct Note {
    pub id: i64,
    pub stars: Option<i32>,
    #[field(on_delete = Cascade, related_name = "notes")]
    pub worker: ForeignKey<Worker>,
    #[field(on_delete = SetNull, related_name = "notes")]
    pub firm: Option<ForeignKey<Firm>>,
}

async fn workers() -> std::result::Result<TestDatabase, orm_testkit::TestError> {
    Ok(database!("complement": Firm, Worker, Note; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let ann = draft!(Firm { name: "ann", size: 3 }).save(db).await?;
    let zed = draft!(Firm { name: "zed" }).save(db).await?;
    let moment = "2020-05-06T07:08:09Z".parse::<DateTime<Utc>>().ok();
    let first = draft!(Worker {
        name: "ann",
        nick: "A",
        a: 9,
        b: 1,
        n: 1,
        live: true,
        seen: moment,
        doc: json!({"k": 1, "t": "x"}),
        extra: json!(null),
        marks: vec![1, 2],
        span: Range::from(1..5),
        firm: &ann
    });
    let first = first.save(db).await?;
    let second = draft!(Worker {
        name: "bob",
        a: 1,
        n: 2,
        live: false,
        doc: json!({"k": null}),
        extra: json!({"k": 1}),
        marks: vec![5],
        span: Range::from(2..),
        firm: &zed,
        boss: &first
    });
    let second = second.save(db).await?;
    draft!(Worker {
        name: "cid",
        nick: "cid",
        b: 5,
        n: 3,
        doc: json!([]),
        marks: vec![],
        span: Range::from(..7),
        boss: &second
    })
    .save(db)
    .await?;
    draft!(Worker {
        name: "dot",
        n: 4,
        live: true,
        seen: moment,
        doc: json!(null),
        marks: vec![9],
        span: Range::from(3..3),
        firm: &ann
    })
    .save(db)
    .await?;
    draft!(Worker {
        name: "eve",
        a: 5,
        b: 5,
        n: 5,
        doc: json!({"k": 5}),
        marks: vec![],
        span: Range::from(1..2),
        boss: &first
    })
    .save(db)
    .await?;
    draft!(Note { stars: 5, worker: &first, firm: &ann }).save(db).await?;
    draft!(Note { stars: 1, worker: &first }).save(db).await?;
    draft!(Note { stars: 5, worker: &second, firm: &zed }).save(db).await?;
    draft!(Note { worker: 3 }).save(db).await?;
    Ok(())
}

type Ids = BTreeSet<i64>;

async fn filter(db: &Database, q: &Q<Worker>) -> Result<Ids> {
    let rows = Worker::objects().filter(|_| q.clone()).values(|w| w.id()).distinct();
    Ok(rows.all(db).await?.into_iter().collect())
}

async fn exclude(db: &Database, q: &Q<Worker>) -> Result<Ids> {
    let rows = Worker::objects().exclude(|_| q.clone()).values(|w| w.id()).all(db).await?;
    let ids: Ids = rows.iter().copied().collect();
    assert_eq!(ids.len(), rows.len(), "a row stands twice in `exclude`");
    Ok(ids)
}

macro_rules! conditions {
    ($($condition:expr;)*) => {
        vec![$((stringify!($condition), Worker::q($condition))),*]
    };
}

/// Conditions on the row and what it refers to.
fn of_one() -> Vec<(&'static str, Q<Worker>)> {
    conditions! {
        |w| w.a().gt(5);
        |w| (w.a() + w.b()).gt(5);
        |w| (w.a() * w.a()).gt(5);
        |w| w.n().gt(w.a() + 1);
        |w| w.a().gt(w.b() + 1);
        |w| w.n().in_((w.a(), w.b()));
        |w| w.a().in_((w.b(), w.n()));
        |w| w.n().range(w.b()..=w.a());
        |w| w.n().range((w.a() + 0)..(w.b() + 1));
        |w| coalesce((w.a(), w.b())).gt(4);
        |w| coalesce((w.a(), 0)).gt(4);
        |w| greatest((w.a(), w.b())).eq(5);
        |w| nullif(w.n(), 1).eq(2);
        |w| nullif(w.n(), 1).ne(2);
        |w| case().when(w.a().gt(3), w.b()).otherwise(w.n()).gt(2);
        |w| case().when(w.a().gt(3), 1).otherwise_null().eq(1);
        |w| case().when(w.a().gt(3), w.live()).otherwise(false);
        |w| w.a().ne(5);
        |w| (w.a() + w.b()).ne(5);
        |w| w.a().ne(w.b());
        |w| w.n().ne(w.a() + 4);
        |w| w.live();
        |w| !w.live();
        |w| w.a().gt(3).eq(true);
        |w| w.a().gt(3).eq(false);
        |w| w.a().gt(3).ne(w.b().gt(3));
        |w| (w.a().gt(3) & w.firm().size().gt(1)).eq(false);
        |w| (!w.a().gt(3)).eq(true);
        |w| w.a().isnull(true);
        |w| w.name().eq(w.nick());
        |w| w.name().contains(w.nick());
        |w| w.name().startswith(w.nick().lower());
        |w| w.nick().icontains("c");
        |w| w.nick().length().gt(1);
        |w| concat((w.name(), w.nick())).eq("dot");
        |w| w.name().eq(w.firm().name());
        |w| w.firm().name().eq(w.name());
        |w| w.firm().name().ne(w.name());
        |w| w.firm().size().gt(w.n());
        |w| w.firm().size().ne(3);
        |w| w.firm().eq(1);
        |w| w.firm().ne(1);
        |w| w.firm().eq(w.boss().firm());
        |w| w.firm().ne(w.boss().firm());
        |w| w.boss().firm().name().lower().eq("ann");
        |w| w.boss().a().gt(w.a());
        |w| w.doc().key("k").eq(1);
        |w| w.doc().key("k").ne(1);
        |w| w.doc().key("k").cast::<i32>().gt(1);
        |w| w.doc().key("t").text().icontains("x");
        |w| w.doc().eq(json!(null));
        |w| w.extra().eq(json!(null));
        |w| w.extra().ne(json!(null));
        |w| w.extra().has_key("k");
        |w| w.doc().has_key("k");
        |w| w.marks().index(1).eq(2);
        |w| w.marks().index(1).ne(2);
        |w| w.marks().contains([5]);
        |w| w.span().lower().gt(1);
        |w| w.span().upper().ne(7);
        |w| w.span().contains(w.a());
        |w| w.seen().year().gt(2000);
        |w| w.seen().in_zone("UTC").year().gt(2000);
        |w| w.seen().date().eq(NaiveDate::from_ymd_opt(2020, 5, 6));
        |w| w.seen().gt(now());
        |w| w.n().in_(Worker::objects().values(|x| x.a() + x.b()));
        |w| w.a().in_(Worker::objects().values(|x| x.b()));
        |w| w.a().in_(Worker::objects().order_by(|x| x.id()).limit(3).values(|x| x.b()));
        |w| w.n().cast::<i64>().in_(Note::objects().values(|x| x.worker().firm().id()));
        |w| w.n().in_(Worker::objects().values(|x| x.live()).annotate(|x| x.a().max()).values(|x| x.a().max()));
        |w| w.n().gt(subquery(Note::objects().filter(|x| x.worker().eq(outer_ref(w.id()))).order_by(|x| x.id()).limit(1).values(|x| x.stars())));
        |w| w.n().ne(subquery(Note::objects().filter(|x| x.worker().eq(outer_ref(w.id()))).order_by(|x| x.id()).limit(1).values(|x| x.stars())));
        |w| exists(Note::objects().filter(|x| x.worker().eq(outer_ref(w.id())) & x.stars().gt(outer_ref(w.a()))));
        |w| exists(Note::objects().filter(|x| x.worker().eq(outer_ref(w.id()))).exclude(|x| x.stars().eq(outer_ref(w.a()))));
        |_| raw_expr::<Option<bool>>("a > 3", params![]);
        |_| raw_expr::<Option<i32>>("a", params![]).over::<Worker>().gt(3);
        |w| w.a().gt(3).is_true();
    }
}

/// Conditions over to-many relations.
fn of_many() -> Vec<(&'static str, Q<Worker>)> {
    conditions! {
        |w| w.notes().stars().eq(5);
        |w| w.notes().stars().ne(5);
        |w| w.notes().stars().gt(w.a());
        |w| w.notes().firm().name().eq(w.name());
        |w| w.notes().firm().name().ne("ann");
        |w| w.notes().firm().name().ne("ann") | w.n().gt(4);
        |w| w.notes().stars().ne(5) & w.n().lt(3);
        |w| w.notes().stars().isnull(true);
        |w| w.notes().stars().ne(w.pupils().a());
        |w| w.pupils().notes().stars().ne(5);
        |w| w.pupils().notes().stars().ne(5) ^ w.live();
        |w| w.notes().stars().gt(3).eq(false);
    }
}

fn of_groups() -> Vec<(&'static str, Q<Worker>)> {
    conditions! {
        |w| w.notes().stars().max().gt(3);
        |w| w.notes().stars().max().ne(5);
        |w| w.notes().stars().sum().gt(w.a());
        |w| w.notes().stars().count().ne(0);
        |w| w.notes().stars().sum().default(0).lt(3);
        |w| w.notes().stars().max().gt(3) | w.a().gt(3);
        |w| w.notes().stars().sum().filter(!w.notes().stars().eq(5)).eq(1);
    }
}

#[tokio::test]
async fn filter_and_exclude_give_every_row_once() -> Outcome {
    let db = workers().await?;
    let all: Ids = (1..=5).collect();
    for (text, p) in of_one().into_iter().chain(of_many()).chain(of_groups()) {
        let rest = |ids: &Ids| all.difference(ids).copied().collect::<Ids>();
        let found = filter(&db, &p).await?;
        let sql = Worker::objects().exclude(|_| p.clone()).sql()?;
        assert_eq!(exclude(&db, &p).await?, rest(&found), "{text}: {sql}");
        let not = !p.clone();
        assert_eq!(filter(&db, &not).await?, rest(&found), "!({text}): {sql}");
        assert_eq!(exclude(&db, &not).await?, found, "exclude !({text})");
    }
    Ok(())
}

#[tokio::test]
async fn connectives_are_those_of_sets() -> Outcome {
    let db = workers().await?;
    let all: Ids = (1..=5).collect();
    let conditions = of_one();
    let mut found = Vec::new();
    for (_, p) in &conditions {
        found.push(filter(&db, p).await?);
    }
    for (at, (text, p)) in conditions.iter().enumerate() {
        // Each with a few others: those after it, at different distances.
        for step in [1, 19] {
            let other = (at + step) % conditions.len();
            let (other_text, q) = &conditions[other];
            let (x, y) = (&found[at], &found[other]);
            let not = |ids: Ids| all.difference(&ids).copied().collect::<Ids>();
            let (p, q) = (|| p.clone(), || q.clone());
            for (how, condition, expected) in [
                ("p & q", p() & q(), x & y),
                ("p | q", p() | q(), x | y),
                ("p ^ q", p() ^ q(), x ^ y),
                ("p & !q", p() & !q(), x - y),
                ("p | !q", p() | !q(), x | &not(y.clone())),
                ("p ^ !q", p() ^ !q(), not(x ^ y)),
                ("!(p & !q)", !(p() & !q()), not(x - y)),
                ("!(p | !q)", !(p() | !q()), y - x),
                ("!(p ^ !q)", !(p() ^ !q()), x ^ y),
                ("!(p & !(q | !p))", !(p() & !(q() | !p())), not(x - y)),
            ] {
                let sql = Worker::objects().filter(|_| condition.clone()).sql()?;
                assert_eq!(
                    filter(&db, &condition).await?,
                    expected,
                    "{how} of {text} and {other_text}: {sql}"
                );
                assert_eq!(exclude(&db, &condition).await?, not(expected), "exclude {how}: {sql}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn either_side_of_or_is_found_by_itself() -> Outcome {
    let db = workers().await?;
    let conditions: Vec<_> = of_many().into_iter().chain(of_one().into_iter().step_by(5)).collect();
    for (text, p) in &conditions {
        for (other, q) in conditions.iter().take(8) {
            let either = p.clone() | q.clone();
            let expected = &filter(&db, p).await? | &filter(&db, q).await?;
            let sql = Worker::objects().filter(|_| either.clone()).sql()?;
            assert_eq!(filter(&db, &either).await?, expected, "{text} | {other}: {sql}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn conditions_of_case_and_of_aggregates_are_negated_in_the_same_way() -> Outcome {
    let db = workers().await?;
    for (text, p) in of_one() {
        let found = filter(&db, &p).await?.len();
        let flags =
            Worker::objects().values(|_| case().when(!p.clone(), 1).otherwise(0)).all(&db).await?;
        assert_eq!(flags.iter().filter(|flag| **flag == 0).count(), found, "{text}");
        let counts = Worker::objects().aggregate(&db, |w| {
            (w.id().count().filter(p.clone()), w.id().count().filter(!p.clone()))
        });
        if !text.contains("subquery") && !text.contains("exists") {
            assert_eq!(counts.await?, (found as i64, 5 - found as i64), "{text}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn ne_over_many_rows_speaks_of_one_that_is_there() -> Outcome {
    let db = workers().await?;
    let not_five = Worker::q(|w| w.notes().stars().ne(5));
    assert_eq!(filter(&db, &not_five).await?, Ids::from([1, 3]));
    let or_last = not_five | Worker::q(|w| w.n().gt(4));
    assert_eq!(filter(&db, &or_last).await?, Ids::from([1, 3, 5]));
    assert_eq!(exclude(&db, &or_last).await?, Ids::from([2, 4]));
    // A note without a firm is one whose firm has another name.
    let elsewhere = Worker::q(|w| w.notes().firm().name().ne("ann"));
    assert_eq!(filter(&db, &elsewhere).await?, Ids::from([1, 2, 3]));
    Ok(())
}
