//! `update` of query sets: by expressions, over relations, from subqueries.

use super::library::{Author, Book, Review, library, titles};
use crate::support::{Outcome, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use std::sync::{Arc, Mutex};

/// The statements that a pool runs from now on.
fn watched(db: &Database) -> (Arc<Mutex<Vec<String>>>, impl Drop + use<>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = seen.clone();
    let watch = db.on_query(move |event| {
        into.lock().unwrap_or_else(|e| e.into_inner()).push(event.sql.to_owned());
    });
    (seen, Watch(Some(watch)))
}

struct Watch<T>(Option<T>);

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        self.0.take();
    }
}

#[tokio::test]
async fn values_come_from_related_rows() -> Outcome {
    let db = library().await?;
    let (seen, _watch) = watched(&db);
    let set = |b: &orm::Fields<Book>| {
        let by = concat((b.title(), " by ", b.author().name()));
        (b.title().set(by), b.pages().set(b.pages() + 1))
    };
    let first_three = Book::objects().filter(|b| b.id().lte(3));
    assert_eq!(first_three.update(&db, set).await?, 3);
    let sql = seen.lock().unwrap_or_else(|e| e.into_inner()).concat();
    in_order(
        &sql,
        &[
            "UPDATE \"library_book\" AS t0 SET \"title\" = ",
            " FROM \"library_book\" AS t1 JOIN \"library_author\" AS t2 ON ",
            " WHERE t0.\"id\" = t1.\"id\" AND t0.\"id\" <= $",
        ],
    );
    let books = Book::objects().all(&db).await?;
    assert_rows!(
        titles(&books),
        ["Earthsea by Ursula", "Darkness by Ursula", "Mort by Terry", "Gods", "Lost"]
    );
    assert_eq!(books.iter().map(|b| b.pages).collect::<Vec<_>>(), [206, 287, 273, 381, 10]);
    Ok(())
}

