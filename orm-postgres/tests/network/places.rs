//! The places of a pool: who gets a connection that comes back, and how many there are.

use crate::support::{pid, run, with};
use orm_postgres::{Database, PoolStatus, Transaction};
use std::collections::HashSet;
use std::time::Duration;

/// Transactions that have been used.
async fn begun(db: &Database, count: usize) -> Vec<Transaction> {
    let mut all = Vec::new();
    for _ in 0..count {
        let tx = db.begin().await.unwrap();
        pid(&tx).await;
        all.push(tx);
    }
    all
}

fn counts(db: &Database) -> (usize, usize, usize) {
    let PoolStatus { connections, idle, waiting, .. } = db.status();
    (connections, idle, waiting)
}

#[tokio::test]
async fn connections_above_the_size_are_closed_when_they_come_back() {
    let db = with(|b| b.max_connections(4)).await;
    for tx in begun(&db, 3).await {
        tx.commit().await.unwrap();
    }
    assert_eq!(counts(&db), (3, 3, 0));
    // Those that are free go at once.
    db.set_max_connections(2);
    assert_eq!(counts(&db), (2, 2, 0));

    db.set_max_connections(4);
    let mut held = begun(&db, 3).await;
    db.set_max_connections(1);
    assert_eq!(counts(&db), (3, 0, 0));
    for left in [2, 1] {
        held.pop().unwrap().commit().await.unwrap();
        assert_eq!(counts(&db), (left, 0, 0));
    }
    let last = pid(&held[0]).await;
    held.pop().unwrap().commit().await.unwrap();
    assert_eq!(counts(&db), (1, 1, 0));
    assert_eq!((pid(&db).await, pid(&db).await), (last, last));

    // There is room again.
    db.set_max_connections(2);
    for tx in begun(&db, 2).await {
        tx.commit().await.unwrap();
    }
    assert_eq!(counts(&db), (2, 2, 0));
}

#[tokio::test]
async fn the_last_connection_that_came_back_is_used_first() {
    let db = with(|b| b.max_connections(3)).await;
    let mut order = Vec::new();
    for tx in begun(&db, 3).await {
        order.push(pid(&tx).await);
        tx.commit().await.unwrap();
    }
    let again = begun(&db, 3).await;
    for tx in &again {
        assert_eq!(Some(pid(tx).await), order.pop());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_beside_a_free_connection() {
    let db = with(|b| b.max_connections(2).wait_timeout(Duration::from_secs(20))).await;
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..300 {
                    run(&db, "SELECT 1").await.unwrap();
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!(counts(&db), (2, 2, 0));
}

#[tokio::test]
async fn who_waits_gets_what_comes_back() {
    let db = with(|b| b.max_connections(1)).await;
    let held = begun(&db, 1).await.pop().unwrap();
    let before = pid(&held).await;
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { pid(&db).await })
        })
        .collect();
    while db.status().waiting < 3 {
        tokio::task::yield_now().await;
    }
    held.commit().await.unwrap();
    let mut seen = HashSet::new();
    for call in waiting {
        seen.insert(call.await.unwrap());
    }
    assert_eq!(seen, HashSet::from([before]));
    assert_eq!(counts(&db), (1, 1, 0));
}

#[tokio::test]
async fn what_comes_back_to_a_closed_pool_is_closed() {
    let db = with(|b| b.max_connections(2)).await;
    let mut held = begun(&db, 2).await;
    let closing = tokio::spawn({
        let db = db.clone();
        async move { db.close().await }
    });
    held.pop().unwrap().commit().await.unwrap();
    assert!(!closing.is_finished());
    held.pop().unwrap().commit().await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), closing).await.unwrap().unwrap();
    assert!(db.begin().await.is_err());
}
