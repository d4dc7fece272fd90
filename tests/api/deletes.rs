//! Rows deleted: what is counted, in how many statements, and whatever others do meanwhile.

use super::library::{Author, Book, Profile, Review, Tag, library, titles};
use crate::support::Outcome;
use orm::IsolationLevel::RepeatableRead;
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_num_queries, assert_rows};
use std::time::Duration;

/// A book by its key.
async fn book(db: &impl Executor, key: i64) -> Result<Book> {
    Book::objects().filter(|b| b.id().eq(key)).get(db).await
}

/// The statements but for those that begin and end transactions.
fn asked(counter: &QueryCounter) -> Vec<String> {
    let ends = ["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"];
    let statements = counter.statements().into_iter();
    statements.filter(|sql| !ends.iter().any(|end| sql.starts_with(end))).collect()
}

#[tokio::test]
async fn one_plain_delete_where_nothing_refers() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let gone = Review::objects().filter(|r| r.stars().lt(5)).delete(&db).await?;
    assert_eq!((gone.total, gone.of::<Review>(), gone.of::<Book>()), (2, 2, 0));
    let expected = r#"DELETE FROM "library_review" AS t0 WHERE t0."stars" < $1"#;
    assert_eq!(counter.statements(), [expected]);
    let last = Review::objects().get(&db).await?;
    let copy = last.clone();
    assert_eq!(last.delete(&db).await?.by_model, [("Review", 1)]);
    // What is gone is gone, and counts for nothing.
    let gone = copy.delete(&db).await?;
    assert_eq!((gone.total, gone.by_model), (0, vec![]));
    Ok(())
}

#[tokio::test]
async fn what_a_cascade_takes_is_counted() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let gone = book(&db, 3).await?.delete(&db).await?;
    assert_eq!(gone.by_model, [("Book", 1), ("Book_tags", 2), ("Review", 1)]);
    assert_eq!(
        asked(&counter)[1..],
        [
            r#"SELECT t0."id" FROM "library_book" AS t0 WHERE t0."id" = $1 FOR UPDATE"#.to_owned(),
            r#"WITH d0 AS (DELETE FROM "library_book" WHERE "id" = ANY($1) RETURNING 1), "#
                .to_owned()
                + r#"d1 AS (DELETE FROM "library_book_tags" WHERE "book_id" = ANY($1) RETURNING 1), "#
                + r#"d2 AS (DELETE FROM "library_review" WHERE "book_id" = ANY($1) RETURNING 1) "#
                + "SELECT (SELECT count(*) FROM d0), (SELECT count(*) FROM d1), \
                   (SELECT count(*) FROM d2)",
        ]
    );
    drop(counter);
    // A pupil goes with the mentor, and takes books along; an editor leaves NULL behind.
    let ursula = Author::objects().filter(|a| a.name().eq("Ursula"));
    let gone = ursula.delete(&db).await?;
    assert_eq!((gone.of::<Author>(), gone.of::<Book>(), gone.of::<Profile>()), (2, 4, 1));
    assert_eq!((gone.of::<Review>(), gone.of::<Tag>(), gone.total), (2, 0, 2 + 4 + 1 + 2 + 4));
    assert_eq!(gone.total, gone.by_model.iter().map(|(_, rows)| rows).sum::<u64>());
    assert_eq!((Book::objects().count(&db).await?, Tag::objects().count(&db).await?), (0, 4));
    Ok(())
}

#[tokio::test]
async fn query_sets_of_all_kinds() -> Outcome {
    let db = library().await?;
    // Found over relations, in a subquery.
    let fantasy = Book::objects().filter(|b| b.tags().name().eq("humour") & b.pages().gt(300));
    let gone = assert_num_queries!(db, 4, fantasy.delete(&db).await?);
    assert_eq!((gone.of::<Book>(), gone.total), (1, 3));
    // Nothing to delete is one statement, and what can have no rows is none.
    assert_num_queries!(db, 3, fantasy.delete(&db).await?);
    let none: [i64; 0] = [];
    let nothing = Book::objects().filter(|b| b.id().in_(none));
    assert_eq!(assert_num_queries!(db, 0, nothing.delete(&db).await?).total, 0);
    // Related sets, and rows as they were.
    let terry = Author::objects().filter(|a| a.name().eq("Terry")).get(&db).await?;
    let lost = terry.books().filter(|b| b.in_print().eq(false)).delete_returning(&db).await?;
    assert_rows!(titles(&lost), ["Lost"]);
    let reviews = Review::objects().filter(|r| r.stars().eq(3)).delete_returning(&db).await?;
    assert_eq!((reviews.len(), reviews[0].book.pk()), (1, 1));
    let sliced = Book::objects().limit(1).delete(&db).await.expect_err("a slice");
    assert!(matches!(sliced, Error::Usage(_)), "{sliced:?}");
    assert!(matches!(Book::objects().limit(1).delete_returning(&db).await, Err(Error::Usage(_))));
    assert_eq!(Book::objects().count(&db).await?, 3);
    // Within a transaction, and undone with it.
    let tx = db.begin().await?;
    assert_eq!(Author::objects().delete(&tx).await?.of::<Book>(), 3);
    tx.rollback().await?;
    assert_eq!(Book::objects().count(&db).await?, 3);
    Ok(())
}

