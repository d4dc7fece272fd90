//! Advisory locks.

use crate::support::{numbers, run, with};
use orm_sql::Error;
use orm_sql::exec::transaction::{AdvisoryKey, IntoAdvisoryKey, Transaction};
use std::time::Duration;

/// A key of this test alone: the locks are those of the whole database.
fn name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test {} {}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[tokio::test]
async fn a_lock_is_held_until_the_transaction_ends() {
    async fn check(key: impl IntoAdvisoryKey + Clone) {
        let db = with(|b| b.max_connections(2)).await;
        let a = db.begin().await.unwrap();
        let b = db.begin().lock_timeout(Duration::from_millis(20)).await.unwrap();
        a.advisory_lock(key.clone()).await.unwrap();
        a.advisory_lock(key.clone()).await.unwrap();
        assert!(!b.try_advisory_lock(key.clone()).await.unwrap());
        assert!(!b.try_advisory_lock_shared(key.clone()).await.unwrap());
        let waits = b.transaction(async |sp| sp.advisory_lock(key.clone()).await).await;
        assert!(matches!(waits, Err(Error::Timeout { .. })), "{waits:?}");
        let waits = b.transaction(async |sp| sp.advisory_lock_shared(key.clone()).await).await;
        assert!(matches!(waits, Err(Error::Timeout { .. })), "{waits:?}");
        a.commit().await.unwrap();
        b.advisory_lock(key.clone()).await.unwrap();
        // A rollback gives it back as well.
        b.rollback().await.unwrap();
        let a = db.begin().await.unwrap();
        assert!(a.try_advisory_lock(key).await.unwrap());
    }
    let pid = i32::try_from(std::process::id() & 0xFFFF).unwrap();
    check((i64::from(pid) << 32) + 1).await;
    check((pid, -7)).await;
    check(name().as_str()).await;
    check(name()).await;
    check(&name()).await;
    check(AdvisoryKey::Pair(pid, -8)).await;
}

#[tokio::test]
async fn shared_locks_are_held_together() {
    let db = with(|b| b.max_connections(3)).await;
    let key = name();
    let tx = async || -> Transaction { db.begin().await.unwrap() };
    let (a, b, c) = (tx().await, tx().await, tx().await);
    a.advisory_lock_shared(&key).await.unwrap();
    assert!(b.try_advisory_lock_shared(&key).await.unwrap());
    assert!(!c.try_advisory_lock(&key).await.unwrap());
    // Another name is another lock.
    assert!(c.try_advisory_lock(name()).await.unwrap());
    a.rollback().await.unwrap();
    b.commit().await.unwrap();
    assert!(c.try_advisory_lock(&key).await.unwrap());
}

#[tokio::test]
async fn a_savepoint_gives_its_locks_back() {
    let db = with(|b| b.max_connections(2)).await;
    let key = name();
    let (a, b) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let sp = a.begin().await.unwrap();
    sp.advisory_lock(&key).await.unwrap();
    sp.rollback().await.unwrap();
    assert!(b.try_advisory_lock(&key).await.unwrap());
}

#[tokio::test]
async fn one_worker_at_a_time() {
    let db = with(|b| b.max_connections(4)).await;
    run(&db, "CREATE TABLE n (n int)").await.unwrap();
    run(&db, "INSERT INTO n VALUES (0)").await.unwrap();
    let key = name();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (db, key) = (db.clone(), key.clone());
            tokio::spawn(async move {
                db.transaction(async |tx| {
                    tx.advisory_lock(&key).await?;
                    let n = numbers(tx, "SELECT n FROM n").await?[0];
                    tokio::task::yield_now().await;
                    run(tx, &format!("UPDATE n SET n = {} + 1", n)).await
                })
                .await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(numbers(&db, "SELECT n FROM n").await.unwrap(), [8]);
}
