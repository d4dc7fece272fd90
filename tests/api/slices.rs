//! What may come after a slice, `distinct`, `distinct_on` and `values`, and what may not.

use super::library::{Author, Book, Tag, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows, assert_rows_unordered};

fn by_id() -> QuerySet<Book> {
    Book::objects().order_by(|b| b.id())
}

#[tokio::test]
async fn a_slice_is_not_ordered_again() -> Outcome {
    let db = library().await?;
    let two = || by_id().limit(2);
    let cut = "once a slice has been taken";
    let refused = [
        (two().order_by(|b| b.id().desc()).sql(), "order first"),
        (two().order_by_names(["-id"], &["id"])?.sql(), "order first"),
        (two().unordered().sql(), "order first"),
        (two().reverse().sql(), "reverse first"),
        (two().distinct().sql(), ".nested()"),
        (two().distinct_on(|b| b.id()).sql(), ".nested()"),
        (by_id().offset(1).reverse().sql(), "reverse first"),
        (by_id().slice(1..2).nested().limit(1).order_by(|b| b.title()).sql(), "order first"),
    ];
    for (sql, cure) in refused {
        says(&sql.expect_err("a slice"), &[cut, cure]);
    }
    let error = two().reverse().all(&db).await.expect_err("a slice");
    says(&error, &["cannot reverse", cut]);
    says(&two().reverse().count(&db).await.expect_err("a slice"), &["cannot reverse"]);
    // What is meant is said by `nested`.
    let turned = two().nested().order_by(|b| b.id().desc()).all(&db).await?;
    assert_rows!(turned.iter().map(|b| b.id).collect::<Vec<_>>(), [2, 1]);
    assert_rows!(
        titles(&two().limit(1).all(&db).await?),
        titles(&by_id().limit(1).all(&db).await?)
    );
    Ok(())
}

#[tokio::test]
async fn contains_is_true_of_what_all_returns() -> Outcome {
    let db = library().await?;
    let every = by_id().all(&db).await?;
    let sets = [
        by_id(),
        by_id().limit(2),
        by_id().slice(1..3),
        by_id().offset(4),
        by_id().filter(|b| b.pages().gt(250)).limit(1),
        Book::objects().order_by(|b| b.pages().desc()).limit(1),
        Book::objects().order_by(|b| (b.author(), b.id())).distinct_on(|b| b.author()),
        Book::objects().filter(|b| b.tags().name().gte("")).distinct(),
        by_id().limit(0),
        by_id().none(),
    ];
    for set in sets {
        let rows = set.all(&db).await?;
        for book in &every {
            let sql = set.sql().unwrap_or_default();
            assert_eq!(set.contains(&db, book).await?, rows.contains(book), "{}: {sql}", book.id);
        }
    }
    let titles = by_id().values(|b| b.title());
    says(
        &titles.contains(&db, &every[0]).await.expect_err("no books"),
        &["`contains` after `values`"],
    );
    let error = by_id().distinct_on(|b| b.id()).get_by_key(&db, 1).await.expect_err("not one");
    says(&error, &["`get_by_key` after `distinct_on`", ".nested()"]);
    Ok(())
}

#[tokio::test]
async fn a_slice_is_one_side_of_or() -> Outcome {
    let db = library().await?;
    let ids = async |set: QuerySet<Book>| set.values(|b| b.id()).all(&db).await;
    let first = || by_id().limit(1);
    let fifth = || Book::objects().filter(|b| b.id().eq(5));
    assert_rows_unordered!(ids(first() | fifth()).await?, [1, 5]);
    assert_rows_unordered!(ids(fifth() | by_id().slice(1..3)).await?, [5, 2, 3]);
    assert_rows_unordered!(ids(by_id().limit(3) ^ by_id().slice(1..5)).await?, [1, 4, 5]);
    let error = (first() & fifth()).all(&db).await.expect_err("as in Django");
    says(&error, &["cannot combine", "once a slice has been taken"]);
    Ok(())
}

