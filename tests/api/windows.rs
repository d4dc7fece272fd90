//! Functions over windows: as columns, in orderings, over groups, and as conditions, which are asked
//! of the rows of a subquery.

use crate::support::{Outcome, database, says};
use orm::Interval;
use orm::prelude::*;
use orm_testkit::{TestDatabase, assert_rows, assert_rows_unordered};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "windows")]
pub struct Shop {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "windows", ordering = [day, id])]
pub struct Sale {
    pub id: i64,
    pub day: NaiveDate,
    pub amount: i32,
    pub price: Decimal,
    #[field(on_delete = Cascade, related_name = "sales")]
    pub shop: ForeignKey<Shop>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

async fn sales() -> Opened {
    Ok(database!("windows": Shop, Sale; rows))
}

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 2, day).expect("a day of February")
}

/// Of shop 1: 10, 20, 20 and 5 on the days 1, 2, 2 and 9; of shop 2: 7 and 1 on the days 1 and 3.
async fn rows(db: &Database) -> Result<()> {
    let shops = ["a", "b"].map(|name| draft!(Shop { name }));
    Shop::objects().bulk_create(db, shops).await?;
    let sales = [(1, 1, 10), (2, 1, 20), (2, 1, 20), (9, 1, 5), (1, 2, 7), (3, 2, 1)];
    let drafts = sales.map(|(on, shop, amount)| {
        draft!(Sale { day: day(on), amount, price: Decimal::from(amount), shop })
    });
    Sale::objects().bulk_create(db, drafts).await?;
    Ok(())
}

