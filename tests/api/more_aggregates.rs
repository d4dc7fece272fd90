//! Aggregates of pairs, of documents and ranges, of the rows in an order, in subqueries: with NULL, of
//! empty groups, over windows, in filters and orderings.

use super::library::{Author, Book, Review, library, titles};
use crate::support::{Outcome, database, says};
use orm::prelude::*;
use orm::{Interval, SqlValue};
use orm_testkit::{TestDatabase, assert_num_queries, assert_rows};

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "measured", ordering = [id])]
pub struct Sample {
    pub id: i64,
    #[field(max_length = 20)]
    pub kind: String,
    pub x: f64,
    pub y: Option<Decimal>,
    pub lasted: TimeDelta,
    pub spell: Interval,
    pub lines: Range<i32>,
    pub labels: Vec<String>,
    pub token: Option<Uuid>,
}

type Opened = std::result::Result<TestDatabase, orm_testkit::TestError>;

/// Of kind `a`: y is 2x + 1 for x = 1, 2, 3, and NULL for x = 9; of kind `b`: one row.
async fn measured() -> Opened {
    Ok(database!("more_aggregates": Sample; rows))
}

async fn rows(db: &Database) -> Result<()> {
    let samples = [
        ("a", 1, Some(3), 0..3),
        ("a", 2, Some(5), 2..5),
        ("a", 3, Some(7), 9..12),
        ("a", 9, None, 1..11),
        ("b", 4, Some(4), 7..7),
    ];
    for (kind, x, y, lines) in samples {
        let lasted = TimeDelta::minutes(x);
        let spell = Interval { months: 0, days: 0, microseconds: x * 1_000_000 };
        let labels = vec![kind.to_owned(), x.to_string()];
        let y = y.map(Decimal::from);
        let x = x as f64;
        draft!(Sample { kind, x, y, lasted, spell, lines, labels }).save(db).await?;
    }
    Ok(())
}

#[tokio::test]
async fn statistics_of_pairs() -> Outcome {
    let db = measured().await?;
    let all = Sample::objects().filter(|s| s.kind().eq("a"));
    let line = all
        .aggregate(&db, |s| {
            let y = s.y();
            (y.corr(s.x()), y.regr_slope(s.x()), y.regr_intercept(s.x()), y.regr_r2(s.x()))
        })
        .await?;
    assert_eq!(line, (Some(1.0), Some(2.0), Some(1.0), Some(1.0)));
    let sums = all
        .aggregate(&db, |s| {
            let y = s.y();
            (y.regr_sxx(s.x()), y.regr_sxy(s.x()), y.regr_syy(s.x()), y.regr_count(s.x()))
        })
        .await?;
    assert_eq!(sums, (Some(2.0), Some(4.0), Some(8.0), 3));
    let means = all
        .aggregate(&db, |s| {
            let y = s.y();
            (y.regr_avgx(s.x()), y.regr_avgy(s.x()), y.covar_samp(s.x()), y.covar_pop(s.x()))
        })
        .await?;
    assert_eq!(means, (Some(2.0), Some(5.0), Some(2.0), Some(4.0 / 3.0)));
    // Of one pair there is no correlation; of none there is nothing, and no statement.
    let kinds = Sample::objects()
        .values(|s| s.kind())
        .annotate(|s| (s.y().corr(s.x()), s.y().regr_count(s.x())))
        .order_by(|s| s.kind());
    assert_rows!(
        kinds.all(&db).await?,
        [("a".to_owned(), (Some(1.0), 3)), ("b".to_owned(), (None, 1))]
    );
    let none = Sample::objects().none();
    let nothing = none.aggregate(&db, |s| (s.y().corr(s.x()), s.y().regr_count(s.x()))).await?;
    assert_eq!(nothing, (None, 0));
    Ok(())
}