#[tokio::test]
async fn rows_of_values_are_not_changed() -> Outcome {
    let db = library().await?;
    let refused = "after `values`";
    let counted = || Book::objects().values(|b| b.author()).annotate(|b| b.id().count());
    let error = counted().delete(&db).await.expect_err("groups");
    says(&error, &["`delete`", refused]);
    let error = counted().update(&db, |b| b.pages().set(1)).await.expect_err("groups");
    says(&error, &["`update`", refused]);
    let many = counted().filter(|b| b.id().count().gt(1));
    says(&many.delete(&db).await.expect_err("groups"), &["`delete`", refused]);
    let titles = Book::objects().values(|b| b.title());
    says(&titles.delete(&db).await.expect_err("values"), &["`delete`", refused]);
    says(&titles.distinct().delete(&db).await.expect_err("values"), &["`delete`", refused]);
    assert_eq!(Book::objects().count(&db).await?, 5);
    // Groups of the model's own rows can be changed.
    let untagged = Book::objects().filter(|b| b.tags().count().eq(0));
    let pages = untagged.count(&db).await?;
    assert_eq!(untagged.update(&db, |b| b.pages().set(1)).await?, pages);
    Ok(())
}

#[tokio::test]
async fn aggregate_takes_aggregates() -> Outcome {
    let db = library().await?;
    let refused = [
        Book::objects().aggregate(&db, |_| raw_expr::<i32>("pages", vec![])).await.map(drop),
        Book::objects().order_by(|b| b.id()).aggregate(&db, |b| b.title().lower()).await.map(drop),
        Book::objects()
            .aggregate(&db, |b| (b.title().lower(), b.author().name().upper()))
            .await
            .map(drop),
        Book::objects().none().aggregate(&db, |b| b.tags().name().lower()).await.map(drop),
        Book::objects().limit(2).aggregate(&db, |b| b.pages() + 1).await.map(drop),
    ];
    for result in refused {
        says(&result.expect_err("no aggregate"), &["`aggregate` takes aggregates", "`.max()`"]);
    }
    let mixed = Book::objects().aggregate(&db, |b| (b.title().lower(), b.pages().max())).await;
    says(&mixed.expect_err("no aggregate"), &["`aggregate` takes aggregates"]);
    let beside = Book::objects().aggregate(&db, |b| b.pages().max() - b.pages()).await;
    says(&beside.expect_err("of each row"), &["`pages` beside an aggregate"]);
    Ok(())
}

#[tokio::test]
async fn prefetches_are_what_each_parent_has() -> Outcome {
    let db = library().await?;
    Book::objects()
        .bulk_create(
            &db,
            [(1, 77), (2, 77), (1, 88), (2, 88), (1, 99)]
                .map(|(author, pages)| draft!(Book { title: "More", pages, author })),
        )
        .await?;
    let tags = Tag::objects().all(&db).await?;
    for book in by_id().filter(|b| b.title().eq("More")).all(&db).await? {
        book.tags().add(&db, &tags).await?;
    }
    macro_rules! same {
        ($parent:ty, $set:ident, |$books:ident| $of:expr) => {{
            let rows = <$parent>::objects()
                .prefetch_related(|a| {
                    let $books = a.$set().objects();
                    $of
                })
                .order_by(|a| a.id());
            let rows = assert_num_queries!(&db, 2, rows.all(&db).await?);
            for (parent, children) in rows {
                let $books = parent.$set();
                let alone = $of.all(&db).await?;
                let ids = |rows: &[_]| rows.iter().map(Model::pk).collect::<Vec<_>>();
                assert_eq!(ids(&children), ids(&alone), "{} of {}", stringify!($of), parent.id);
            }
        }};
    }
    same!(Author, books, |b| b.order_by(|b| b.id()).limit(2));
    same!(Author, books, |b| b
        .filter(|b| b.tags().name().gte(""))
        .distinct()
        .order_by(|b| b.id())
        .limit(2));
    same!(Author, books, |b| b
        .filter(|b| b.tags().name().gte(""))
        .distinct()
        .order_by(|b| b.id().desc())
        .slice(1..3));
    same!(Author, books, |b| b.filter(|b| b.tags().name().gte("")).distinct().order_by(|b| b.id()));
    same!(Author, books, |b| b.distinct_on(|b| b.title()).order_by(|b| (b.title(), b.id())));
    same!(Author, books, |b| b
        .distinct_on(|b| b.pages())
        .order_by(|b| (b.pages(), b.id()))
        .limit(1));
    same!(Tag, books, |b| b.distinct_on(|b| b.author()).order_by(|b| (b.author(), b.id())));
    same!(Tag, books, |b| b
        .distinct_on(|b| b.pages())
        .order_by(|b| (b.pages().desc(), b.id()))
        .slice(1..3));
    same!(Tag, books, |b| b
        .filter(|b| b.author().pupils().name().gte(""))
        .distinct()
        .order_by(|b| b.id())
        .limit(2));
    Ok(())
}

