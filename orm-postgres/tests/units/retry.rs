//! Transactions that are run again.

use super::{add, books, broken, shelf};
use crate::support::{numbers, run, with};
use orm_postgres::Database;
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::IsolationLevel::Serializable;
use orm_sql::exec::transaction::Transactions;
use orm_sql::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Barrier;

/// Makes the server report a serialization failure.
const FAIL: &str = "DO $$ BEGIN RAISE 'try again' USING ERRCODE = '40001'; END $$";
const DEADLOCK: &str = "DO $$ BEGIN RAISE 'stuck' USING ERRCODE = '40P01'; END $$";

#[tokio::test]
async fn runs_the_closure_again_until_it_succeeds() {
    let db = shelf().await;
    let (calls, hooks) = (AtomicU32::new(0), Arc::new(AtomicU32::new(0)));
    let n = db
        .retry(5)
        .transaction(async |tx| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let seen = hooks.clone();
            tx.on_commit(async move || {
                seen.fetch_add(1, Ordering::Relaxed);
            });
            add(tx, 1).await?;
            match call {
                0 => tx.batch_execute(FAIL).await?,
                1 => tx.batch_execute(DEADLOCK).await?,
                2 => tx.transaction(async |sp| sp.batch_execute(FAIL).await).await?,
                // Its error is lost: the failed COMMIT is known to come from it.
                3 => tx.batch_execute(FAIL).await.unwrap_or(()),
                _ => {}
            }
            Ok(call)
        })
        .await;
    assert_eq!((n.unwrap(), calls.into_inner()), (4, 5));
    assert_eq!(books(&db).await, [1]);
    // That of the last attempt only.
    assert_eq!(hooks.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn gives_up_with_the_last_error_of_the_server() {
    let db = shelf().await;
    let calls = AtomicU32::new(0);
    let started = Instant::now();
    let result: Result<()> = db
        .retry(3)
        .base_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .transaction(async |tx| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            tx.batch_execute(if call == 2 { DEADLOCK } else { FAIL }).await
        })
        .await;
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    assert!(started.elapsed() < Duration::from_millis(500));
    assert!(matches!(&result, Err(Error::Deadlock(e)) if e.message == "stuck"), "{result:?}");
}

#[tokio::test]
async fn other_errors_are_not_tried_again() {
    let db = shelf().await;
    let calls = AtomicU32::new(0);
    let work = async |tx: &orm_postgres::Transaction| -> Result<()> {
        calls.fetch_add(1, Ordering::Relaxed);
        tx.batch_execute("SELECT 1 / 0").await
    };
    assert!(matches!(db.retry(5).transaction(work).await, Err(Error::Database(_))));
    let result: Result<()> = db
        .retry(5)
        .transaction(async |tx| {
            calls.fetch_add(1, Ordering::Relaxed);
            // Caught in a savepoint, and something else has gone wrong since.
            tx.transaction(async |sp| sp.batch_execute(FAIL).await).await.unwrap_err();
            add(tx, 1).await?;
            Err(broken())
        })
        .await;
    assert!(matches!(result, Err(Error::Other(_))));
    assert_eq!(calls.load(Ordering::Relaxed), 2);
    // No attempt at all is one.
    db.retry(0).transaction(async |tx| add(tx, 1).await).await.unwrap();
    let result: Result<()> = db.retry(1).transaction(async |tx| tx.batch_execute(FAIL).await).await;
    assert!(matches!(result, Err(Error::Serialization(_))));
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn not_inside_of_a_transaction() {
    async fn transfer(db: &impl Executor) -> Result<u64> {
        db.retry(3).transaction(async |tx| add(tx, 1).await).await
    }
    let db = shelf().await;
    transfer(&db).await.unwrap();
    let tx = db.begin().await.unwrap();
    let error = transfer(&tx).await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("`retry` inside")), "{error:?}");
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1]);
}

#[derive(Debug, PartialEq)]
struct Lost;

