//! The options of the pool.

use crate::support::{new_builder, numbers, pid, run, text, url, with};
use orm_postgres::{Database, HealthCheck, OnReturn, QueueMode};
use orm_sql::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Waits until a condition holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let limit = Instant::now() + Duration::from_secs(10);
    while !holds().await {
        assert!(Instant::now() < limit, "never: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn sessions(admin: &Database, name: &str) -> i32 {
    let sql =
        format!("SELECT count(*)::int FROM pg_stat_activity WHERE application_name = '{name}'");
    numbers(admin, &sql).await.unwrap()[0]
}

#[tokio::test]
async fn new_connections_run_sql_first() {
    let db = with(|b| {
        b.max_connections(2)
            .after_connect("SET statement_timeout = '7s'")
            .after_connect("SET work_mem = '5MB'; SET lock_timeout = '3s'")
    })
    .await;
    let tx = db.begin().await.unwrap();
    for (name, value) in [("statement_timeout", "7s"), ("work_mem", "5MB"), ("lock_timeout", "3s")]
    {
        let sql = format!("SELECT current_setting('{name}')");
        assert_eq!(text(&tx, &sql).await.unwrap(), value);
        assert_eq!(text(&db, &sql).await.unwrap(), value);
    }
    drop(tx);
    let broken = new_builder().url(&url()).after_connect("SET no_such_setting = 1");
    let error = broken.connect().await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert!(error.to_string().contains("no_such_setting"), "{error}");
}

#[tokio::test]
async fn the_queue_gives_the_last_or_the_first() {
    for (mode, same) in [(QueueMode::Lifo, true), (QueueMode::Fifo, false)] {
        let db = with(|b| b.max_connections(2).min_connections(2).queue_mode(mode)).await;
        let first = pid(&db).await;
        assert_eq!(pid(&db).await == first, same, "{mode:?}");
    }
}

#[tokio::test]
async fn a_health_check_costs_nothing_or_one_round_trip() {
    // A server that vanished without a word is what only a round trip finds; here the pool is told
    // by the closed socket, in both modes.
    let admin = Database::connect(&url()).await.unwrap();
    for mode in [HealthCheck::Fast, HealthCheck::RoundTrip] {
        let db = with(|b| b.max_connections(1).health_check(mode)).await;
        let first = pid(&db).await;
        // Waits until it is gone: of one that is about to go, nobody is told yet.
        let kill = format!("SELECT pg_terminate_backend({first}, 5000)::int");
        assert_eq!(numbers(&admin, &kill).await.unwrap(), [1]);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_ne!(pid(&db).await, first, "{mode:?}");
        let tx = db.begin().await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn old_connections_are_replaced() {
    let db = with(|b| b.max_connections(1).max_lifetime(Duration::from_millis(150))).await;
    let first = pid(&db).await;
    assert_eq!(pid(&db).await, first);
    tokio::time::sleep(Duration::from_millis(160)).await;
    assert_ne!(pid(&db).await, first);
    // One in use is not taken away.
    let tx = db.begin().await.unwrap();
    let held = pid(&tx).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(pid(&tx).await, held);
    tx.commit().await.unwrap();
    assert_ne!(pid(&db).await, held);
}

#[tokio::test]
async fn idle_connections_are_closed_and_some_are_kept() {
    let admin = Database::connect(&url()).await.unwrap();
    let db = with(|b| {
        b.application_name("idlers")
            .max_connections(6)
            .min_connections(6)
            .min_idle(2)
            .idle_timeout(Duration::from_millis(120))
    })
    .await;
    assert!(sessions(&admin, "idlers").await > 2);
    until("two are left", async || sessions(&admin, "idlers").await == 2).await;
    assert_eq!(db.status().connections, 2);
    // All that are taken are made up for, as far as there is room.
    let (_a, _b) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    until("two are free", async || db.status().idle == 2).await;
    assert_eq!(db.status().connections, 4);
}

#[tokio::test]
async fn a_connection_in_use_is_not_idle() {
    let limit = Duration::from_millis(200);
    let db = with(|b| b.max_connections(1).idle_timeout(limit)).await;
    let tx = db.begin().await.unwrap();
    let held = pid(&tx).await;
    tokio::time::sleep(limit * 2).await;
    tx.commit().await.unwrap();
    assert_eq!(pid(&db).await, held, "it was idle for no time");
}

#[tokio::test]
async fn the_pool_can_change_its_size() {
    let db = with(|b| b.max_connections(1).wait_timeout(Duration::from_millis(50))).await;
    let one = db.begin().await.unwrap();
    assert!(matches!(db.begin().await, Err(Error::Pool { .. })));
    db.set_max_connections(2);
    let two = db.begin().await.unwrap();
    db.set_max_connections(1);
    drop((one, two));
    until("one is left", async || db.status().connections == 1).await;
    run(&db, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn what_is_given_up_is_cancelled_without_another_call() {
    let admin = Database::connect(&url()).await.unwrap();
    let running = "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' \
                   AND query = 'SELECT pg_sleep(50) /* dropped */'";
    for cancel in [true, false] {
        let db = with(|b| b.max_connections(1).cancel_on_drop(cancel)).await;
        let slow = run(&db, "SELECT pg_sleep(50) /* dropped */");
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
        if cancel {
            until("it is cancelled", async || numbers(&admin, running).await.unwrap() == [0]).await;
        } else {
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(numbers(&admin, running).await.unwrap(), [1]);
            pid(&db).await;
            until("it is cancelled", async || numbers(&admin, running).await.unwrap() == [0]).await;
        }
        pid(&db).await;
    }
}

#[tokio::test]
async fn an_exhausted_pool_names_its_limits() {
    let limit = Duration::from_millis(40);
    let db = with(|b| b.max_connections(2).wait_timeout(limit)).await;
    let held = (db.begin().await.unwrap(), db.begin().await.unwrap());
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { run(&db, "SELECT 1").await })
        })
        .collect();
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        let Error::Pool { message } = &error else { panic!("{error:?}") };
        for part in ["40ms", "all 2 connections", "max_connections", "wait_timeout"] {
            assert!(message.contains(part), "`{part}` in {message}");
        }
    }
    drop(held);
    run(&db, "SELECT 1").await.unwrap();
}

#[tokio::test]
async fn the_password_is_asked_for_at_each_new_connection() {
    let admin = Database::connect(&url()).await.unwrap();
    let role = format!("orm_rotating_{}", std::process::id());
    let set = async |word: &str, n: usize| {
        let sql = format!(
            "SET password_encryption = 'scram-sha-256'; {word} ROLE {role} LOGIN PASSWORD 'token-{n}'"
        );
        admin.batch_execute(&sql).await.unwrap();
    };
    set("CREATE", 0).await;
    let valid = Arc::new(AtomicUsize::new(0));
    let asked = Arc::new(AtomicUsize::new(0));
    let builder = new_builder().url(&url()).user(&role).max_connections(2).password_from({
        let (valid, asked) = (valid.clone(), asked.clone());
        move || {
            asked.fetch_add(1, Ordering::Relaxed);
            let n = valid.load(Ordering::Relaxed);
            async move {
                tokio::task::yield_now().await;
                if n == 9 {
                    Err(Error::usage("the vault is shut"))
                } else {
                    Ok(format!("token-{n}"))
                }
            }
        }
    });
    let db = builder.connect().await.unwrap();
    let first = pid(&db).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    // Another password: what is open stays, what is new needs it.
    set("ALTER", 1).await;
    valid.store(1, Ordering::Relaxed);
    let tx = db.begin().await.unwrap();
    assert_eq!(pid(&tx).await, first);
    assert_ne!(pid(&db).await, first);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    drop(tx);
    // A provider that lags behind, and one that fails.
    db.set_max_connections(3);
    for (n, part) in [(0, "password authentication failed"), (9, "the vault is shut")] {
        valid.store(n, Ordering::Relaxed);
        let held = (db.begin().await.unwrap(), db.begin().await.unwrap());
        let error = db.begin().await.unwrap_err();
        assert!(matches!(error, Error::Connection { .. }), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(part) && !message.contains("token-"), "{message}");
        drop(held);
    }
    db.close().await;
    admin.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_raw_sql_changes_in_a_session_is_undone_when_it_is_given_back() {
    let left = "SET lock_timeout = '7s'; SET search_path = public; SET timezone = 'Asia/Tokyo'; \
                SELECT pg_advisory_lock(4711); CREATE TEMP TABLE left_behind (id int)";
    for how in [OnReturn::Keep, OnReturn::ResetAll, OnReturn::DiscardAll] {
        let db = with(|b| {
            b.max_connections(1).on_return(how).after_connect("SET statement_timeout = '9s'")
        })
        .await;
        let path = text(&db, "SHOW search_path").await.unwrap();
        let first = pid(&db).await;
        db.batch_execute(left).await.unwrap();
        let resets = how != OnReturn::Keep;
        let seen = |setting: &'static str| {
            let db = db.clone();
            async move { text(&db, setting).await.unwrap() }
        };
        let expected = if resets { "0" } else { "7s" };
        assert_eq!(seen("SHOW lock_timeout").await, expected, "{how:?}");
        assert_eq!(seen("SHOW search_path").await == path, resets, "{how:?}");
        assert_eq!(seen("SHOW timezone").await == "UTC", resets, "{how:?}");
        // What the pool gives to each session is there either way.
        assert_eq!(seen("SHOW statement_timeout").await, "9s");
        let locks =
            "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";
        let gone = how == OnReturn::DiscardAll;
        assert_eq!(numbers(&db, locks).await.unwrap() == [0], gone, "{how:?}");
        let tables = "SELECT count(*)::int FROM pg_class WHERE relname = 'left_behind' \
                      AND relnamespace = pg_my_temp_schema()";
        assert_eq!(numbers(&db, tables).await.unwrap() == [0], gone, "{how:?}");
        // In a transaction, and after one; what was prepared is still there.
        db.transaction(async |tx| run(tx, "SET lock_timeout = '8s'").await).await.unwrap();
        assert_eq!(seen("SHOW lock_timeout").await, if resets { "0" } else { "8s" });
        assert_eq!(pid(&db).await, first);
        drop(db);
        // The lock of a connection that is gone.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_statement_cache_has_a_limit_in_bytes() {
    let db = with(|b| b.max_connections(1).statement_cache_bytes(4_000)).await;
    let kept = "SELECT count(*)::int FROM pg_prepared_statements WHERE statement LIKE '%/* x %'";
    let wide = |n: usize, length: usize| format!("SELECT {n} /* x {} */", "y".repeat(length));
    for n in 0..40 {
        let rows = numbers(&db, &wide(n, 900)).await.unwrap();
        assert_eq!(rows, [i32::try_from(n).unwrap()]);
        // With the one that asks.
        assert!(numbers(&db, kept).await.unwrap()[0] <= 5);
    }
    assert!(numbers(&db, kept).await.unwrap()[0] >= 2);
    // One that would take the place of many others is not kept, and works.
    for _ in 0..3 {
        assert_eq!(numbers(&db, &wide(7, 3_000)).await.unwrap(), [7]);
    }
    let long = "SELECT count(*)::int FROM pg_prepared_statements WHERE length(statement) > 1500";
    assert_eq!(numbers(&db, long).await.unwrap(), [0]);
}
