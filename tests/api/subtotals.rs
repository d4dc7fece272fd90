//! Groups with subtotals: `rollup`, `cube`, `grouping_sets`, `grouping`; and pieces to extend queries with.

use super::library::{Book, Tag, library};
use crate::support::{Outcome, in_order, says};
use orm::expr::{IntoExpr, Like, Lookup, lookup, transform};
use orm::model::Cardinality;
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows, assert_rows_unordered};

#[tokio::test]
async fn a_rollup_has_subtotals_and_a_total() -> Outcome {
    let db = library().await?;
    let pages = Book::objects()
        .values(|b| rollup((b.author().id(), b.in_print())))
        .annotate(|b| (b.pages().sum(), b.id().count()))
        .order_by(|b| (b.author().id(), b.in_print()));
    assert_eq!(
        pages.sql()?,
        "SELECT t0.\"author_id\", t0.\"in_print\", SUM(t0.\"pages\"), COUNT(t0.\"id\") FROM \
         \"library_book\" AS t0 GROUP BY ROLLUP ((t0.\"author_id\"), (t0.\"in_print\")) ORDER BY \
         t0.\"author_id\", t0.\"in_print\""
    );
    let expected = [
        (Some(1), Some(true), (Some(491), 2)),
        (Some(1), None, (Some(491), 2)),
        (Some(2), Some(false), (Some(10), 1)),
        (Some(2), Some(true), (Some(653), 2)),
        (Some(2), None, (Some(663), 3)),
        (None, None, (Some(1154), 5)),
    ];
    assert_rows!(pages.all(&db).await?, expected);
    assert_eq!(pages.count(&db).await?, 6);
    assert!(pages.exists(&db).await?);
    assert_rows!(pages.clone().slice(1..3).all(&db).await?, expected[1..3].to_vec());
    assert_eq!(pages.clone().first(&db).await?, Some(expected[0]));
    let nested = pages.nested().filter(|(author, _, (_, n))| author.isnull(false) & n.gt(2));
    assert_rows!(nested.all(&db).await?, [expected[4]]);
    Ok(())
}