#[tokio::test]
async fn a_row_too_many_is_found_before_anything_is_prefetched() -> Outcome {
    let db = library().await?;
    let authors = Author::objects().prefetch_related(|a| (a.books(), a.edited()));
    let error = assert_num_queries!(&db, 1, authors.get(&db).await.expect_err("several"));
    assert!(matches!(error, Error::MultipleObjectsReturned { .. }), "{error}");
    let error = assert_num_queries!(&db, 1, authors.get_opt(&db).await.expect_err("several"));
    assert!(matches!(error, Error::MultipleObjectsReturned { .. }), "{error}");
    Ok(())
}

#[tokio::test]
async fn distinct_on_takes_an_expression_that_is_said_twice() -> Outcome {
    let db = library().await?;
    let name = |b: &orm::Fields<Book>| concat((b.author().name(), "!"));
    let once = Book::objects().distinct_on(name).order_by(|b| (name(b), b.id()));
    let twice = Book::objects().distinct_on(|b| (name(b), name(b)));
    let twice = twice.order_by(|b| (name(b), name(b), b.id()));
    assert_eq!(titles(&twice.all(&db).await?), titles(&once.all(&db).await?));
    // Two ways to one column.
    let key = Book::objects().distinct_on(|b| (b.author(), b.author().id()));
    let key = key.order_by(|b| (b.author(), b.author().id(), b.pages(), b.id()));
    assert!(
        key.sql()?.contains("ORDER BY t0.\"author_id\", t0.\"author_id\", t0.\"pages\""),
        "{}",
        key.sql()?
    );
    assert!(!key.all(&db).await?.is_empty());
    // The second one comes late.
    let two = Book::objects().distinct_on(|b| (name(b), b.title()));
    let late = two.order_by(|b| (name(b), name(b), b.id())).all(&db).await;
    says(&late.expect_err("`title` does not follow"), &["`order_by` must begin"]);
    Ok(())
}

#[tokio::test]
async fn limit_and_offset_are_said_in_any_order() -> Outcome {
    let db = library().await?;
    let ids = async |books: QuerySet<Book>| books.values(|b| b.id()).all(&db).await;
    assert_eq!(ids(by_id().limit(2).offset(2)).await?, [3, 4]);
    assert_eq!(ids(by_id().offset(2).limit(2)).await?, [3, 4]);
    assert_eq!(ids(by_id().offset(1).limit(2).offset(1)).await?, [3, 4]);
    assert_eq!(ids(by_id().limit(2).limit(3)).await?, [1, 2]);
    // Parts of parts.
    assert_eq!(ids(by_id().slice(1..4).slice(1..)).await?, [3, 4]);
    assert_eq!(ids(by_id().slice(..3).slice(2..9)).await?, [3]);
    assert_eq!(ids(by_id().slice(1..3).slice(2..)).await?, [0; 0]);
    assert_eq!(ids(by_id().limit(3).slice(1..)).await?, [2, 3]);
    assert_eq!(by_id().slice(1..3).nth(&db, 1).await?.id, 3);
    assert!(by_id().slice(1..3).nth(&db, 2).await.is_err());
    Ok(())
}