/// Asserts that a task waits for a transaction that is still open.
async fn waits<T>(task: &tokio::task::JoinHandle<T>) {
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!task.is_finished(), "the other transaction is still open");
}

#[tokio::test]
async fn counts_are_what_went_whatever_others_do() -> Outcome {
    let db = library().await?;
    let pool: Database = (*db).clone();
    let deleting = |key: i64| {
        let pool = pool.clone();
        tokio::spawn(async move { Book::objects().filter(|b| b.id().eq(key)).delete(&pool).await })
    };
    let review = |book: i64| draft!(Review { stars: 1, created: Utc::now(), book: book });
    // A row that another transaction has added before, and commits later.
    let other = db.begin().await?;
    review(1).save(&other).await?;
    let task = deleting(1);
    waits(&task).await;
    other.commit().await?;
    let gone = task.await??;
    assert_eq!((gone.of::<Book>(), gone.of::<Review>()), (1, 3));
    // A row that another has deleted, and one that another has moved elsewhere.
    let mine: Vec<Review> = Review::objects().bulk_create(&db, [review(3), review(3)]).await?;
    let other = db.begin().await?;
    Review::objects().filter(|r| r.id().eq(mine[0].id)).delete(&other).await?;
    let moved = Review::objects().filter(|r| r.id().eq(mine[1].id));
    moved.update(&other, |r| r.book().set(2)).await?;
    let task = deleting(3);
    waits(&task).await;
    other.commit().await?;
    let gone = task.await??;
    assert_eq!((gone.of::<Book>(), gone.of::<Review>(), gone.total), (1, 1, 4));
    assert_eq!(moved.get(&db).await?.book.pk(), 2);
    // A new row cannot come once the deletion has begun.
    let other = db.begin().await?;
    book(&other, 2).await?.delete(&other).await?;
    let late = tokio::spawn({
        let (pool, late) = (pool.clone(), review(2));
        async move { late.save(&pool).await }
    });
    waits(&late).await;
    other.commit().await?;
    assert!(matches!(late.await?, Err(Error::ForeignKey(_))));
    Ok(())
}

/// Every row that was made is counted by exactly one of those who deleted, or is still there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_is_counted_twice_or_not_at_all() -> Outcome {
    let db = library().await?;
    let pool: Database = (*db).clone();
    let (mut made, mut gone) = (Review::objects().count(&db).await?, 0);
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut made = 0;
                for n in 0..60 {
                    let book = 1 + n % 5;
                    let draft = draft!(Review { stars: 9, created: Utc::now(), book: book as i64 });
                    made += u64::from(draft.save(&pool).await.is_ok());
                }
                Ok::<u64, Error>(made)
            })
        })
        .collect();
    let deleters: Vec<_> = (1..=5_i64)
        .map(|key| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut gone = 0;
                for _ in 0..3 {
                    gone +=
                        Review::objects().filter(|r| r.book().eq(key)).delete(&pool).await?.total;
                    tokio::time::sleep(Duration::from_millis(5 * key as u64)).await;
                }
                let book = Book::objects().filter(|b| b.id().eq(key));
                Ok::<u64, Error>(gone + book.delete(&pool).await?.of::<Review>())
            })
        })
        .collect();
    for writer in writers {
        made += writer.await??;
    }
    for deleter in deleters {
        gone += deleter.await??;
    }
    assert_eq!(Book::objects().count(&db).await?, 0);
    assert_eq!((Review::objects().count(&db).await?, gone), (0, made));
    assert!(made > 10, "{made} rows are no load");
    Ok(())
}

#[tokio::test]
async fn a_deletion_given_up_is_whole_or_not_done() -> Outcome {
    let db = library().await?;
    let mut done = false;
    for step in 0..200_u64 {
        let limit = Duration::from_micros(step * step * 4);
        let ursula = Author::objects().filter(|a| a.name().eq("Ursula"));
        done = tokio::time::timeout(limit, ursula.delete(&db)).await.is_ok();
        // Of one state: what was given up may still be committed between two of them.
        let tx = db.begin().isolation(RepeatableRead).await?;
        let left = (Author::objects().count(&tx).await?, Book::objects().count(&tx).await?);
        tx.commit().await?;
        assert!(left == (3, 5) || left == (1, 0), "{left:?} after {limit:?}");
        if done || left == (1, 0) {
            break;
        }
    }
    assert!(done || Book::objects().count(&db).await? == 0);
    Ok(())
}