impl From<Error> for Lost {
    fn from(_: Error) -> Self {
        Lost
    }
}

#[tokio::test]
async fn errors_of_ones_own_need_not_say_what_they_hold() {
    let db = shelf().await;
    let calls = AtomicU32::new(0);
    let result: Result<(), Lost> = db
        .retry(4)
        .try_transaction(async |tx| {
            add(tx, 1).await?;
            match calls.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Ok(tx.batch_execute(FAIL).await?),
                _ => Err(Lost),
            }
        })
        .await;
    assert_eq!((result, calls.load(Ordering::Relaxed)), (Err(Lost), 3));
}

/// Two accounts and the transfers between them, in both directions and orders.
async fn bank() -> Database {
    let db = with(|b| b.max_connections(8)).await;
    run(&db, "CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)").await.unwrap();
    run(&db, "INSERT INTO account SELECT n, 1000 FROM generate_series(0, 3) n").await.unwrap();
    run(&db, "CREATE TABLE transfer (task int, n int)").await.unwrap();
    db
}

/// Moves one from an account to another, reading before it writes.
async fn transfer(db: &Database, task: i32, n: i32, attempts: &AtomicU32) -> Result<()> {
    let (from, to) = ((task + n) % 4, (task * 3 + n * 2 + 1) % 4);
    // Half of them by locks, which end in deadlocks; half by what they have read.
    let begin = db.begin();
    let begin = if task % 2 == 0 { begin.isolation(Serializable) } else { begin };
    let retry =
        begin.retry(1000).base_delay(Duration::from_millis(1)).max_delay(Duration::from_millis(20));
    retry
        .transaction(async |tx| {
            attempts.fetch_add(1, Ordering::Relaxed);
            tx.batch_execute("SET LOCAL deadlock_timeout = '5ms'").await?;
            let lock = if task % 2 == 0 { "" } else { " FOR UPDATE" };
            let mut balances = Vec::new();
            for id in [from, to] {
                let sql = format!("SELECT balance FROM account WHERE id = {id}{lock}");
                balances.push((id, numbers(tx, &sql).await?[0]));
            }
            for ((id, balance), change) in balances.into_iter().zip([-1, 1]) {
                let balance = balance + change;
                run(tx, &format!("UPDATE account SET balance = {balance} WHERE id = {id}")).await?;
            }
            run(tx, &format!("INSERT INTO transfer VALUES ({task}, {n})")).await?;
            Ok(())
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_under_contention_lose_nothing() {
    let db = bank().await;
    let (start, attempts) = (Arc::new(Barrier::new(16)), Arc::new(AtomicU32::new(0)));
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let (db, start, attempts) = (db.clone(), start.clone(), attempts.clone());
            tokio::spawn(async move {
                start.wait().await;
                let mut done = 0;
                for n in 0..12 {
                    if (task + n) % 4 != (task * 3 + n * 2 + 1) % 4 {
                        transfer(&db, task, n, &attempts).await.unwrap();
                        done += 1;
                    }
                }
                done
            })
        })
        .collect();
    let mut acknowledged = 0;
    for task in tasks {
        acknowledged += task.await.unwrap();
    }
    let rows = numbers(&db, "SELECT count(*)::int FROM transfer").await.unwrap();
    assert_eq!(rows, [acknowledged]);
    let attempts = attempts.load(Ordering::Relaxed);
    assert!(i64::from(attempts) > i64::from(acknowledged), "nobody stood in another one's way");
    assert_eq!(numbers(&db, "SELECT sum(balance)::int FROM account").await.unwrap(), [4000]);
    // Each transfer counts once, and each account is where they have brought it.
    let apart = "SELECT count(*)::int FROM account a WHERE balance <> 1000
        - (SELECT count(*) FROM transfer WHERE (task + n) % 4 = a.id)
        + (SELECT count(*) FROM transfer WHERE (task * 3 + n * 2 + 1) % 4 = a.id)";
    assert_eq!(numbers(&db, apart).await.unwrap(), [0]);
}
