//! Futures that are dropped in the middle.

use super::{Book, one_book, works};
use crate::support::Outcome;
use orm::prelude::*;
use std::time::{Duration, Instant};

const SLOW: &str = "SELECT * FROM bad_book WHERE pg_sleep(30) IS NOT NULL";

#[tokio::test]
async fn a_query_given_up_leaves_its_connection_usable() -> Outcome {
    let (_db, one) = one_book().await?;
    let started = Instant::now();
    let limit = Duration::from_millis(30);
    let slow = Book::objects().raw(SLOW, params![]);
    assert!(tokio::time::timeout(limit, slow.all(&one)).await.is_err());
    assert_eq!(Book::objects().get(&one).await?.title, "Mort");
    let mut rows = slow.stream(&one);
    assert!(tokio::time::timeout(limit, rows.next()).await.is_err());
    drop(rows);
    works(&one).await?;
    // In a transaction: it is rolled back, and the next one is a new one.
    let work = one.transaction(async |tx| {
        draft!(Book { title: "gone", pages: 1 }).save(tx).await?;
        slow.all(tx).await
    });
    assert!(tokio::time::timeout(limit, work).await.is_err());
    assert_eq!(Book::objects().count(&one).await?, 1);
    works(&one).await?;
    assert!(started.elapsed() < Duration::from_secs(10), "something waited for the slow query");
    Ok(())
}

#[tokio::test]
async fn work_given_up_at_any_moment_is_whole_or_not_done() -> Outcome {
    let (_db, one) = one_book().await?;
    let mut made = 0;
    for step in 0..40_u64 {
        let limit = Duration::from_micros(step * step * 4);
        let drafts = ["first", "second"].map(|title| draft!(Book { title: title, pages: 1 }));
        let work = one.transaction(async |tx| {
            for draft in drafts {
                draft.save(tx).await?;
            }
            Book::objects().filter(|b| b.pages().eq(1)).all(tx).await
        });
        let done = tokio::time::timeout(limit, work).await.is_ok();
        let count = Book::objects().filter(|b| b.pages().eq(1)).count(&one).await?;
        assert_eq!(count % 2, 0, "half of a transaction, after {limit:?}");
        // What was given up may have been committed all the same, what was not must have been.
        assert!(count == made || count == made + 2, "{count} rows after {made}");
        assert!(!done || count == made + 2, "a transaction that ended is not there");
        made = count;
    }
    works(&one).await?;
    Ok(())
}