#[tokio::test]
async fn statistics_over_windows_in_filters_and_orderings() -> Outcome {
    let db = measured().await?;
    let running = Sample::objects()
        .filter(|s| s.kind().eq("a"))
        .values(|s| s.y().regr_count(s.x()).over(window().order_by(s.id())));
    assert_rows!(running.all(&db).await?, [1, 2, 3, 3]);
    let steep = Sample::objects()
        .values(|s| s.kind())
        .annotate(|s| s.y().regr_slope(s.x()).default(0))
        .filter(|s| s.y().regr_slope(s.x()).gt(1))
        .order_by(|s| s.y().regr_slope(s.x()).desc().nulls_last());
    assert_rows!(steep.all(&db).await?, [("a".to_owned(), 2.0)]);
    let filtered = Sample::objects()
        .aggregate(&db, |s| s.y().regr_count(s.x()).filter(s.x().gt(1) & s.kind().eq("a")))
        .await?;
    assert_eq!(filtered, 2);
    Ok(())
}

#[tokio::test]
async fn any_value_and_objects() -> Outcome {
    let db = library().await?;
    let by_author = Book::objects()
        .values(|b| b.author().id())
        .annotate(|b| (b.author().name().any_value(), b.published().any_value()))
        .order_by(|b| b.author().id());
    let found = by_author.all(&db).await?;
    assert_eq!(found[0].1.0, Some("Ursula".to_owned()));
    assert!(found.iter().all(|(_, (_, day))| day.is_some()), "NULL is passed over: {found:?}");
    let unknown = Book::objects().filter(|b| b.published().isnull(true));
    assert_eq!(unknown.aggregate(&db, |b| b.published().any_value()).await?, None);
    let late = Book::objects()
        .aggregate(&db, |b| b.title().any_value().filter(b.pages().gt(300)).default("none"))
        .await?;
    assert_eq!(late, "Gods");

    let pages = Author::objects().order_by(|a| a.id()).values(|a| {
        let books = a.books();
        books.title().json_object_agg(books.pages()).filter(books.pages().gt(250))
    });
    assert_rows!(
        pages.all(&db).await?,
        [Some(json!({"Darkness": 286})), Some(json!({"Mort": 272, "Gods": 381})), None]
    );
    let labels = Sample::objects();
    let db = measured().await?;
    let refused = labels.aggregate(&db, |s| s.labels().any_value()).await.unwrap_err();
    says(&refused, &["`any_value` of arrays", "subquery"]);
    Ok(())
}

#[tokio::test]
async fn ranges_put_together() -> Outcome {
    let db = measured().await?;
    let ranges = Sample::objects()
        .values(|s| s.kind())
        .annotate(|s| (s.lines().range_agg(), s.lines().range_intersect_agg()))
        .order_by(|s| s.kind());
    assert_rows!(
        ranges.all(&db).await?,
        [
            ("a".to_owned(), (vec![Range::from(0..12)], Some(Range::empty()))),
            ("b".to_owned(), (vec![], Some(Range::empty()))),
        ]
    );
    let apart = Sample::objects()
        .aggregate(&db, |s| (s.lines().range_agg().filter(s.x().lt(9)), s.lines().range_agg()))
        .await?;
    assert_eq!(apart, (vec![Range::from(0..5), Range::from(9..12)], vec![Range::from(0..12)]));
    let nothing = Sample::objects()
        .filter(|s| s.x().gt(100))
        .aggregate(&db, |s| (s.lines().range_agg(), s.lines().range_intersect_agg()))
        .await?;
    assert_eq!(nothing, (vec![], None));
    Ok(())
}

#[tokio::test]
async fn percentiles_and_modes() -> Outcome {
    let db = measured().await?;
    let a = Sample::objects().filter(|s| s.kind().eq("a"));
    let found = a
        .aggregate(&db, |s| {
            (
                s.x().percentile_cont(0.5),
                s.y().percentile_cont([0.0, 0.25, 1.0]),
                s.lasted().percentile_cont(0.5),
                s.spell().percentile_cont(&[0.5][..]),
            )
        })
        .await?;
    let half = Interval { months: 0, days: 0, microseconds: 2_500_000 };
    assert_eq!(
        found,
        (Some(2.5), Some(vec![3.0, 4.0, 7.0]), Some(TimeDelta::seconds(150)), Some(vec![half]),)
    );
    let discrete = Sample::objects()
        .aggregate(&db, |s| {
            (
                s.x().percentile_disc(0.5),
                s.kind().percentile_disc(vec![0.1, 0.9]),
                s.x().percentile_disc(0.1).order_by(s.x().desc()),
                s.kind().mode(),
                s.token().mode(),
            )
        })
        .await?;
    assert_eq!(
        discrete,
        (
            Some(3.0),
            Some(vec!["a".to_owned(), "b".to_owned()]),
            Some(9.0),
            Some("a".to_owned()),
            None
        )
    );
    let grouped = Sample::objects()
        .values(|s| s.kind())
        .annotate(|s| s.y().percentile_cont(0.5).filter(s.x().lt(4)).default(-1))
        .filter(|s| s.x().percentile_cont(0.5).lt(5))
        .order_by(|s| s.x().percentile_disc(1.0).desc());
    assert_rows!(grouped.all(&db).await?, [("a".to_owned(), 5.0), ("b".to_owned(), -1.0)]);
    Ok(())
}