#[tokio::test]
async fn every_function_gives_what_the_server_gives() -> Outcome {
    let db = sales().await?;
    let numbers = Sale::objects().filter(|s| s.shop().eq(1)).order_by(|s| s.id()).values(|s| {
        let w = window().order_by((s.amount(), s.id().desc()));
        let ties = window().order_by(s.amount());
        (
            s.id(),
            row_number().over(&w),
            rank().over(&ties),
            dense_rank().over(&ties),
            percent_rank().over(&ties),
            cume_dist().over(&ties),
            ntile(2).over(&w),
        )
    });
    assert_rows!(
        numbers.all(&db).await?,
        [
            (1, 2, 2, 2, 1.0 / 3.0, 0.5, 1),
            (2, 4, 3, 3, 2.0 / 3.0, 1.0, 2),
            (3, 3, 3, 3, 2.0 / 3.0, 1.0, 2),
            (4, 1, 1, 1, 0.0, 0.25, 1),
        ]
    );
    let others = Sale::objects().filter(|s| s.shop().eq(1)).order_by(|s| s.id()).values(|s| {
        let w = window().order_by(s.id());
        (
            lag(s.amount()).over(&w),
            lag(s.amount()).offset(2).default(0).over(&w),
            lead(s.day()).over(&w),
            first_value(s.amount()).over(&w),
            last_value(s.amount()).over(w.rows(..)),
            nth_value(s.amount(), 2).over(&w),
        )
    });
    assert_rows!(
        others.all(&db).await?,
        [
            (None, 0, Some(day(2)), Some(10), Some(5), None),
            (Some(10), 0, Some(day(2)), Some(10), Some(5), Some(20)),
            (Some(20), 10, Some(day(9)), Some(10), Some(5), Some(20)),
            (Some(20), 20, None, Some(10), Some(5), Some(20)),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn frames_are_of_rows_of_groups_and_of_values() -> Outcome {
    let db = sales().await?;
    let sums = Sale::objects().filter(|s| s.shop().eq(1)).order_by(|s| s.id()).values(|s| {
        let by_id = window().order_by(s.id());
        let by_day = window().order_by(s.day());
        let week = by_day.range(TimeDelta::days(-7)..=TimeDelta::zero());
        let cents = window().order_by(s.price()).range(dec!(-10.5)..=dec!(0));
        (
            s.amount().sum().over(by_id.rows(-1..=0)),
            s.amount().sum().over(by_id.rows(0..2)),
            s.amount().sum().over(by_day.groups(-1..=-1)),
            s.amount().sum().over(&week),
            s.amount().sum().over(cents.exclude_current_row()),
            s.amount().sum().over(by_day.range(..=TimeDelta::zero()).exclude_ties()),
        )
    });
    assert_rows!(
        sums.all(&db).await?,
        [
            (Some(10), Some(30), None, Some(10), Some(5), Some(10)),
            (Some(30), Some(40), Some(10), Some(50), Some(30), Some(30)),
            (Some(40), Some(25), Some(10), Some(50), Some(30), Some(30)),
            (Some(25), Some(5), Some(40), Some(45), None, Some(55)),
        ]
    );
    let months = Interval { months: -1, days: 0, microseconds: 0 };
    let of_month = Sale::objects().values(|s| {
        let month = window().order_by(s.day()).range(months..=Interval::default());
        s.id().count().over(month)
    });
    assert_rows_unordered!(of_month.all(&db).await?, [2, 2, 4, 4, 5, 6]);
    Ok(())
}

#[tokio::test]
async fn one_window_of_several_functions_is_written_once() -> Outcome {
    let db = sales().await?;
    let both = Sale::objects().order_by(|s| s.id()).values(|s| {
        let w = window().partition_by(s.shop()).order_by(s.id());
        (row_number().over(&w), s.amount().sum().default(0).over(&w))
    });
    assert_eq!(
        both.sql()?,
        "SELECT ROW_NUMBER() OVER w0, COALESCE(SUM(t0.\"amount\") OVER w0, $1) FROM \
         \"windows_sale\" AS t0 WINDOW w0 AS (PARTITION BY t0.\"shop_id\" ORDER BY t0.\"id\") \
         ORDER BY t0.\"id\""
    );
    assert_rows!(both.all(&db).await?, [(1, 10), (2, 30), (3, 50), (4, 55), (1, 7), (2, 8)]);
    Ok(())
}

#[tokio::test]
async fn a_condition_on_a_window_is_asked_after_all_others() -> Outcome {
    let db = sales().await?;
    let newest = Sale::objects()
        .filter(|s| {
            row_number().over(window().partition_by(s.shop()).order_by(s.amount().desc())).lte(1)
                & s.amount().lt(20)
        })
        .filter(|s| s.day().gt(day(1)));
    assert_eq!(
        newest.clone().values(|s| s.amount()).sql()?,
        "SELECT t1.c0 FROM (SELECT t0.\"amount\" AS c0, ROW_NUMBER() OVER (PARTITION BY \
         t0.\"shop_id\" ORDER BY t0.\"amount\" DESC) AS c1, t0.\"day\" AS c2, t0.\"id\" AS c3 FROM \
         \"windows_sale\" AS t0 WHERE t0.\"amount\" < $1 AND t0.\"day\" > $2) AS t1 WHERE t1.c1 <= \
         $3 ORDER BY t1.c2, t1.c3"
    );
    let amounts =
        async |sales: &QuerySet<Sale>| sales.clone().values(|s| s.amount()).all(&db).await;
    assert_eq!(amounts(&newest).await?, [1, 5]);
    assert_eq!(newest.count(&db).await?, 2);
    assert!(newest.exists(&db).await?);
    assert_eq!(newest.clone().limit(1).all(&db).await?[0].amount, 1);
    assert_eq!(
        newest.aggregate(&db, |s| (s.amount().sum(), s.id().max())).await?,
        (Some(6), Some(6))
    );
    // Either of two, a negation, and beside a column of another table.
    let first = |s: &orm::Fields<Sale>| row_number().over(window().order_by(s.id())).eq(1);
    let either = Sale::objects().filter(|s| first(s) | s.shop().name().eq("b"));
    assert_eq!(amounts(&either).await?, [10, 7, 1]);
    let not = Sale::objects().exclude(first);
    assert_eq!(not.count(&db).await?, 5);
    let before =
        Sale::objects().exclude(|s| lag(s.amount()).over(window().order_by(s.id())).lt(s.amount()));
    // Of the first row nothing is known, so it stays.
    assert_rows_unordered!(amounts(&before).await?, [10, 20, 5, 1]);
    Ok(())
}

#[tokio::test]
async fn rows_that_a_window_chooses_are_changed_by_their_keys() -> Outcome {
    let db = sales().await?;
    let twins = Sale::objects().filter(|s| {
        row_number().over(window().partition_by((s.shop(), s.amount())).order_by(s.id())).gt(1)
    });
    assert_eq!(twins.update(&db, |s| s.amount().set(21)).await?, 1);
    let last = Sale::objects()
        .filter(|s| rank().over(window().partition_by(s.shop()).order_by(s.id().desc())).eq(1));
    assert_eq!(last.delete(&db).await?.total, 2);
    let left = Sale::objects().order_by(|s| s.id()).values(|s| s.amount());
    assert_eq!(left.all(&db).await?, [10, 20, 21, 7]);
    let in_use = Shop::objects().filter(|s| s.id().in_(last.clone().values(|s| s.shop().id())));
    assert_eq!(in_use.count(&db).await?, 2);
    let related = Shop::objects().filter(|s| {
        exists(s.sales().objects().filter(|s| rank().over(window().order_by(s.id())).gt(2)))
    });
    assert_eq!(related.values(|s| s.name()).all(&db).await?, ["a"]);
    Ok(())
}

#[tokio::test]
async fn windows_stand_over_groups_and_in_orderings() -> Outcome {
    let db = sales().await?;
    let totals = Sale::objects()
        .unordered()
        .values(|s| s.shop().name())
        .annotate(|s| {
            let total = s.amount().sum();
            (total.clone(), rank().over(window().order_by(total.desc())))
        })
        .order_by(|s| s.shop().name());
    assert_rows!(
        totals.all(&db).await?,
        [("a".to_owned(), (Some(55), 1)), ("b".to_owned(), (Some(8), 2))]
    );
    let best = totals.filter(|s| rank().over(window().order_by(s.amount().sum().desc())).eq(1));
    assert_rows!(best.all(&db).await?, [("a".to_owned(), (Some(55), 1))]);
    // The sum over all groups of what each of them counts.
    let of_groups = Shop::objects()
        .order_by(|s| s.id())
        .values(|s| (s.name(), s.sales().count().sum().over(window())));
    assert_rows!(of_groups.all(&db).await?, [("a".to_owned(), Some(6)), ("b".to_owned(), Some(6))]);
    let sum = Shop::objects()
        .annotate(|s| s.sales().count())
        .nested()
        .order_by(|(s, _)| s.id())
        .values(|(s, n)| (s.name(), n.sum().over(window())));
    assert_rows!(sum.all(&db).await?, [("a".to_owned(), Some(6)), ("b".to_owned(), Some(6))]);
    let by_rank = Sale::objects()
        .filter(|s| s.shop().eq(1))
        .order_by(|s| (rank().over(window().order_by(s.amount())).desc(), s.id()))
        .values(|s| s.id());
    assert_eq!(by_rank.all(&db).await?, [2, 3, 1, 4]);
    Ok(())
}

#[tokio::test]
async fn what_no_window_can_be_is_said_before_anything_is_sent() -> Outcome {
    let db = sales().await?;
    let counts = |w: fn(&orm::Fields<Sale>) -> orm::expr::Window<Sale>| {
        Sale::objects().values(move |s| s.id().count().over(w(s)))
    };
    let refused = [
        (counts(|s| window().order_by(s.id()).rows(1..1)), "ends before it starts"),
        (counts(|_| window().groups(-1..=1)), "`order_by`"),
        (counts(|s| window().order_by((s.id(), s.day())).range(-1..=1)), "one expression"),
        (counts(|s| window().order_by(s.id()).range(0..2)), "from..=to"),
        (
            counts(|s| {
                let mixed = Interval { months: 1, days: -1, microseconds: 0 };
                window().order_by(s.day()).range(mixed..=mixed)
            }),
            "both signs",
        ),
    ];
    for (query, why) in refused {
        says(&query.all(&db).await.unwrap_err(), &[why]);
    }
    let distinct = Sale::objects().values(|s| s.amount().count().distinct().over(window()));
    says(&distinct.all(&db).await.unwrap_err(), &["cannot be `distinct`"]);
    let ordered = Sale::objects()
        .values(|s| s.amount().array_agg().order_by(s.id()).over(window().order_by(s.day())));
    says(&ordered.all(&db).await.unwrap_err(), &["order of the window"]);
    says(
        &Sale::objects().values(|_| ntile(0).over(window())).all(&db).await.unwrap_err(),
        &["ntile(0)"],
    );
    let set = Sale::objects().update(&db, |s| {
        s.amount().set(lag(s.amount()).default(0).over(window().order_by(s.id())))
    });
    says(&set.await.unwrap_err(), &["`amount`", "UPDATE"]);
    let locked = Sale::objects()
        .filter(|s| row_number().over(window().order_by(s.id())).eq(1))
        .select_for_update();
    let tx = db.begin().await?;
    says(&locked.all(&tx).await.unwrap_err(), &["cannot be locked"]);
    tx.rollback().await?;
    let largest = Sale::objects().aggregate(&db, |s| rank().over(window().order_by(s.id())).max());
    assert_eq!(largest.await?, Some(6));
    Ok(())
}

#[tokio::test]
async fn what_groups_are_by_is_the_same_in_windows_and_beside_aggregates() -> Outcome {
    let db = sales().await?;
    let most = |s: &Fields<Sale>| greatest((s.amount(), 10));
    let groups = Sale::objects().unordered().values(most).annotate(|s| {
        let by_most = window().order_by(most(s).desc());
        (s.id().count(), row_number().over(&by_most), s.amount().max() + most(s))
    });
    assert_eq!(
        groups.sql()?,
        r#"SELECT GREATEST(t0."amount", $1), COUNT(t0."id"), ROW_NUMBER() OVER (ORDER BY GREATEST(t0."amount", $1) DESC), (MAX(t0."amount") + GREATEST(t0."amount", $1)) FROM "windows_sale" AS t0 GROUP BY 1"#
    );
    assert_rows_unordered!(
        groups.all(&db).await?,
        [(10, (4, 2, Some(20))), (20, (2, 1, Some(40)))]
    );
    let first = groups.filter(|s| row_number().over(window().order_by(most(s).desc())).eq(1));
    assert_rows!(first.all(&db).await?, [(20, (2, 1, Some(40)))]);
    assert_eq!(first.count(&db).await?, 1);
    // Another expression of the same columns makes groups of its own.
    let others = Sale::objects().unordered().values(most).annotate(|s| {
        (s.id().count(), row_number().over(window().order_by((most(s), -s.amount()))))
    });
    assert_rows_unordered!(
        others.all(&db).await?,
        [(10, (1, 1)), (10, (1, 2)), (10, (1, 3)), (10, (1, 4)), (20, (2, 5))]
    );
    let queries = |s: &Fields<Sale>| {
        let later = Sale::objects().filter(|o| o.day().gt(outer_ref(s.day())));
        exists(later.filter(|o| o.amount().lt(6)))
    };
    let groups = Sale::objects()
        .unordered()
        .values(queries)
        .annotate(|s| (s.id().count(), dense_rank().over(window().order_by(queries(s)))));
    assert_rows_unordered!(groups.all(&db).await?, [(false, (1, 1)), (true, (5, 2))]);
    Ok(())
}
