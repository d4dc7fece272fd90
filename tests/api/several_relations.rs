//! Aggregates over several to-many relations: each is over its own rows, whatever else is joined.

use super::library::{Author, Book, Publisher, Review, library};
use crate::support::{Outcome, in_order, says};
use orm::Fields;
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows, assert_rows_unordered};

fn books() -> QuerySet<Book> {
    Book::objects().order_by(|b| b.id())
}

fn authors() -> QuerySet<Author> {
    Author::objects().order_by(|a| a.id())
}

#[tokio::test]
async fn each_has_a_subquery_of_its_own() -> Outcome {
    let db = library().await?;
    let counts = books().values(|b| (b.id(), b.tags().count(), b.reviews().count()));
    assert_rows!(counts.all(&db).await?, [(1, 1, 2), (2, 1, 0), (3, 2, 1), (4, 2, 0), (5, 0, 0)]);
    assert_eq!(
        counts.sql()?,
        "SELECT t0.\"id\", (SELECT COUNT(t1.\"tag_id\") FROM \"library_book_tags\" AS t1 WHERE \
         t1.\"book_id\" = t0.\"id\"), (SELECT COUNT(t2.\"id\") FROM \"library_review\" AS t2 WHERE \
         t2.\"book_id\" = t0.\"id\") FROM \"library_book\" AS t0 ORDER BY t0.\"id\""
    );
    assert_eq!(counts.count(&db).await?, 5);
    assert!(counts.exists(&db).await?);
    let (first, last) = (counts.clone().first(&db).await?, counts.clone().last(&db).await?);
    assert_eq!((first, last), (Some((1, 1, 2)), Some((5, 0, 0))));
    assert_rows!(counts.clone().slice(2..4).all(&db).await?, [(3, 2, 1), (4, 2, 0)]);
    let busy = counts.nested().filter(|(_, tags, reviews)| tags.gt(1) & reviews.gt(0));
    assert_rows!(busy.all(&db).await?, [(3, 2, 1)]);
    // One relation alone keeps its join.
    let one = books().values(|b| (b.id(), b.reviews().count(), b.reviews().stars().max()));
    in_order(&one.sql()?, &["COUNT(t1.", "MAX(t1.", "LEFT JOIN", "GROUP BY"]);
    Ok(())
}

#[tokio::test]
async fn the_joined_rows_where_they_are_asked_for() -> Outcome {
    let db = library().await?;
    let products = books()
        .values(|b| (b.id(), b.tags().count().over_join(), b.reviews().count().over_join()))
        .filter(|b| b.id().in_([1, 3]));
    assert_rows!(products.all(&db).await?, [(1, 2, 2), (3, 2, 2)]);
    // One that is joined beside one that is not.
    let mixed = books()
        .values(|b| (b.tags().count().over_join(), b.reviews().count()))
        .filter(|b| b.id().in_([1, 3]));
    assert_rows!(mixed.all(&db).await?, [(1, 2), (2, 1)]);
    // What does not depend on how often a row comes stays in the join.
    let distinct = books()
        .values(|b| (b.tags().count().distinct(), b.reviews().stars().max()))
        .filter(|b| b.id().in_([1, 3]));
    assert_rows!(distinct.all(&db).await?, [(1, Some(5)), (2, Some(4))]);
    in_order(&distinct.sql()?, &["COUNT(DISTINCT", "MAX(", "LEFT JOIN", "LEFT JOIN", "GROUP BY"]);
    Ok(())
}

#[tokio::test]
async fn no_row_is_what_the_join_gives() -> Outcome {
    let db = library().await?;
    let rows = books().filter(|b| b.id().in_([1, 5])).values(|b| {
        (
            b.tags().name().string_agg(", ").order_by(b.tags().name()),
            b.reviews().stars().array_agg().order_by(b.reviews().stars()),
            b.reviews().stars().sum().default(0),
            b.reviews().stars().avg(),
        )
    });
    assert_rows!(
        rows.all(&db).await?,
        [
            (Some("fantasy".to_owned()), Some(vec![Some(3), Some(5)]), 8, Some(4.0)),
            // As by LEFT JOIN: a list of the row that is missing.
            (None, Some(vec![None]), 0, None),
        ]
    );
    let alone = books().values(|b| b.reviews().stars().array_agg()).filter(|b| b.id().eq(5));
    assert_rows!(alone.all(&db).await?, [Some(vec![None])]);
    Ok(())
}