#[tokio::test]
async fn grouping_tells_subtotals_from_nulls() -> Outcome {
    let db = library().await?;
    // Book 5 has no date, so that there is a group of NULL and a total.
    let years = Book::objects()
        .values(|b| (rollup(b.published().year()), grouping(b.published().year())))
        .annotate(|b| b.id().count())
        .filter(|b| b.id().count().gte(1));
    let rows = years.all(&db).await?;
    assert_eq!(rows.len(), 6);
    assert!(rows.contains(&(None, 0, 1)) && rows.contains(&(None, 1, 5)), "{rows:?}");
    let total = years.clone().filter(|b| grouping(b.published().year()).eq(1));
    assert_rows!(total.all(&db).await?, [(None, 1, 5)]);
    in_order(&total.sql()?, &["GROUPING(", "GROUP BY ROLLUP ((1))", "HAVING", "GROUPING("]);
    let ordered = years.order_by(|b| (grouping(b.published().year()).desc(), b.id().count()));
    assert_eq!(ordered.first(&db).await?, Some((None, 1, 5)));
    // Of several it is a number of bits.
    let bits = Book::objects()
        .values(|b| {
            (cube((b.author().id(), b.in_print())), grouping((b.author().id(), b.in_print())))
        })
        .annotate(|b| b.id().count())
        .filter(|b| grouping((b.author().id(), b.in_print())).gt(0));
    assert_rows_unordered!(
        bits.all(&db).await?,
        [
            ((Some(1), None), 1, 2),
            ((Some(2), None), 1, 3),
            ((None, Some(true)), 2, 4),
            ((None, Some(false)), 2, 1),
            ((None, None), 3, 5),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn sets_beside_plain_columns_and_of_several_columns() -> Outcome {
    let db = library().await?;
    let within = Book::objects()
        .values(|b| (b.in_print(), rollup(b.author().name())))
        .annotate(|b| b.id().count());
    assert_rows_unordered!(
        within.all(&db).await?,
        [
            (true, Some("Ursula".to_owned()), 2),
            (true, Some("Terry".to_owned()), 2),
            (true, None, 4),
            (false, Some("Terry".to_owned()), 1),
            (false, None, 1),
        ]
    );
    in_order(&within.sql()?, &["GROUP BY t0.\"in_print\", ROLLUP ((t1.\"name\"))"]);
    let named = Book::objects()
        .values(|b| {
            grouping_sets((b.author().id(), b.in_print()), |(author, in_print)| {
                [group_of((author, in_print)), group_of(in_print), group_of_all()]
            })
        })
        .annotate(|b| b.id().count());
    in_order(
        &named.sql()?,
        &["GROUPING SETS ((t0.\"author_id\", t0.\"in_print\"), (t0.\"in_print\"), ())"],
    );
    assert_eq!(named.count(&db).await?, 6);
    let together = Book::objects()
        .values(|b| rollup(((b.author().id(), b.in_print()), b.pages())))
        .annotate(|b| b.id().count());
    in_order(&together.sql()?, &["ROLLUP ((t0.\"author_id\", t0.\"in_print\"), (t0.\"pages\"))"]);
    assert_eq!(together.count(&db).await?, 9);
    // Over a to-many relation, and with aggregates over another one.
    let tags = Book::objects()
        .values(|b| rollup(b.tags().name()))
        .annotate(|b| b.pages().sum())
        .order_by(|b| b.tags().name().asc().nulls_last());
    let sums = tags.all(&db).await?.into_iter().map(|(_, n)| n).collect::<Vec<_>>();
    assert_eq!(sums.first().copied().flatten(), Some(858));
    let reviewed = Book::objects()
        .values(|b| rollup(b.author().id()))
        .annotate(|b| (b.id().count(), b.reviews().count(), b.tags().count()));
    assert_rows_unordered!(
        reviewed.all(&db).await?,
        [(Some(1), (2, 2, 2)), (Some(2), (3, 1, 4)), (None, (5, 3, 6))]
    );
    Ok(())
}

#[tokio::test]
async fn what_is_calculated_of_the_groups_follows_them() -> Outcome {
    let db = library().await?;
    let twice = Book::objects()
        .values(|b| rollup(b.pages()))
        .annotate(|b| (b.pages() * 2, b.id().count()))
        .order_by(|b| b.pages() + 1);
    in_order(&twice.sql()?, &["GROUP BY ROLLUP ((t0.\"pages\")) ORDER BY"]);
    assert_eq!(twice.count(&db).await?, 6);
    Ok(())
}

#[tokio::test]
async fn no_rows_still_have_a_total() -> Outcome {
    let db = library().await?;
    let none = Book::objects()
        .filter(|b| b.pages().gt(9000))
        .values(|b| rollup(b.author().id()))
        .annotate(|b| b.id().count());
    assert_rows!(none.all(&db).await?, [(None, 0)]);
    let empty: [i64; 0] = [];
    let none = Book::objects()
        .filter(|b| b.id().in_(empty))
        .values(|b| rollup(b.author().id()))
        .annotate(|b| b.id().count());
    assert_rows!(none.all(&db).await?, [(None, 0)]);
    assert_eq!(none.none().all(&db).await?, []);
    Ok(())
}

#[tokio::test]
async fn mistakes_in_groups_with_subtotals() -> Outcome {
    let db = library().await?;
    let foreign =
        Book::objects().values(|b| rollup(b.author().id())).annotate(|b| grouping(b.pages()));
    let annotated = Book::objects().annotate(|b| rollup(b.pages()));
    let again = Book::objects().values(|b| rollup(b.pages())).values(|b| b.pages());
    let outside = Book::objects().values(|b| grouping_sets(b.pages(), |_| [group_of(b.title())]));
    assert_num_queries!(db, 0, {
        says(
            &foreign.all(&db).await.expect_err("not a group"),
            &["`grouping`", "the same expression"],
        );
        says(&annotated.all(&db).await.expect_err("of rows"), &["`rollup`", "`values`"]);
        says(&again.all(&db).await.expect_err("selected again"), &["`.nested()`"]);
        says(
            &outside.all(&db).await.expect_err("no column"),
            &["`grouping_sets`", "not among its columns"],
        );
    });
    Ok(())
}

/// Lookups that compare texts whatever their case.
trait IgnoringCase<R, T: Column<Inner = String>, K: Cardinality> {
    fn ne_ci<V: IntoExpr<String, R>>(&self, value: V) -> Lookup<R, T, K, V::Null>;
    fn words(&self) -> Expr<R, Like<T, K, i32>>;
}

impl<R, T: Column<Inner = String>, K: Cardinality> IgnoringCase<R, T, K> for Expr<R, T, K> {
    fn ne_ci<V: IntoExpr<String, R>>(&self, value: V) -> Lookup<R, T, K, V::Null> {
        lookup(self, "UPPER($1) <> UPPER($2)", value)
    }
    fn words(&self) -> Expr<R, Like<T, K, i32>> {
        transform::<_, _, _, i32>(self, "CARDINALITY(REGEXP_SPLIT_TO_ARRAY($1, ' '))")
    }
}

#[tokio::test]
async fn lookups_and_transforms_of_ones_own() -> Outcome {
    let db = library().await?;
    let others = Book::objects()
        .filter(|b| b.title().ne_ci("mORT") & b.author().name().ne_ci("ursula"))
        .values(|b| b.title());
    assert_rows!(others.all(&db).await?, ["Gods", "Lost"]);
    // Over a path that may be NULL, and the other way round.
    let edited = Book::objects().exclude(|b| b.editor().name().ne_ci("TERRY"));
    assert_rows!(edited.values(|b| b.id()).all(&db).await?, [1, 2, 4, 5]);
    let words =
        Book::objects().filter(|b| b.title().words().gt(0)).values(|b| b.editor().name().words());
    assert_rows!(words.all(&db).await?, [Some(1), None, Some(1), None, None]);
    let cut = Book::objects()
        .filter(|b| b.id().eq(3))
        .values(|b| raw_expr::<String>("overlay($1 placing $2 from $3)", (b.title(), "xx", 2)));
    assert_rows!(cut.all(&db).await?, ["Mxxt"]);
    let (sql, params) = cut.sql_with_params()?;
    assert!(!sql.contains("xx") && params.len() == 3, "{sql}");
    let long = Book::objects().filter(|b| {
        raw_expr::<i32>("length($1) * $2", (b.author().name(), 10)).over().gt(b.pages())
    });
    assert_rows!(long.values(|b| b.id()).all(&db).await?, [5]);
    let refused = Book::objects().values(|b| raw_expr::<i32>("length($1)", (b.title(), 10)));
    says(&refused.all(&db).await.expect_err("one too many"), &["parameter 2 of 2"]);
    let foreign =
        Book::objects().values(|_| raw_expr::<String>("lower($1)", (Tag::paths().name(),)));
    assert!(matches!(foreign.all(&db).await, Err(Error::Usage(_))));
    Ok(())
}

#[tokio::test]
async fn places_of_several_values() -> Outcome {
    let db = library().await?;
    let place = Book::objects()
        .aggregate(&db, |b| b.author().id().rank_of(2).then_of(b.pages(), 300))
        .await?;
    assert_eq!(place, 5);
    let down = Book::objects()
        .aggregate(&db, |b| {
            let place = b.author().id().rank_of(2).then_of(b.pages(), 300);
            place.order_by((b.author().id(), b.pages().desc()))
        })
        .await?;
    assert_eq!(down, 4);
    let error = Book::objects()
        .aggregate(&db, |b| b.pages().rank_of(1).then_of(b.id(), 2).order_by(b.pages()))
        .await
        .expect_err("two values, one expression");
    says(&error, &["as many as there are values"]);
    let error = Book::objects().aggregate(&db, |b| b.pages().sum().then_of(b.id(), 2)).await;
    says(&error.expect_err("a sum has no place"), &["`then_of`", "`rank_of`"]);
    Ok(())
}
