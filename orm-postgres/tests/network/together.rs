//! Several statements in one round trip, and what is known of the server.

use crate::faults::through;
use crate::proxy::Proxy;
use crate::support::{address, numbers, pid, select, text, with};
use orm_postgres::{Database, StatementCache};
use orm_sql::Error;
use orm_sql::exec::transaction::Transactions;
use orm_sql::exec::{Executor, Job, NoRows};
use orm_sql::value::SqlType::Int4;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Ten numbers, each asked for by a statement of its own.
async fn ten(db: &impl Executor) -> Vec<i32> {
    let texts: Vec<String> = (0..10).map(|n| format!("SELECT {n}")).collect();
    let asked = texts.iter().map(|sql| numbers(db, sql)).collect();
    db.together::<Vec<_>>(asked).await.unwrap().concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prepared_statements_take_one_round_trip() {
    let proxy = Proxy::start(address()).await;
    let db = through(&proxy).max_connections(3).connect().await.unwrap();
    let all: Vec<i32> = (0..10).collect();
    // They are prepared together, too.
    assert_eq!(ten(&db).await, all);
    proxy.hold_answers(Duration::from_millis(50));
    let before = proxy.round_trips();
    assert_eq!(ten(&db).await, all);
    assert_eq!(proxy.round_trips() - before, 1);
    assert_eq!(db.status().connections, 1);
    // One after the other they take ten.
    let before = proxy.round_trips();
    for n in 0..10 {
        numbers(&db, &format!("SELECT {n}")).await.unwrap();
    }
    assert_eq!(proxy.round_trips() - before, 10);
    // In a transaction as well.
    let tx = db.begin().await.unwrap();
    let before = proxy.round_trips();
    assert_eq!(ten(&tx).await, all);
    assert_eq!(proxy.round_trips() - before, 1);
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_go_with_begin() {
    let proxy = Proxy::start(address()).await;
    let db = through(&proxy).max_connections(1).connect().await.unwrap();
    numbers(&db, "SELECT 1").await.unwrap();
    proxy.hold_answers(Duration::from_millis(30));
    let before = proxy.round_trips();
    let limit = Duration::from_secs(7);
    let tx = db.begin().lock_timeout(limit).statement_timeout(limit).await.unwrap();
    assert_eq!(numbers(&tx, "SELECT 1").await.unwrap(), [1]);
    let alone = if crate::support::driver_only() { 2 } else { 1 };
    assert_eq!(proxy.round_trips() - before, alone);
    for name in ["lock_timeout", "statement_timeout"] {
        assert_eq!(text(&tx, &format!("SHOW {name}")).await.unwrap(), "7s");
    }
    // They are refused as a whole, and the connection is of no more use.
    let first = pid(&tx).await;
    tx.commit().await.unwrap();
    proxy.hold_answers(Duration::ZERO);
    proxy.replace("SET LOCAL lock_timeout", "SET LOCAL lock_timeuot");
    let tx = db.begin().lock_timeout(limit).await;
    let failed = async { numbers(&tx?, "SELECT 1").await };
    let error = failed.await.unwrap_err().to_string();
    assert!(error.contains("lock_timeuot"), "{error}");
    assert_eq!(proxy.replace_nothing(), 1);
    assert_eq!(pid(&db).await == first, crate::support::driver_only());
    assert_eq!(text(&db, "SHOW lock_timeout").await.unwrap(), "0");
}

/// What the library does in a transaction of its own, whose last statement it knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_goes_with_the_last_statement() {
    let proxy = Proxy::start(address()).await;
    let db = through(&proxy).max_connections(1).connect().await.unwrap();
    let schema = format!("last_{}", std::process::id());
    let entry = format!("{schema}.entry");
    let key = "id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED";
    let made = format!("CREATE SCHEMA {schema}; CREATE TABLE {entry} ({key})");
    db.batch_execute(&made).await.unwrap();
    let add =
        |value: &str| select(&format!("INSERT INTO {entry} VALUES ({value}) RETURNING id"), Int4);
    let insert = |id: i32| add(&id.to_string());
    // So that what follows is prepared.
    let tx = db.begin().await.unwrap();
    for id in [1, 2, 3, 4] {
        tx.run(&insert(id), &mut NoRows).await.unwrap();
    }
    tx.rollback().await.unwrap();
    proxy.hold_answers(Duration::from_millis(30));
    let told = Arc::new(AtomicBool::new(false));
    let before = proxy.round_trips();
    let tx = db.begin().await.unwrap();
    let hook = told.clone();
    tx.on_commit(async move || hook.store(true, Ordering::Relaxed));
    tx.ends_with_next();
    tx.run(&insert(1), &mut NoRows).await.unwrap();
    // It is over, and only its end may follow.
    let late = tx.run(&insert(2), &mut NoRows).await.unwrap_err();
    assert_eq!(late.to_string(), "the transaction has ended", "{late:?}");
    assert!(!told.load(Ordering::Relaxed));
    tx.commit().await.unwrap();
    assert!(told.load(Ordering::Relaxed));
    let alone = if crate::support::driver_only() { 2 } else { 1 };
    assert_eq!(proxy.round_trips() - before, alone);
    // A batch.
    let before = proxy.round_trips();
    let tx = db.begin().await.unwrap();
    let (two, three) = (insert(2), insert(3));
    tx.ends_with_next();
    let mut jobs = [&two, &three].map(|statement| (statement, NoRows));
    let jobs = jobs.iter_mut().map(|(statement, sink)| Job { statement, sink }).collect();
    assert_eq!(tx.run_all(jobs).await.unwrap(), [1, 1]);
    tx.commit().await.unwrap();
    assert_eq!(proxy.round_trips() - before, alone);
    // One that fails takes all back, and one that COMMIT refuses as well.
    let tx = db.begin().await.unwrap();
    tx.run(&insert(4), &mut NoRows).await.unwrap();
    tx.ends_with_next();
    assert!(
        tx.run(&select(&format!("SELECT 1 / (id - 4) FROM {entry}"), Int4), &mut NoRows)
            .await
            .is_err()
    );
    drop(tx);
    let tx = db.begin().await.unwrap();
    tx.ends_with_next();
    tx.run(&insert(1), &mut NoRows).await.unwrap();
    let refused = tx.commit().await.unwrap_err();
    assert!(matches!(refused, Error::Unique(_)), "{refused:?}");
    // Nor does COMMIT go with a batch of which one cannot be sent.
    let tx = db.begin().await.unwrap();
    tx.ends_with_next();
    let (four, lacking) = (insert(4), add("$1"));
    let mut jobs = [&four, &lacking].map(|statement| (statement, NoRows));
    let jobs = jobs.iter_mut().map(|(statement, sink)| Job { statement, sink }).collect();
    assert!(tx.run_all(jobs).await.is_err());
    drop(tx);
    // Dropped then, what was committed stays; in a savepoint it is as if nothing was said.
    let tx = db.begin().await.unwrap();
    let savepoint = tx.begin().await.unwrap();
    savepoint.ends_with_next();
    savepoint.run(&insert(4), &mut NoRows).await.unwrap();
    savepoint.rollback().await.unwrap();
    tx.ends_with_next();
    tx.run(&insert(5), &mut NoRows).await.unwrap();
    drop(tx);
    let all = format!("SELECT id FROM {entry} ORDER BY id");
    assert_eq!(numbers(&db, &all).await.unwrap(), [1, 2, 3, 5]);
    db.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_without_names_and_shared_reads_go_together_as_well() {
    for (mode, shared) in [(StatementCache::Unnamed, 0), (StatementCache::Named(20), 2)] {
        let db = with(|b| b.max_connections(2).shared_reads(shared).statement_cache(mode)).await;
        assert_eq!(ten(&db).await, (0..10).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_error_by_their_order_is_that_of_all_and_the_connection_is_used_again() {
    let db = with(|b| b.max_connections(1)).await;
    let before = pid(&db).await;
    let both = (numbers(&db, "SELECT 1"), numbers(&db, "SELECT 1 / 0"), numbers(&db, "SELECT nix"));
    let error = db.together(both).await.unwrap_err();
    assert!(matches!(&error, Error::Database(e) if e.code == "22012"), "{error:?}");
    assert_eq!(pid(&db).await, before);
    // One that its caller gives up meanwhile holds nobody up.
    let slow = tokio::time::timeout(
        Duration::from_millis(20),
        numbers(&db, "SELECT 1 FROM pg_sleep(0.2)"),
    );
    let given_up = async { Ok::<_, Error>(slow.await.is_err()) };
    assert_eq!(db.together((numbers(&db, "SELECT 2"), given_up)).await.unwrap(), (vec![2], true));
    assert_eq!(numbers(&db, "SELECT 3").await.unwrap(), [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_them_given_up_leave_a_pool_that_works() {
    let db = with(|b| b.max_connections(1)).await;
    for _ in 0..5 {
        let slow = (numbers(&db, "SELECT 1 FROM pg_sleep(10)"), numbers(&db, "SELECT 2"));
        let limit = Duration::from_millis(30);
        assert!(tokio::time::timeout(limit, db.together(slow)).await.is_err());
        assert_eq!(numbers(&db, "SELECT 3").await.unwrap(), [3]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_died_while_it_was_free_is_replaced() {
    let proxy = Proxy::start(address()).await;
    let db = through(&proxy).max_connections(2).connect().await.unwrap();
    let (victim, killer) = (pid(&db).await, with(|b| b.max_connections(1)).await);
    let sql = format!("SELECT pg_terminate_backend({victim})::int");
    assert_eq!(numbers(&killer, &sql).await.unwrap(), [1]);
    assert_eq!(ten(&db).await, (0..10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_opens_a_transaction_has_a_connection_of_its_own() {
    let db = with(|b| b.max_connections(2)).await;
    let counted = async {
        let tx = db.begin().await?;
        let n = numbers(&tx, "SELECT 5").await?;
        tx.commit().await?;
        Ok::<_, Error>(n)
    };
    assert_eq!(db.together((numbers(&db, "SELECT 4"), counted)).await.unwrap(), (vec![4], vec![5]));
}

/// The same pool by another name, and another pool.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_of_other_pools_run_on_their_own() {
    let (one, other) = (with(|b| b.max_connections(1)).await, with(|b| b.max_connections(1)).await);
    let clone: Database = one.clone();
    let (a, b, c) = one.together((pids(&one), pids(&clone), pids(&other))).await.unwrap();
    assert!(a == b && a != c, "{a} {b} {c}");
}

async fn pids(db: &Database) -> orm_sql::Result<i32> {
    Ok(numbers(db, "SELECT pg_backend_pid()").await?[0])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_is_asked_once_what_it_is() {
    let db = with(|b| b.max_connections(1)).await;
    let server = db.server().await.unwrap();
    let version = numbers(&db, "SELECT current_setting('server_version_num')::int").await.unwrap();
    assert_eq!(server.version, version[0].unsigned_abs());
    assert_eq!(server.major(), server.version / 10_000);
    assert!(server.has_extension("plpgsql") && !server.has_extension("no such one"));
    assert!(server.to_string().starts_with(&format!("PostgreSQL {}.", server.major())));
    // Nothing is asked for again: the pool is closed.
    db.close().await;
    assert_eq!(db.server().await.unwrap(), server);
    let closed = with(|b| b.max_connections(1)).await;
    closed.close().await;
    assert!(matches!(closed.server().await, Err(Error::Pool { .. })));
}

/// The embedded server is newer than the one of a system may be: both are asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_older_server_does_not_know_is_said_to_be_of_a_newer_one() {
    let db = with(|b| b.max_connections(1)).await;
    let major = db.server().await.unwrap().major();
    for (since, sql) in [(16, "SELECT any_value(1)"), (18, "SELECT length(uuidv7()::text)")] {
        let answer = numbers(&db, sql).await;
        if major >= since {
            assert_eq!(answer.unwrap().len(), 1);
            continue;
        }
        let error = answer.unwrap_err().to_string();
        assert!(error.contains(&format!("from version {since} on")), "{error}");
    }
}