#[tokio::test]
async fn places_that_values_would_have() -> Outcome {
    let db = library().await?;
    let places = Book::objects()
        .aggregate(&db, |b| {
            (
                b.pages().rank_of(286),
                b.pages().dense_rank_of(1000),
                b.pages().percent_rank_of(286),
                b.pages().cume_dist_of(286),
                b.pages().rank_of(286).order_by(b.pages().desc()),
            )
        })
        .await?;
    assert_eq!(places, (4, 6, 0.6, 5.0 / 6.0, 2));
    // They are known over no rows as well.
    let none = Book::objects().none();
    let first = none.aggregate(&db, |b| (b.pages().rank_of(1), b.pages().cume_dist_of(1))).await?;
    assert_eq!(first, (1, 1.0));
    let authors = Author::objects()
        .order_by(|a| a.id())
        .values(|a| (a.name(), a.books().pages().rank_of(280)));
    assert_rows!(
        authors.all(&db).await?,
        [("Ursula".to_owned(), 2), ("Terry".to_owned(), 3), ("Nobody".to_owned(), 1)]
    );
    Ok(())
}

#[tokio::test]
async fn aggregates_in_an_order_say_what_they_cannot() -> Outcome {
    let db = library().await?;
    let books = Book::objects();
    let beyond = books.aggregate(&db, |b| b.pages().percentile_cont(50.0)).await.unwrap_err();
    says(&beyond, &["fractions from 0 to 1"]);
    let distinct = books.aggregate(&db, |b| b.pages().mode().distinct()).await.unwrap_err();
    says(&distinct, &["cannot be `distinct`"]);
    let two = books
        .aggregate(&db, |b| b.pages().mode().order_by((b.pages(), b.title())))
        .await
        .unwrap_err();
    says(&two, &["names one expression"]);
    let over = books.values(|b| b.pages().mode().over(window())).all(&db).await.unwrap_err();
    says(&over, &["over windows", "subquery"]);
    let db = measured().await?;
    let over = Sample::objects().values(|s| s.lines().range_agg().default(vec![]).over(window()));
    says(&over.all(&db).await.unwrap_err(), &["`range_agg` over a window"]);
    Ok(())
}

#[tokio::test]
async fn totals_in_subqueries() -> Outcome {
    let db = library().await?;
    let authors = Author::objects().values(|a| {
        let books = || a.books().objects();
        (
            a.name(),
            subquery_count(books().filter(|b| b.in_print())),
            subquery_sum(books().values(|b| b.pages())),
            subquery_min(books().values(|b| b.published())),
            subquery_max(books().values(|b| b.title())),
            subquery_avg(books().values(|b| b.pages())),
        )
    });
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
    let text = str::to_owned;
    assert!(!authors.sql()?.contains("GROUP BY"), "{}", authors.sql()?);
    assert_rows!(
        authors.all(&db).await?,
        [
            (text("Ursula"), 2, Some(491), day(1968, 11, 1), Some(text("Earthsea")), Some(245.5)),
            (text("Terry"), 2, Some(663), day(1987, 11, 12), Some(text("Mort")), Some(221.0)),
            (text("Nobody"), 0, None, None, None, None),
        ]
    );
    let correlated = Book::objects()
        .filter(|b| {
            let others = Book::objects().filter(|o| o.author().eq(outer_ref(b.author().pk())));
            b.pages().gt(subquery_avg(others.values(|o| o.pages())).cast::<i32>())
        })
        .values(|b| b.title());
    assert_rows!(correlated.all(&db).await?, ["Darkness".to_owned(), "Mort".into(), "Gods".into()]);
    Ok(())
}

