//! Queries inside of queries: wherever an expression stands.

use super::library::{Author, Book, Review, Tag, library};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_rows};

/// The pages of the longest book.
fn most<R: Model>() -> Expr<R, Option<i32>> {
    subquery(Book::objects().order_by(|b| b.pages().desc()).values(|b| b.pages()).limit(1))
}

#[tokio::test]
async fn drafts_hold_subqueries() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let longer = coalesce((most(), 0));
    let book = draft!(Book { title: "Next", pages: longer, author: 1 }).save(&db).await?;
    assert_eq!(book.pages, 381);
    let sent = counter.statements().concat();
    assert!(
        sent.contains(
            "COALESCE((SELECT t1.\"pages\" FROM \"library_book\" AS t1 ORDER BY t1.\"pages\" DESC LIMIT \
             1), $"
        ),
        "{sent}"
    );
    // A nullable field takes it as it is; many drafts; drafts that are there already.
    let published =
        || subquery(Book::objects().order_by(|b| b.id()).values(|b| b.published()).limit(1));
    let drafts = ["a", "b"].map(|title| {
        draft!(Book { title, pages: subquery_count(Tag::objects()).cast::<i32>(), author: 2 })
            .with(|b| b.published, published())
    });
    let books = Book::objects().bulk_create(&db, drafts).await?;
    assert_eq!(books[1].published, NaiveDate::from_ymd_opt(1968, 11, 1));
    assert_eq!((books[0].pages, books[1].pages), (4, 4));
    let (tag, created) =
        Tag::objects().get_or_create(&db, |t| t.name(), draft!(Tag { name: "new" })).await?;
    assert!(created && tag.name == "new");
    // No row, where there must be one.
    let nobody = Book::objects().filter(|b| b.id().eq(99)).values(|b| b.pages());
    let none = draft!(Book { title: "none", pages: coalesce((subquery(nobody), 7)), author: 1 });
    assert_eq!(none.save(&db).await?.pages, 7);
    // The row that is inserted is not there to be referred to.
    let own = subquery(
        Book::objects()
            .filter(|b| b.title().eq(outer_ref(Book::paths().title())))
            .values(|b| b.pages().max()),
    );
    let failed =
        draft!(Book { title: "own", pages: coalesce((own, 1)), author: 1 }).save(&db).await;
    assert!(matches!(failed, Err(Error::Usage(_))), "{failed:?}");
    Ok(())
}

#[tokio::test]
async fn outer_references_reach_over_two_queries() -> Outcome {
    let db = library().await?;
    // Authors with a book that has a review of as many stars as the author has books.
    let authors = Author::objects().filter(|a| {
        exists(Book::objects().filter(|b| {
            b.author().eq(outer_ref(a.pk()))
                & exists(Review::objects().filter(|r| {
                    r.book().eq(outer_ref(b.pk()))
                        & r.stars().eq(outer_ref(a.id().cast::<i32>()) + 2)
                }))
        }))
    });
    // Ursula (1) has a book with 3 stars, Terry (2) one with 4.
    let names = authors.order_by(|a| a.id()).values(|a| a.name());
    assert_rows!(names.all(&db).await?, ["Ursula", "Terry"].map(str::to_owned));
    Ok(())
}

