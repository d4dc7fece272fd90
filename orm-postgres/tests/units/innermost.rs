//! A transaction and its savepoints: one unit at a time is the innermost, and it alone is used.

use super::{add, books, broken, run, shelf};
use crate::support::{command, numbers, select};
use futures_util::FutureExt;
use orm_sql::exec::transaction::{CommitHook, Transaction};
use orm_sql::exec::{Executor, Job, NoRows};
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn is_refused<T>(result: &Result<T>, part: &str) -> bool {
    matches!(result, Err(Error::Usage(message)) if message.contains(part))
}

#[tokio::test]
async fn two_savepoints_at_once_are_refused_and_none_loses_the_others_work() {
    let db = shelf().await;
    db.transaction(async |tx| {
        let slow = async |sp: &Transaction, id: i32| {
            add(sp, id).await?;
            run(sp, "SELECT pg_sleep(0.02)").await?;
            add(sp, id + 1).await.map(drop)
        };
        let first = tx.transaction(async |sp| slow(sp, 1).await);
        let second = tx.transaction(async |sp| -> Result<()> {
            slow(sp, 10).await?;
            Err(broken())
        });
        let (first, second) = tokio::join!(first, second);
        // The one that came first is whole; the other has said at once that it is not.
        first.unwrap();
        assert!(is_refused(&second, "savepoint of this transaction is open"), "{second:?}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 2]);
}

#[tokio::test]
async fn an_outer_unit_is_not_used_while_an_inner_one_is_open() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    add(&tx, 1).await.unwrap();
    let outer = tx.begin().await.unwrap();
    add(&outer, 2).await.unwrap();
    let inner = outer.begin().await.unwrap();
    add(&inner, 3).await.unwrap();
    for unit in [&tx, &outer] {
        assert!(is_refused(&add(unit, 9).await, "use the savepoint, or end it first"));
        assert!(is_refused(&unit.batch_execute("SELECT 1").await, "savepoint"));
        assert!(is_refused(&unit.begin().await, "savepoint"));
        let opened = unit.open(select("SELECT 1", SqlType::Int4)).await;
        assert!(is_refused(&opened.map(drop), "savepoint"));
        let one = command("INSERT INTO book VALUES (9)");
        let job = Job { statement: &one, sink: &mut NoRows };
        assert!(is_refused(&unit.run_all(vec![job]).await, "savepoint"));
    }
    // Nothing has happened to the inner one by that.
    add(&inner, 4).await.unwrap();
    inner.commit().await.unwrap();
    add(&outer, 5).await.unwrap();
    outer.rollback().await.unwrap();
    add(&tx, 6).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1, 6]);
}

#[tokio::test]
async fn no_savepoint_and_no_commit_while_a_statement_is_under_way() {
    let db = shelf().await;
    db.transaction(async |tx| {
        let (added, savepoint) = tokio::join!(add(tx, 1), tx.begin());
        added?;
        assert!(is_refused(&savepoint, "still under way"), "{savepoint:?}");
        // One after another it is as ever, and statements of one unit can be joined.
        let (a, b) = tokio::join!(add(tx, 2), add(tx, 3));
        a?;
        b?;
        tx.transaction(async |sp| add(sp, 4).await).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 2, 3, 4]);
    // What an inner unit does when the outer one ends meanwhile is not done outside of both.
    let tx = db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    let text = "INSERT INTO book SELECT 100 + length(pg_sleep(0.05)::text)";
    let ((), late) = tokio::join!(
        async {
            tokio::task::yield_now().await;
            drop(tx);
        },
        run(&inner, text)
    );
    assert!(is_refused(&late, "has ended") || late.is_ok(), "{late:?}");
    assert_eq!(books(&db).await, [1, 2, 3, 4]);
    let tx = db.begin().await.unwrap();
    let inner = tx.begin().await.unwrap();
    let (late, committed) = tokio::join!(run(&inner, "SELECT pg_sleep(0.05)"), tx.commit());
    late.unwrap_err();
    assert!(is_refused(&committed, "still under way"), "{committed:?}");
}

#[tokio::test]
async fn a_savepoint_whose_beginning_was_given_up_is_not_in_the_way() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    add(&tx, 1).await.unwrap();
    // Polled once, and dropped.
    assert!(async { tx.begin().await }.now_or_never().is_none());
    add(&tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1, 2]);
}

#[tokio::test]
async fn a_savepoint_that_is_kept_for_longer_does_not_keep_the_connection() {
    let db = shelf().await;
    for commit in [true, false] {
        let tx = db.begin().await.unwrap();
        let savepoint = tx.begin().await.unwrap();
        add(&savepoint, 1).await.unwrap();
        if commit {
            tx.commit().await.unwrap()
        } else {
            drop(tx)
        }
        // The pool has one connection.
        let free = tokio::time::timeout(Duration::from_secs(5), numbers(&db, "SELECT 7"));
        assert_eq!(free.await.expect("the connection is back").unwrap(), [7]);
        assert!(is_refused(&add(&savepoint, 2).await, "has ended"));
        assert!(is_refused(&savepoint.commit().await, "has ended"));
    }
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn work_for_the_commit_belongs_to_the_unit_that_asked_for_it() {
    let (db, seen) = (shelf().await, Arc::new(AtomicUsize::new(0)));
    let note = |value: usize| {
        let seen = seen.clone();
        CommitHook::new(async move || {
            seen.fetch_add(value, Ordering::SeqCst);
        })
    };
    let tx = db.begin().await.unwrap();
    tx.after_commit(note(1)).await;
    let kept = tx.begin().await.unwrap();
    kept.after_commit(note(10)).await;
    let undone = kept.begin().await.unwrap();
    undone.after_commit(note(100)).await;
    // Of outer units, while an inner one is open that is undone later.
    tx.after_commit(note(1_000)).await;
    kept.after_commit(note(10_000)).await;
    undone.rollback().await.unwrap();
    kept.commit().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(seen.load(Ordering::SeqCst), 11_011);
}