#[tokio::test]
async fn totals_of_cut_distinct_and_grouped_queries() -> Outcome {
    let db = library().await?;
    let authors = Author::objects().values(|a| {
        let books = || a.books().objects();
        let longest = books().order_by(|b| b.pages().desc()).limit(2);
        (
            subquery_count(longest.clone()),
            subquery_sum(longest.values(|b| b.pages())),
            // One of each editor, which most books do not have.
            subquery_count(books().values(|b| b.editor().pk()).distinct()),
            // The groups are counted.
            subquery_count(books().values(|b| b.in_print()).annotate(|b| b.id().count())),
            subquery_count(books().filter(|b| b.tags().count().gt(1))),
            subquery_max(books().values(|b| b.tags().count())),
        )
    });
    assert_rows!(
        authors.all(&db).await?,
        [
            (2, Some(491), 2, 1, 0, Some(1)),
            (2, Some(653), 2, 2, 2, Some(2)),
            (0, None, 0, 0, 0, None)
        ]
    );
    let all = Book::objects().values(|b| b.title());
    let all = all.clone().union(all);
    let one = Author::objects().limit(1).values(|_| subquery_count(all));
    assert_rows!(one.all(&db).await?, [5]);
    let none = Author::objects().limit(1).values(|a| subquery_count(a.books().objects().none()));
    assert_rows!(none.all(&db).await?, [0]);
    Ok(())
}

