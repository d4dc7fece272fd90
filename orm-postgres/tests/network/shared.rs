//! Reads over shared connections.

use crate::options::until;
use crate::support::{Collect, command, numbers, pid, run, select, statement, url, with};
use orm_postgres::{Database, StatementCache};
use orm_sql::Error;
use orm_sql::exec::{Executor, Job};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use std::collections::HashSet;
use std::time::Duration;

async fn shared(connections: usize) -> Database {
    with(|b| b.max_connections(2).shared_reads(connections)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_task_gets_its_own_rows() {
    for mode in [StatementCache::Named(20), StatementCache::Unnamed] {
        let db = with(|b| b.max_connections(2).shared_reads(2).statement_cache(mode)).await;
        let tasks: Vec<_> = (0..64)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    for round in 0..20 {
                        let rows = n + round;
                        let params = vec![(SqlValue::I32(rows), SqlType::Int4)];
                        let sql = "SELECT generate_series(1, $1)";
                        let wanted = statement(sql, params, &[("n", SqlType::Int4)]);
                        let mut found = Collect::new(1);
                        let count = db.run(&wanted, &mut found).await.unwrap();
                        assert_eq!(count, u64::try_from(rows).unwrap());
                        assert_eq!(found.numbers(), (1..=rows).collect::<Vec<_>>());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_share_and_everything_else_does_not() {
    let db = shared(2).await;
    let pool = db.begin().await.unwrap();
    let in_pool = pid(&pool).await;
    // Few processes serve all reads, and none of them is one of the pool's.
    let pids: Vec<_> = (0..16)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { pid(&db).await })
        })
        .collect();
    let mut seen = HashSet::new();
    for pid in pids {
        seen.insert(pid.await.unwrap());
    }
    assert!(seen.len() <= 2 && !seen.contains(&in_pool), "{seen:?} {in_pool}");
    // Writes, what is sent once, and streams use the pool.
    let params = "CREATE TABLE written AS SELECT pg_backend_pid() AS pid";
    run(&db, params).await.unwrap();
    let writer = numbers(&db, "SELECT pid FROM written").await.unwrap()[0];
    assert!(!seen.contains(&writer));
    let mut once = select("SELECT pg_backend_pid()", SqlType::Int4);
    once.cached = false;
    let mut found = Collect::new(1);
    db.run(&once, &mut found).await.unwrap();
    assert!(!seen.contains(&found.numbers()[0]));
    let mut cursor = db.open(select("SELECT pg_backend_pid()", SqlType::Int4)).await.unwrap();
    let mut found = Collect::new(1);
    while cursor.next(&mut found).await.unwrap() {}
    drop(cursor);
    assert!(!seen.contains(&found.numbers()[0]));
    // What was written is read at once.
    for n in 0..50 {
        run(&db, &format!("UPDATE written SET pid = {n}")).await.unwrap();
        assert_eq!(numbers(&db, "SELECT pid FROM written").await.unwrap(), [n]);
    }
    // Several at once, and within a transaction its own rows.
    let one = select("SELECT 1", SqlType::Int4);
    let two = select("SELECT 2", SqlType::Int4);
    let (mut a, mut b) = (Collect::new(1), Collect::new(1));
    let jobs = vec![Job { statement: &one, sink: &mut a }, Job { statement: &two, sink: &mut b }];
    assert_eq!(db.run_all(jobs).await.unwrap(), [1, 1]);
    assert_eq!((a.numbers(), b.numbers()), (vec![1], vec![2]));
    run(&pool, "UPDATE written SET pid = -1").await.unwrap();
    assert_eq!(numbers(&pool, "SELECT pid FROM written").await.unwrap(), [-1]);
    assert_eq!(numbers(&db, "SELECT pid FROM written").await.unwrap(), [49]);
}

struct Refuse;

impl RowSink for Refuse {
    fn row(&mut self, _: &dyn Cells) -> orm_sql::Result<()> {
        Err(Error::usage("no thanks"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_or_is_given_up_disturbs_nobody() {
    let db = shared(1).await;
    let first = pid(&db).await;
    let series = select("SELECT generate_series(1, 20000)", SqlType::Int4);
    for round in 0..20_u64 {
        let error = numbers(&db, "SELECT 1 / 0").await.unwrap_err();
        assert!(matches!(&error, Error::Database(e) if e.code == "22012"), "{error:?}");
        let wrong = select("SELECT 'text'", SqlType::Int4);
        let error = db.run(&wrong, &mut Collect::new(1)).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        let error = db.run(&series, &mut Refuse).await.unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        let limit = Duration::from_micros(round * round * 20);
        tokio::time::timeout(limit, db.run(&series, &mut Collect::new(1))).await.ok();
        assert_eq!(pid(&db).await, first);
    }
    // A future that nobody looks after, with more rows than the driver holds back.
    let mut sink = Collect::new(1);
    // They come after its first poll, however busy the machine is.
    let late = select("SELECT generate_series(1, 20000) FROM pg_sleep(0.3)", SqlType::Int4);
    let mut forgotten = db.run(&late, &mut sink);
    let waker = std::task::Waker::noop();
    let polled = forgotten.as_mut().poll(&mut std::task::Context::from_waker(waker));
    assert!(polled.is_pending());
    tokio::time::sleep(Duration::from_millis(400)).await;
    let others = tokio::time::timeout(Duration::from_secs(5), pid(&db)).await;
    assert_eq!(others.expect("nobody is held up"), first);
    assert_eq!(forgotten.await.unwrap(), 20000);
    assert_eq!(sink.rows.len(), 20000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_is_bounded_and_waits_with_a_limit() {
    let db = with(|b| b.shared_reads(1).wait_timeout(Duration::from_millis(100))).await;
    let slow: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { run(&db, "SELECT pg_sleep(0.25)").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = numbers(&db, "SELECT 1").await.unwrap_err();
    let Error::Pool { message } = &error else { panic!("{error:?}") };
    for part in ["100ms", "1 connections with 8 statements", "shared_reads", "wait_timeout"] {
        assert!(message.contains(part), "`{part}` in {message}");
    }
    // Those who hold the connection came in time, and writers do not wait for them.
    run(&db, "CREATE TABLE beside (id int)").await.unwrap();
    for task in slow {
        task.await.unwrap().unwrap();
    }
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_made_again_and_a_closed_pool_has_none() {
    let db = with(|b| b.shared_reads(1).application_name("sharers")).await;
    let admin = Database::connect(&url()).await.unwrap();
    for wait in [0, 50] {
        let first = pid(&db).await;
        numbers(&admin, &format!("SELECT pg_terminate_backend({first})::int")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let mut found = Collect::new(1);
        let again = db.run(&select("SELECT pg_backend_pid()", SqlType::Int4), &mut found).await;
        match again {
            Ok(_) => assert_ne!(found.numbers(), [first]),
            // It was sent before anybody knew.
            Err(error) => assert!(matches!(error, Error::Connection { .. }), "{error:?}"),
        }
        assert_ne!(pid(&db).await, first);
    }
    db.run(&command("SELECT 1"), &mut Collect::new(0)).await.unwrap();
    db.close().await;
    let error = numbers(&db, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    let left = "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'sharers'";
    until("no session is left", async || numbers(&admin, left).await.unwrap() == [0]).await;
}