#[tokio::test]
async fn no_row_is_looked_for_in_a_slice() -> Outcome {
    let db = library().await?;
    let new = || draft!(Tag { name: "new" });
    let some = || Tag::objects().order_by(|t| t.id()).limit(1);
    let cut = "cannot look for a row once a slice has been taken";
    let got = some().get_or_create(&db, |t| t.name().eq("new"), new()).await;
    says(&got.expect_err("a slice"), &[cut]);
    let got = some().update_or_create(&db, |t| t.name().eq("new"), new()).await;
    says(&got.expect_err("a slice"), &[cut]);
    assert!(!Tag::objects().filter(|t| t.name().eq("new")).exists(&db).await?);
    Ok(())
}

#[tokio::test]
async fn rows_of_nested_that_are_of_no_model_have_no_key() -> Outcome {
    let db = library().await?;
    let rows = || Book::objects().values(|b| (b.pages(), b.author().name())).nested();
    let no_rows_of = "no rows of `Book` any more";
    let book = by_id().get_by_key(&db, 1).await?;
    says(&rows().first(&db).await.expect_err("no ordering"), &[no_rows_of]);
    says(&rows().last(&db).await.expect_err("no ordering"), &[no_rows_of]);
    says(&rows().contains(&db, &book).await.expect_err("no books"), &[no_rows_of]);
    says(&rows().get_by_key(&db, 1).await.expect_err("no books"), &[no_rows_of]);
    says(
        &rows().values(|(p, _)| p.clone()).first(&db).await.expect_err("no ordering"),
        &[no_rows_of],
    );
    let most = rows().order_by(|(pages, _)| pages.desc()).first(&db).await?;
    let most_pages = Book::objects().aggregate(&db, |b| b.pages().max()).await?;
    assert_eq!(most.map(|(pages, _)| pages), most_pages);
    let latest = rows().latest_by(&db, |(pages, _)| pages.clone()).await?;
    assert_eq!(Some(latest.0), most_pages);
    // Where a model is in the row, its key is.
    let with_count = Book::objects().annotate(|b| b.tags().count()).nested();
    assert_eq!(with_count.first(&db).await?.map(|(b, _)| b.id), Some(1));
    Ok(())
}

#[tokio::test]
async fn the_server_keeps_a_plan_of_a_short_limit() -> Outcome {
    let db = library().await?;
    let more =
        "INSERT INTO library_tag (name) SELECT 'tag ' || n FROM generate_series(1, 2000) AS n";
    db.batch_execute(&format!("{more}; ANALYZE library_tag")).await?;
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    for (limit, text) in [(20, "LIMIT 20"), (100, "LIMIT 100"), (101, "LIMIT $2")] {
        let tags = Tag::objects().filter(|t| t.id().gt(10)).order_by(|t| t.id()).limit(limit);
        assert!(tags.sql()?.ends_with(text), "{}", tags.sql()?);
        for _ in 0..10 {
            assert_eq!(tags.all(&one).await?.len() as u64, limit);
        }
    }
    // Of ten executions the first five are planned for their values. Then the plan for all of them looks
    // no dearer, or it does: of a parameter a tenth of the rows is assumed.
    let kept = "SELECT right(statement, 4), generic_plans FROM pg_prepared_statements \
                WHERE statement LIKE '%library_tag%LIMIT%' ORDER BY prepare_time";
    let kept: Vec<(String, i64)> = one.query_as(kept, orm::params![]).await?;
    assert_eq!(kept[..2], [("T 20".to_owned(), 5), (" 100".to_owned(), 5)]);
    one.close().await;
    Ok(())
}