#[tokio::test]
async fn totals_in_filters_orderings_aggregates_and_updates() -> Outcome {
    let db = library().await?;
    let reviews = |b: &orm::Fields<Book>| subquery_count(b.reviews().objects());
    let reviewed = Book::objects().filter(|b| reviews(b).gte(1)).order_by(|b| reviews(b).desc());
    assert_eq!(titles(&reviewed.all(&db).await?), ["Earthsea", "Mort"]);
    let unread = Book::objects().exclude(|b| reviews(b).gt(0));
    assert_eq!(titles(&unread.all(&db).await?), ["Darkness", "Gods", "Lost"]);
    let most =
        assert_num_queries!(db, 1, { Book::objects().aggregate(&db, |b| reviews(b).max()).await? });
    assert_eq!(most, Some(2));
    let changed = Book::objects().update(&db, |b| b.pages().set(reviews(b).cast::<i32>())).await?;
    assert_eq!(changed, 5);
    let pages = Book::objects().values(|b| b.pages());
    assert_rows!(pages.all(&db).await?, [2, 0, 1, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn arrays_of_rows() -> Outcome {
    let db = library().await?;
    let books = Book::objects().values(|b| {
        let reviews = b.reviews().objects().order_by(|r| r.stars());
        let tags = b.tags().objects().order_by(|t| t.name());
        (
            b.title(),
            array_subquery(reviews.values(|r| r.stars())),
            array_subquery(tags.values(|t| t.name()).limit(1)),
            array_subquery(
                Book::objects()
                    .filter(|o| o.id().eq(outer_ref(b.id())))
                    .values(|o| o.editor().name()),
            ),
        )
    });
    let text = str::to_owned;
    assert_rows!(
        books.all(&db).await?,
        [
            (text("Earthsea"), vec![3, 5], vec![text("fantasy")], vec![Some(text("Terry"))]),
            (text("Darkness"), vec![], vec![text("science")], vec![None]),
            (text("Mort"), vec![4], vec![text("fantasy")], vec![Some(text("Ursula"))]),
            (text("Gods"), vec![], vec![text("fantasy")], vec![None]),
            (text("Lost"), vec![], vec![], vec![None]),
        ]
    );
    let with_five = Book::objects()
        .filter(|b| array_subquery(b.reviews().objects().values(|r| r.stars())).contains([5]));
    assert_eq!(titles(&with_five.all(&db).await?), ["Earthsea"]);
    Ok(())
}

#[tokio::test]
async fn comparisons_with_any_and_all_rows() -> Outcome {
    let db = library().await?;
    let of =
        |name: &str| Book::objects().filter(|b| b.author().name().eq(name)).values(|b| b.pages());
    let found = |books: orm::QuerySet<Book>| books.values(|b| b.id());
    let cases = [
        (Book::objects().filter(|b| b.pages().gt_all(of("Ursula"))), vec![4]),
        (Book::objects().filter(|b| b.pages().gt_any(of("Ursula"))), vec![2, 3, 4]),
        (Book::objects().filter(|b| b.pages().lt_all(of("Ursula"))), vec![5]),
        (Book::objects().filter(|b| b.pages().lte_any(of("Ursula"))), vec![1, 2, 3, 5]),
        (Book::objects().filter(|b| b.pages().eq_any(of("Terry"))), vec![3, 4, 5]),
        (Book::objects().filter(|b| b.pages().ne_all(of("Terry"))), vec![1, 2]),
        (Book::objects().exclude(|b| b.pages().gte_all(of("Ursula"))), vec![1, 3, 5]),
        // Of no rows all is true, and nothing is.
        (Book::objects().filter(|b| b.pages().lt_all(of("x"))), vec![1, 2, 3, 4, 5]),
        (Book::objects().filter(|b| b.pages().lt_any(of("x"))), vec![]),
        (Book::objects().exclude(|b| b.pages().eq_any(of("x"))), vec![1, 2, 3, 4, 5]),
    ];
    for (books, ids) in cases {
        let sql = books.sql()?;
        assert_eq!(found(books).all(&db).await?, ids, "{sql}");
    }
    // NULL among the rows, or on the left, is no answer, and `exclude` keeps what `filter` does not.
    let days = || Book::objects().filter(|b| b.pages().lt(250)).values(|b| b.published());
    let late = Book::objects().filter(|b| b.published().gt_all(days()));
    assert_rows!(found(late).all(&db).await?, Vec::<i64>::new());
    let late = Book::objects().exclude(|b| b.published().gt_all(days()));
    assert_rows!(found(late).all(&db).await?, [1, 2, 3, 4, 5]);
    let late = Book::objects().filter(|b| b.published().gt_any(days()));
    assert_rows!(found(late).all(&db).await?, [2, 3, 4]);
    let late = Book::objects().exclude(|b| b.published().gt_any(days()));
    assert_rows!(found(late).all(&db).await?, [1, 5]);
    let best = Review::objects().filter(|r| {
        r.stars().gte_all(
            Review::objects()
                .filter(|o| o.book().eq(outer_ref(r.book().pk())))
                .values(|o| o.stars()),
        )
    });
    assert_rows!(best.values(|r| r.stars()).all(&db).await?, [5, 4]);
    Ok(())
}

mod own {
    orm::sql_aggregate! {
        /// The product of all values.
        pub fn product(value: f64) -> f64;

        #[sql = "pg_catalog.string_agg"]
        pub fn joined(text: String, between: String) -> String;
    }
}

#[tokio::test]
async fn aggregates_of_ones_own() -> Outcome {
    let db = measured().await?;
    db.execute("CREATE AGGREGATE product(double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = '1')", params![]).await?;
    let all = Sample::objects().aggregate(&db, |s| own::product(s.x())).await?;
    assert_eq!(all, Some(216.0));
    let some = Sample::objects()
        .values(|s| s.kind())
        .annotate(|s| {
            (
                own::product(s.x()).filter(s.x().lt(4)).default(0),
                own::joined(s.kind(), "-").distinct().order_by(s.kind()),
            )
        })
        .filter(|s| own::product(s.x()).gt(1))
        .order_by(|s| own::product(s.x()).desc());
    assert_rows!(
        some.all(&db).await?,
        [
            ("a".to_owned(), (6.0, Some("a".to_owned()))),
            ("b".to_owned(), (1.0, Some("b".to_owned())))
        ]
    );
    let running = Sample::objects().values(|s| own::product(s.x()).over(window().order_by(s.id())));
    assert_rows!(
        running.all(&db).await?,
        [Some(1.0), Some(2.0), Some(6.0), Some(54.0), Some(216.0)]
    );
    // Nobody but the server knows what it is of no row.
    let none = Sample::objects().none().aggregate(&db, |s| own::product(s.x())).await?;
    assert_eq!(none, Some(1.0));
    let (_, values) = Sample::objects().values(|s| own::joined(s.kind(), "x")).sql_with_params()?;
    assert_eq!(values, [SqlValue::Text("x".into())]);
    Ok(())
}