#[tokio::test]
async fn relations_below_one_another() -> Outcome {
    let db = library().await?;
    let counts = authors().values(|a| (a.books().count(), a.books().tags().count()));
    assert_rows!(counts.all(&db).await?, [(2, 2), (3, 4), (0, 0)]);
    let publishers = Publisher::objects().values(|p| {
        (
            p.books().count(),
            p.books().reviews().count(),
            p.books().tags().count(),
            p.books().pages().sum(),
        )
    });
    assert_rows!(publishers.all(&db).await?, [(2, 2, 2, Some(491))]);
    // Over a to-one relation first, and over one of its own.
    let reviews = Review::objects()
        .order_by(|r| r.id())
        .values(|r| (r.book().author().books().count(), r.book().tags().count()));
    assert_rows!(reviews.all(&db).await?, [(2, 1), (2, 1), (3, 2)]);
    let good = books().filter(|b| b.id().eq(1)).values(|b| {
        (b.reviews().joined_on(|r| r.stars().gt(3)).count(), b.reviews().count(), b.tags().count())
    });
    assert_rows!(good.all(&db).await?, [(1, 2, 1)]);
    Ok(())
}

#[tokio::test]
async fn conditions_on_them() -> Outcome {
    let db = library().await?;
    let n = |a: &Fields<Author>| a.books().count();
    let edited = |a: &Fields<Author>| a.edited().count();
    let authors = Author::objects()
        .annotate(n)
        .filter(|a| n(a).gt(1))
        .filter(|a| edited(a).gte(1))
        .order_by(|a| (edited(a).desc(), n(a).desc()));
    let found = authors.all(&db).await?;
    assert_rows!(found.iter().map(|(a, n)| (a.id, *n)).collect::<Vec<_>>(), [(2, 3), (1, 2)]);
    assert_eq!(authors.count(&db).await?, 2);
    let others = Author::objects().exclude(|a| n(a).gt(1) & edited(a).gte(1));
    assert_rows!(others.values(|a| a.id()).all(&db).await?, [3]);
    let among = Book::objects()
        .filter(|b| b.author().in_(Author::objects().filter(|a| n(a).eq(3) & edited(a).eq(1))));
    assert_eq!(among.count(&db).await?, 3);

    let two = Book::objects().filter(|b| b.tags().count().eq(2) & b.reviews().count().eq(1));
    assert_eq!(two.clone().update(&db, |b| b.pages().set(b.pages() + 1)).await?, 1);
    assert_eq!(two.values(|b| b.pages()).get(&db).await?, 273);
    let none = Book::objects().filter(|b| b.tags().count().eq(2) & b.reviews().count().eq(0));
    assert_eq!(none.delete(&db).await?.of::<Book>(), 1);
    Ok(())
}

#[tokio::test]
async fn rows_that_a_filter_joins_do_not_multiply() -> Outcome {
    let db = library().await?;
    // Book 1 has two such reviews, and one tag.
    let reviewed = books().filter(|b| b.reviews().stars().gt(1));
    let tags = reviewed.clone().values(|b| (b.id(), b.tags().count()));
    assert_rows!(tags.all(&db).await?, [(1, 1), (3, 2)]);
    in_order(
        &tags.sql()?,
        &["(SELECT COUNT(", "JOIN \"library_review\"", "WHERE", "GROUP BY t0.\"id\""],
    );
    assert_eq!(tags.count(&db).await?, 2);
    // Of the relation itself, the filter says which rows count.
    let both = books()
        .filter(|b| b.reviews().stars().gt(3))
        .values(|b| (b.id(), b.tags().count(), b.reviews().count()));
    assert_rows!(both.all(&db).await?, [(1, 1, 1), (3, 2, 1)]);
    let narrowed = books()
        .filter(|b| b.reviews().stars().gt(3))
        .filter(|b| b.tags().name().ne("humour"))
        .values(|b| (b.id(), b.tags().count(), b.reviews().count()));
    assert_rows!(narrowed.all(&db).await?, [(1, 1, 1), (3, 1, 1)]);
    // A filter that comes later joins rows of its own.
    let later = books()
        .annotate(|b| b.reviews().count())
        .filter(|b| b.reviews().stars().gt(1))
        .values(|b| (b.id(), b.reviews().count()));
    assert_rows!(later.all(&db).await?, [(1, 2), (3, 1)]);
    // The table between is that of the relation.
    let between = authors()
        .filter(|a| a.books().pages().gt(200))
        .values(|a| (a.books().count(), a.books().tags().count()));
    assert_rows!(between.all(&db).await?, [(2, 2), (2, 4)]);
    Ok(())
}

