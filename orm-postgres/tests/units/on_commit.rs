//! Work after the commit: when it runs, when not, in which order, and what it may do.

use super::{add, books, broken, shelf};
use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::{CommitHook, Transactions};
use orm_sql::{Error, Result};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// What has run, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<&'static str>>>);

impl Log {
    fn note(&self, what: &'static str) {
        self.0.lock().unwrap().push(what);
    }

    fn seen(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }

    /// Registers a note, as a function over any executor does.
    fn later(&self, db: &(impl Executor + ?Sized), what: &'static str) {
        let log = self.clone();
        db.on_commit(async move || log.note(what));
    }
}

/// Waits for what runs in a task.
async fn eventually(log: &Log, seen: &[&str]) {
    for _ in 0..500 {
        if log.seen() == seen {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(log.seen(), seen);
}

#[tokio::test]
async fn runs_after_the_commit_in_the_order_of_the_calls() {
    let (db, log) = (shelf().await, Log::default());
    db.transaction(async |tx| {
        log.later(tx, "first");
        add(tx, 1).await?;
        tx.transaction(async |sp| {
            log.later(sp, "second");
            sp.transaction(async |inner| {
                log.later(inner, "third");
                Ok(())
            })
            .await
        })
        .await?;
        log.later(tx.executor(), "fourth");
        assert_eq!(log.seen(), [""; 0]);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(log.seen(), ["first", "second", "third", "fourth"]);
    let tx = db.begin().await.unwrap();
    log.later(&tx, "fifth");
    tx.commit().await.unwrap();
    assert_eq!(log.seen().last(), Some(&"fifth"));
}

#[tokio::test]
async fn never_after_a_rollback() {
    let (db, log) = (shelf().await, Log::default());
    let failed: Result<()> = db
        .transaction(async |tx| {
            log.later(tx, "returned an error");
            Err(broken())
        })
        .await;
    failed.unwrap_err();
    let tx = db.begin().await.unwrap();
    log.later(&tx, "rolled back");
    tx.rollback().await.unwrap();
    let tx = db.begin().await.unwrap();
    log.later(&tx, "dropped");
    drop(tx);
    let swallowed = db.transaction(async |tx| {
        log.later(tx, "swallowed an error");
        tx.batch_execute("SELECT 1 / 0").await.ok();
        Ok(())
    });
    assert!(matches!(swallowed.await, Err(Error::Usage(_))));
    let deferred = "CREATE TABLE friend (id int PRIMARY KEY, \
                    other int REFERENCES friend DEFERRABLE INITIALLY DEFERRED)";
    db.batch_execute(deferred).await.unwrap();
    let refused = db.transaction(async |tx| {
        log.later(tx, "refused at commit");
        tx.batch_execute("INSERT INTO friend VALUES (1, 2)").await
    });
    assert!(matches!(refused.await, Err(Error::ForeignKey(_))));
    // Another one on the same connection has none of these.
    db.transaction(async |tx| add(tx, 1).await).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(log.seen(), [""; 0]);
}

#[tokio::test]
async fn a_savepoint_rolled_back_takes_along_what_came_after_its_start() {
    let (db, log) = (shelf().await, Log::default());
    db.transaction(async |tx| {
        log.later(tx, "before");
        let undone: Result<()> = tx
            .transaction(async |sp| {
                log.later(sp, "undone");
                sp.transaction(async |inner| {
                    log.later(inner, "undone with the outer one");
                    Ok(())
                })
                .await?;
                Err(broken())
            })
            .await;
        undone.unwrap_err();
        let dropped = tx.begin().await?;
        log.later(&dropped, "dropped");
        drop(dropped);
        let sp = tx.begin().await?;
        // The transaction's own work stays; ROLLBACK TO would undo what it did meanwhile.
        add(tx, 1).await.unwrap_err();
        log.later(tx, "of the transaction, while the savepoint was open");
        log.later(&sp, "undone");
        sp.rollback().await?;
        log.later(tx, "after");
        Ok(())
    })
    .await
    .unwrap();
    let kept = ["before", "of the transaction, while the savepoint was open", "after"];
    assert_eq!(log.seen(), kept);
    assert_eq!(books(&db).await, [0; 0]);
}

#[tokio::test]
async fn at_once_outside_of_a_transaction() {
    let (db, log) = (shelf().await, Log::default());
    let note = log.clone();
    db.on_commit(async move || note.note("awaited")).await;
    assert_eq!(log.seen(), ["awaited"]);
    log.later(&db, "in a task");
    eventually(&log, &["awaited", "in a task"]).await;
    // The form of trait objects.
    let any: &dyn Executor = &db;
    let note = log.clone();
    any.after_commit(CommitHook::new(move || async move { note.note("hook") })).await;
    log.later(any, "object");
    eventually(&log, &["awaited", "in a task", "hook", "object"]).await;
}

#[tokio::test]
async fn a_failure_stops_neither_the_rest_nor_the_caller() {
    let (db, log) = (shelf().await, Log::default());
    let n = db
        .transaction(async |tx| {
            tx.on_commit(async || Err::<(), _>(std::io::Error::other("no mail today")));
            log.later(tx, "after an error");
            tx.on_commit(async || -> () { panic!("on purpose") });
            tx.on_commit(|| -> std::future::Ready<()> { panic!("on purpose, before the future") });
            log.later(tx, "after panics");
            add(tx, 1).await
        })
        .await
        .unwrap();
    assert_eq!(n, 1);
    assert_eq!(log.seen(), ["after an error", "after panics"]);
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn the_connection_is_free_before_the_work_begins() {
    let (db, log) = (shelf().await, Log::default());
    let (pool, note): (Database, Log) = (db.clone(), log.clone());
    db.transaction(async |tx| {
        add(tx, 1).await?;
        tx.on_commit(async move || {
            // The pool has one connection.
            assert_eq!(books(&pool).await, [1]);
            add(&pool, 2).await?;
            note.note("done");
            Ok::<_, Error>(())
        });
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(log.seen(), ["done"]);
    assert_eq!(books(&db).await, [1, 2]);
}

#[tokio::test]
async fn the_work_goes_on_when_the_caller_is_gone() {
    let (db, log) = (shelf().await, Log::default());
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (note, begins, goes_on) = (log.clone(), begun.clone(), go_on.clone());
    let work = db.transaction(async |tx| {
        tx.on_commit(async move || {
            begins.notify_one();
            goes_on.notified().await;
            note.note("slow");
        });
        log.later(tx, "next");
        add(tx, 1).await
    });
    tokio::select! {
        _ = work => panic!("it waits for the work"),
        () = begun.notified() => {}
    }
    go_on.notify_one();
    eventually(&log, &["slow", "next"]).await;
    assert_eq!(books(&db).await, [1]);
}
