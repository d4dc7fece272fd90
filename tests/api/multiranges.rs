//! Columns of multiranges: ranges with gaps between them.

use crate::support::{Outcome, database, in_order};
use orm::Multirange;
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "multiranges", ordering = [id])]
#[model(index(fields = [open], using = "gist"))]
pub struct Shop {
    pub id: i64,
    pub open: Multirange<i32>,
    pub closed: Option<Multirange<NaiveDate>>,
    #[field(db_default = Multirange::from([Range::from(1..3)]))]
    pub filled: Multirange<i64>,
    #[field(default = Vec::new)]
    pub moments: Vec<Multirange<DateTime<Utc>>>,
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
}

async fn shops() -> Result<TestDatabase, Box<dyn std::error::Error + Send + Sync>> {
    async fn rows(db: &Database) -> orm::Result<()> {
        let moment = DateTime::UNIX_EPOCH;
        let drafts = [
            draft!(Shop {
                open: Multirange::from([14..18, 9..12, 11..13]),
                closed: Multirange::from([day(1)..=day(2), day(24)..=day(31)]),
                moments: vec![
                    Multirange::from([moment..moment + TimeDelta::hours(1)]),
                    Multirange::default()
                ],
            }),
            draft!(Shop { open: 0..24 }),
            draft!(Shop {
                open: Multirange::default(),
                closed: Multirange::from([Range::from(day(3)..)])
            }),
        ];
        for draft in drafts {
            draft.save(db).await?;
        }
        Ok(())
    }
    Ok(database!("api_multiranges": Shop; rows))
}

#[tokio::test]
async fn ranges_with_gaps() -> Outcome {
    let db = shops().await?;
    in_order(
        &create_tables_sql::<(Shop,)>()?[0],
        &[
            "\"open\" int4multirange NOT NULL",
            "\"closed\" datemultirange,",
            "\"filled\" int8multirange DEFAULT",
            "\"moments\" tstzmultirange[] NOT NULL",
        ],
    );
    let rows = Shop::objects().all(&db).await?;
    assert_eq!(rows[0].open, Multirange::from([9..13, 14..18]));
    assert_eq!(
        rows[0].closed,
        Some(Multirange::from([day(1)..day(3), day(24)..day(32 - 1).succ_opt().unwrap()]))
    );
    assert_eq!(rows[0].filled, Multirange::from([orm::Range::from(1..3)]));
    assert_eq!((rows[0].moments.len(), rows[2].open.is_empty()), (2, true));
    for (q, expected, text) in [
        (Shop::q(|s| s.open().contains(10)), vec![1, 2], "t0.\"open\" @> $1"),
        (Shop::q(|s| s.open().contains(13)), vec![2], "t0.\"open\" @> $1"),
        (Shop::q(|s| s.open().contains(10..12)), vec![1, 2], "t0.\"open\" @> $1"),
        (
            Shop::q(|s| s.open().contains(Multirange::from([9..10, 17..18]))),
            vec![1, 2],
            "t0.\"open\" @> $1",
        ),
        (Shop::q(|s| s.open().overlap(12..15)), vec![1, 2], "t0.\"open\" && $1"),
        (Shop::q(|s| s.open().overlap(13..14)), vec![2], "t0.\"open\" && $1"),
        (Shop::q(|s| s.open().contained_by(9..18)), vec![1, 3], "t0.\"open\" <@ $1"),
        (Shop::q(|s| s.open().fully_lt(18..20)), vec![1], "t0.\"open\" << $1"),
        (Shop::q(|s| s.open().adjacent_to(18..20)), vec![1], "t0.\"open\" -|- $1"),
        (Shop::q(|s| s.open().is_empty()), vec![3], "ISEMPTY(t0.\"open\")"),
        (Shop::q(|s| s.open().lower().eq(9).q()), vec![1], "LOWER(t0.\"open\") = $1"),
        (Shop::q(|s| s.open().upper().isnull(true)), vec![3], "UPPER(t0.\"open\") IS NULL"),
        (Shop::q(|s| s.closed().upper_inf().q()), vec![3], "UPPER_INF(t0.\"closed\")"),
        (Shop::q(|s| s.closed().contains(day(25)).q()), vec![1, 3], "t0.\"closed\" @> $1"),
        (Shop::q(|s| !s.closed().contains(day(25)).q()), vec![2], "NOT (t0.\"closed\" @> $1"),
        (Shop::q(|s| s.open().eq(Multirange::from([9..13, 14..18]))), vec![1], "t0.\"open\" = $1"),
        (
            Shop::q(|s| {
                s.open().in_([Multirange::from([orm::Range::from(0..24)]), Multirange::default()])
            }),
            vec![2, 3],
            "",
        ),
    ] {
        let found = Shop::objects().filter(|_| q).values(|s| s.id());
        in_order(&found.sql()?, &[text]);
        assert_eq!(found.all(&db).await?, expected, "{text}");
    }
    let all: Vec<Range<i32>> = Shop::objects().aggregate(&db, |s| s.open().range_agg()).await?;
    assert_eq!(all, [Range::from(0..24)]);
    let mut shop = rows[1].clone();
    shop.open = [Range::from(..5), Range::from(7..)].into();
    shop.save(&db).await?;
    shop.refresh(&db).await?;
    assert_eq!(shop.open.to_string(), "{(,5),[7,)}");
    let last = draft!(Shop { open: i32::MAX..=i32::MAX }).save(&db).await.unwrap_err();
    assert!(last.to_string().contains("leave this side of the range open"), "{last}");
    Ok(())
}