#[tokio::test]
async fn a_row_without_a_related_one_is_updated_too() -> Outcome {
    let db = library().await?;
    // Of five books two have an editor.
    let updated = Book::objects()
        .update(&db, |b| b.title().set(coalesce((b.editor().name(), "nobody"))))
        .await?;
    assert_eq!(updated, 5);
    let books = Book::objects().all(&db).await?;
    assert_rows!(titles(&books), ["Terry", "nobody", "Ursula", "nobody", "nobody"]);
    // Two keys away, with a condition over another relation, and a row of one's own.
    let american = Book::objects().filter(|b| b.tags().name().eq("fantasy"));
    let country = american.update(&db, |b| {
        b.title().set(coalesce((b.publisher().country().name(), b.author().name())))
    });
    assert_eq!(country.await?, 3);
    assert_rows!(
        titles(&Book::objects().all(&db).await?),
        ["Chile", "nobody", "Terry", "Terry", "nobody"]
    );
    let mut lost = Book::objects().last(&db).await?.expect("a book");
    let by =
        |b: &orm::Fields<Book>| b.title().set(coalesce((b.author().mentor().name(), b.title())));
    assert_num_queries!(db, 1, lost.update(&db, by).await?);
    assert_eq!(lost.title, "Ursula");
    // NULL for a column that has none does not compile; where the types do not show it, it is the
    // database's to refuse, and nothing is changed.
    let null = || raw_expr::<String>("NULL", params![]);
    let error = Book::objects().update(&db, |b| b.title().set(null())).await;
    assert!(matches!(error, Err(Error::NotNull(_))), "{error:?}");
    assert_eq!(Book::objects().filter(|b| b.title().eq("Ursula")).count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn values_come_from_subqueries() -> Outcome {
    let db = library().await?;
    let stars = |b: &orm::Fields<Book>| -> orm::Expr<Book, Option<i32>> {
        let of_book = Review::objects()
            .filter(|r| r.book().eq(outer_ref(b.id())))
            .order_by(|r| r.stars().desc());
        subquery(of_book.values(|r| r.stars()).limit(1))
    };
    let set = |b: &orm::Fields<Book>| b.pages().set(coalesce((stars(b), 0)));
    assert_eq!(Book::objects().update(&db, set).await?, 5);
    let pages = Book::objects().order_by(|b| b.id()).values(|b| b.pages());
    assert_rows!(pages.all(&db).await?, [5, 0, 4, 0, 0]);
    // What the subquery asks of the row around it can be a relation away.
    let namesake = |b: &orm::Fields<Book>| -> orm::Expr<Book, Option<i64>> {
        let same = Author::objects().filter(|a| a.name().eq(outer_ref(b.author().name())));
        subquery(same.values(|a| a.id()).limit(1))
    };
    let set = |b: &orm::Fields<Book>| b.pages().set(coalesce((namesake(b).cast::<i32>(), 0)));
    assert_eq!(Book::objects().filter(|b| b.id().gt(2)).update(&db, set).await?, 3);
    assert_rows!(pages.all(&db).await?, [5, 0, 2, 2, 2]);
    // A key takes the key of a related row.
    Book::objects().update(&db, |b| b.editor().set(b.author().mentor())).await?;
    let editors = Book::objects().order_by(|b| b.id()).values(|b| b.editor().id());
    assert_rows!(editors.all(&db).await?, [None, None, Some(1), Some(1), Some(1)]);
    Ok(())
}

#[tokio::test]
async fn what_a_column_cannot_take_is_said() -> Outcome {
    let db = library().await?;
    let before = Book::objects().all(&db).await?;
    let many =
        Book::objects().update(&db, |b| b.title().set(coalesce((b.tags().name(), "x")))).await;
    says(&many.expect_err("many rows"), &["`tags`", "`subquery(…)`", "limit(1)"]);
    let error =
        Book::objects().update(&db, |b| b.pages().set(coalesce((b.pages().max() + 1, 0)))).await;
    says(&error.expect_err("an aggregate"), &["`pages`", "aggregate", "`subquery(…)`"]);
    let books = Book::objects();
    let set = |b: &orm::Fields<Book>| b.pages().set(1);
    for (query_set, part) in [
        (books.clone().limit(2), "`limit`"),
        (books.clone().offset(1), "`offset`"),
        (books.clone().distinct_on(|b| b.author()), "`distinct_on`"),
    ] {
        let error = query_set.update(&db, set).await.expect_err(part);
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, &["`update`", part, "`in_`"]);
        let error = query_set.update_returning(&db, set).await.expect_err(part);
        says(&error, &["`update`", part, "`in_`"]);
    }
    // The cure that they name.
    let first = books.clone().order_by(|b| b.id()).limit(2).values(|b| b.id());
    assert_eq!(books.filter(|b| b.id().in_(first)).update(&db, set).await?, 2);
    let after = Book::objects().all(&db).await?;
    assert_eq!(before[2..], after[2..]);
    assert_eq!((after[0].pages, after[1].pages), (1, 1));
    Ok(())
}

#[tokio::test]
async fn returned_rows_are_the_new_ones() -> Outcome {
    let db = library().await?;
    let terrys = Book::objects().filter(|b| b.author().name().eq("Terry"));
    let set = |b: &orm::Fields<Book>| b.title().set(concat((b.author().name(), "'s")));
    let mut books = assert_num_queries!(db, 1, terrys.update_returning(&db, set).await?);
    books.sort_by_key(|b| b.id);
    assert_rows!(titles(&books), ["Terry's", "Terry's", "Terry's"]);
    let kept = terrys.order_by(|b| b.id()).all(&db).await?;
    assert_eq!(books, kept);
    let none = Book::objects().none();
    let nothing = assert_num_queries!(db, 0, none.update_returning(&db, set).await?);
    assert!(nothing.is_empty());
    Ok(())
}

#[tokio::test]
async fn deleted_rows_are_returned_as_they_were() -> Outcome {
    let db = library().await?;
    let terrys = Book::objects().filter(|b| b.author().name().eq("Terry"));
    let before = terrys.clone().order_by(|b| b.id()).all(&db).await?;
    let mut gone = assert_num_queries!(db, 4, terrys.delete_returning(&db).await?);
    gone.sort_by_key(|b| b.id);
    assert_eq!(gone, before);
    assert_rows!(titles(&Book::objects().all(&db).await?), ["Earthsea", "Darkness"]);
    // Their reviews went with them, by the database.
    assert_eq!(Review::objects().count(&db).await?, 2);
    assert!(terrys.delete_returning(&db).await?.is_empty());
    let nothing = assert_num_queries!(db, 0, terrys.clone().none().delete_returning(&db).await?);
    assert!(nothing.is_empty());
    let error = Book::objects().limit(1).delete_returning(&db).await.expect_err("a slice");
    says(&error, &["`delete`", "`in_`"]);
    Ok(())
}

/// Somebody else moves a book to another author while it is updated by its author's name: it waits,
/// and is updated all the same.
#[tokio::test]
async fn a_row_that_changes_meanwhile_is_not_passed_over() -> Outcome {
    let db = library().await?;
    let tx = db.begin().await?;
    let mort = Book::objects().filter(|b| b.title().eq("Mort"));
    mort.update(&tx, |b| (b.author().set(1), b.pages().set(1))).await?;
    let update = mort.update(&db, |b| {
        (b.pages().set(b.pages() + 1), b.title().set(concat((b.title(), b.author().name()))))
    });
    let update = async {
        let updated = update.await?;
        Ok::<_, Error>(updated)
    };
    let commit = async {
        // Until the other one waits for this row.
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while crate::support::scalar::<i64>(&db, waiting).await? == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        tx.commit().await
    };
    let (updated, committed) = tokio::join!(update, commit);
    committed?;
    assert_eq!(updated?, 1);
    let mort = Book::objects().filter(|b| b.id().eq(3)).get(&db).await?;
    // Its own columns are the newest, what came over the relation is as of the statement's start.
    assert_eq!((mort.pages, mort.title.as_str()), (2, "MortTerry"));
    Ok(())
}

#[tokio::test]
async fn values_of_a_relation_stand_beside_a_condition_that_names_its_key() -> Outcome {
    let db = library().await?;
    // The key of the author is a column of the book, so that the condition joins nothing.
    let books = Book::objects()
        .filter(|b| b.id().in_(Author::objects().values(|_| outer_ref(b.author().id()))));
    let by = |b: &orm::Fields<Book>| b.title().set(concat((b.title(), " by ", b.author().name())));
    assert_eq!(books.update(&db, by).await?, 1);
    let books = Book::objects().all(&db).await?;
    assert_rows!(titles(&books), ["Earthsea by Ursula", "Darkness", "Mort", "Gods", "Lost"]);
    Ok(())
}