#[tokio::test]
async fn beside_columns_of_many_rows() -> Outcome {
    let db = library().await?;
    let rows = authors()
        .filter(|a| a.id().eq(1))
        .values(|a| (a.books().title(), a.books().count(), a.edited().count()));
    assert_rows_unordered!(
        rows.all(&db).await?,
        [(Some("Earthsea".to_owned()), 1, 1), (Some("Darkness".to_owned()), 1, 1)]
    );
    Ok(())
}

#[tokio::test]
async fn groups_of_several_rows() -> Outcome {
    let db = library().await?;
    let of_authors = || Book::objects().unordered().values(|b| b.author().id());
    let counts = of_authors().annotate(|b| (b.id().count(), b.reviews().count(), b.tags().count()));
    assert_rows_unordered!(counts.all(&db).await?, [(1, (2, 2, 2)), (2, (3, 1, 4))]);
    in_order(
        &counts.sql()?,
        &["COUNT(t0.\"id\")", "SUM((SELECT COUNT(", "SUM((SELECT COUNT(", "GROUP BY"],
    );
    let having = counts.filter(|b| b.reviews().count().gt(1));
    assert_rows!(having.all(&db).await?, [(1, (2, 2, 2))]);
    // A mean cannot be put together from those of rows: the rows are counted by their keys.
    let means = of_authors().annotate(|b| (b.id().count(), b.reviews().stars().avg()));
    assert_rows_unordered!(means.all(&db).await?, [(1, (2, Some(4.0))), (2, (3, Some(4.0)))]);
    in_order(&means.sql()?, &["COUNT(DISTINCT t0.\"id\")", "AVG(", "LEFT JOIN"]);
    let sums = of_authors()
        .annotate(|b| (b.pages().sum(), b.reviews().stars().sum(), b.tags().name().max()));
    let text = |text: &str| Some(text.to_owned());
    assert_rows_unordered!(
        sums.all(&db).await?,
        [(1, (Some(491), Some(8), text("science"))), (2, (Some(663), Some(4), text("humour")))]
    );
    let refused = of_authors().annotate(|b| (b.pages().sum(), b.reviews().stars().avg()));
    let error = assert_num_queries!(db, 0, refused.all(&db).await).expect_err("cannot be said");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`pages`", "`subquery_sum(…)`", "`.over_join()`"]);
    let joined =
        of_authors().annotate(|b| (b.pages().sum().over_join(), b.reviews().stars().avg()));
    assert_eq!(joined.count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn totals_of_all_rows() -> Outcome {
    let db = library().await?;
    let totals = Book::objects()
        .aggregate(&db, |b| (b.reviews().count(), b.tags().count(), b.id().count()))
        .await?;
    assert_eq!(totals, (3, 6, 5));
    let means =
        Book::objects().aggregate(&db, |b| (b.reviews().stars().avg(), b.id().count())).await?;
    assert_eq!(means, (Some(4.0), 5));
    let refused =
        Book::objects().aggregate(&db, |b| (b.reviews().stars().avg(), b.tags().count())).await;
    says(&refused.expect_err("both are multiplied"), &["`reviews.stars`", "`.over_join()`"]);
    let none =
        Book::objects().none().aggregate(&db, |b| (b.reviews().count(), b.tags().count())).await?;
    assert_eq!(none, (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_condition_over_two_relations_is_refused() -> Outcome {
    let db = library().await?;
    let either = books()
        .filter(|b| b.reviews().stars().gt(1) | b.tags().name().eq("x"))
        .values(|b| b.tags().count());
    let error = assert_num_queries!(db, 0, either.all(&db).await).expect_err("which tags count?");
    says(&error, &["`tags`", "`.distinct()`", "`.over_join()`"]);
    let distinct = books()
        .filter(|b| b.reviews().stars().gt(1) | b.tags().name().eq("x"))
        .values(|b| b.tags().count().distinct());
    assert_rows!(distinct.all(&db).await?, [1, 2]);
    Ok(())
}

/// What an aggregate is over does not depend on whether something is left of its condition, and in a
/// subquery it must read rows of that: the server takes it for one of the query around otherwise.
#[tokio::test]
async fn conditions_of_which_nothing_is_left() -> Outcome {
    let db = library().await?;
    let each = |b: &Fields<Book>| b.id().count().filter(b.reviews().stars().gt(1) | Q::all());
    let rows = books().values(|b| (b.id(), each(b), b.tags().count()));
    assert_rows!(rows.all(&db).await?, [(1, 2, 1), (2, 1, 1), (3, 1, 2), (4, 1, 2), (5, 1, 0)]);
    in_order(&rows.sql()?, &["COUNT(t0.\"id\")", "(SELECT COUNT(", "LEFT JOIN", "GROUP BY"]);
    // Nor is it moved for the sake of another: what does not depend on repeated rows goes instead.
    let rows = books().values(|b| (b.id(), each(b), b.tags().name().max())).limit(2);
    let text = |text: &str| Some(text.to_owned());
    assert_rows!(rows.all(&db).await?, [(1, 2, text("fantasy")), (2, 1, text("science"))]);
    // Where it stands beside rows that a filter joins, nothing is possible.
    let refused = books().filter(|b| b.tags().name().ne("x")).values(each);
    let error = assert_num_queries!(db, 0, refused.all(&db).await).expect_err("multiplied by tags");
    says(&error, &["`id`", "`.over_join()`"]);
    // The same of a condition of `filter`: the rows that it joins are there.
    let joined = books()
        .filter(|b| b.reviews().stars().gt(1) & Q::none() | b.id().lte(2))
        .values(|b| (b.id(), b.id().count(), b.tags().count()));
    assert_rows!(joined.all(&db).await?, [(1, 2, 1), (2, 1, 1)]);
    Ok(())
}

#[tokio::test]
async fn rows_themselves_beside_a_join_that_is_asked_for() -> Outcome {
    let db = library().await?;
    let rows = books().values(|b| (b.id(), b.id().count(), b.tags().count().over_join()));
    assert_rows!(rows.all(&db).await?, [(1, 1, 1), (2, 1, 1), (3, 1, 2), (4, 1, 2), (5, 1, 0)]);
    in_order(&rows.sql()?, &["COUNT(DISTINCT t0.\"id\")", "COUNT(t1.\"tag_id\")", "GROUP BY"]);
    let refused = books().values(|b| (b.pages().sum(), b.tags().count().over_join()));
    says(&refused.all(&db).await.expect_err("no keys of a sum"), &["`pages`", "`.over_join()`"]);
    Ok(())
}

/// The rows are counted by their keys over the join that is selected, also in a call of `filter`.
#[tokio::test]
async fn conditions_on_groups_by_columns_of_many_rows() -> Outcome {
    let db = library().await?;
    let named = Book::objects()
        .unordered()
        .filter(|b| b.reviews().stars().gte(1))
        .values(|b| b.tags().name())
        .filter(|b| b.tags().name().count().eq(2));
    assert_rows!(named.all(&db).await?, [Some("fantasy".to_owned())]);
    let sql = named.sql()?;
    assert_eq!(sql.matches("\"library_book_tags\"").count(), 1, "{sql}");
    in_order(&sql, &["GROUP BY", "HAVING", "COUNT(DISTINCT", "FILTER (WHERE"]);
    Ok(())
}

#[tokio::test]
async fn rows_of_a_slice_and_nested_rows() -> Outcome {
    let db = library().await?;
    let nested = books().limit(3).nested().annotate(|b| (b.reviews().count(), b.tags().count()));
    let counts = nested.all(&db).await?.into_iter().map(|(b, n)| (b.id, n)).collect::<Vec<_>>();
    assert_rows_unordered!(counts, [(1, (2, 1)), (2, (0, 1)), (3, (1, 2))]);
    Ok(())
}