#[tokio::test]
async fn subqueries_stand_in_changes_orderings_and_aggregates() -> Outcome {
    let db = library().await?;
    let stars = |b: &orm::Fields<Book>| {
        subquery_max(
            Review::objects().filter(|r| r.book().eq(outer_ref(b.pk()))).values(|r| r.stars()),
        )
    };
    // Ordered by, selected, filtered by, and counted.
    let best = Book::objects().order_by(|b| (stars(b).desc().nulls_last(), b.id()));
    let titles = best.clone().limit(2).values(|b| b.title());
    assert_rows!(titles.all(&db).await?, ["Earthsea", "Mort"].map(str::to_owned));
    assert_eq!(best.filter(|b| stars(b).gte(4)).count(&db).await?, 2);
    // In aggregates, and of aggregates.
    let total = Book::objects().aggregate(&db, |b| (stars(b).sum(), stars(b).count())).await?;
    assert_eq!(total, (Some(9), 2));
    let by_author = Book::objects()
        .values(|b| b.author().name())
        .annotate(|b| stars(b).max())
        .order_by(|b| b.author().name());
    let expected = [("Terry", 4), ("Ursula", 5)];
    assert_eq!(by_author.all(&db).await?, expected.map(|(name, n)| (name.to_owned(), Some(n))));
    // In `case`.
    let kinds = Book::objects().order_by(|b| b.id()).values(|b| {
        case()
            .when(stars(b).gte(5), "good")
            .when(stars(b).isnull(true), "unknown")
            .otherwise("fair")
    });
    assert_rows!(
        kinds.all(&db).await?,
        ["good", "unknown", "fair", "unknown", "unknown"].map(str::to_owned)
    );
    // In `update`, of its own row and of its own table.
    let counter = QueryCounter::new(&db);
    let n = Book::objects()
        .filter(|b| exists(Review::objects().filter(|r| r.book().eq(outer_ref(b.pk())))))
        .update(&db, |b| b.pages().set(coalesce((stars(b), 0))))
        .await?;
    assert_eq!(n, 2);
    assert_eq!(
        counter.statements(),
        ["UPDATE \"library_book\" AS t0 SET \"pages\" = COALESCE((SELECT MAX(t2.\"stars\") FROM \
          \"library_review\" AS t2 WHERE t2.\"book_id\" = t0.\"id\"), $1) WHERE EXISTS (SELECT 1 FROM \
          \"library_review\" AS t1 WHERE t1.\"book_id\" = t0.\"id\")"]
    );
    let pages = Book::objects().values(|b| b.pages()).all(&db).await?;
    assert_eq!(pages, [5, 286, 4, 381, 10]);
    // Keys by a subquery, and rows that are found by one.
    let terry = || subquery(Author::objects().filter(|a| a.id().eq(2)).values(|a| a.id()));
    let longest = Book::objects()
        .filter(|b| b.pages().eq(most()))
        .update_returning(&db, |b| {
            (b.editor().set(terry()), b.pages().set(coalesce((most(), 0)) + 1))
        })
        .await?;
    let [gods] = &longest[..] else { panic!("one: {longest:?}") };
    assert_eq!((&*gods.title, gods.pages, gods.editor.map(|e| e.pk())), ("Gods", 382, Some(2)));
    Ok(())
}

#[tokio::test]
async fn subqueries_stand_in_deletions_and_exists_of_sets() -> Outcome {
    let db = library().await?;
    let books = || Book::objects().filter(|b| b.pages().gt(300)).values(|b| b.author().id());
    let edited =
        || Book::objects().filter(|b| b.editor().isnull(false)).values(|b| b.author().id());
    // Members of a set of rows, and whether it has any.
    let some = Author::objects().filter(|a| a.id().in_(books().union(edited())));
    assert_eq!(some.count(&db).await?, 2);
    let both = Author::objects().filter(|a| a.id().in_(books().intersection(edited())));
    assert_rows!(both.values(|a| a.name()).all(&db).await?, ["Terry".to_owned()]);
    let any = Author::objects().filter(|a| {
        exists(
            Book::objects()
                .filter(|b| b.author().eq(outer_ref(a.pk())))
                .union(Book::objects().filter(|b| b.editor().eq(outer_ref(a.pk())))),
        )
    });
    assert_rows!(
        any.order_by(|a| a.id()).values(|a| a.name()).all(&db).await?,
        ["Ursula", "Terry"].map(str::to_owned)
    );
    let none = Author::objects().filter(|_| exists(books().difference(books())));
    assert_eq!(none.count(&db).await?, 0);
    // What is deleted by a subquery of the same rows.
    let gone = Review::objects()
        .filter(|r| {
            r.stars().lt(subquery(
                Review::objects().order_by(|r| r.stars().desc()).values(|r| r.stars()).limit(1),
            ))
        })
        .delete(&db)
        .await?;
    assert_eq!(gone.total, 2);
    let unread = Book::objects()
        .exclude(|b| exists(Review::objects().filter(|r| r.book().eq(outer_ref(b.pk())))));
    assert_eq!(unread.delete(&db).await?.of::<Book>(), 4);
    says(&Book::objects().limit(1).delete(&db).await.unwrap_err(), &["limit"]);
    Ok(())
}
