//! Futures that are dropped in the middle, and events.

mod support;

use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::{SqlType, SqlValue};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::{Collect, command, numbers, pid, run, select, statement, with};

#[tokio::test]
async fn a_query_given_up_after_any_time_leaves_the_pool_usable() {
    let db = with(|b| b.max_connections(2)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    let many = "SELECT n, repeat('x', 100) FROM generate_series(1, 3000) AS n";
    let many = statement(many, vec![], &[("n", SqlType::Int4), ("x", SqlType::Text)]);
    for step in 0..60_u64 {
        let limit = Duration::from_micros(step * step * 3);
        let mut rows = Collect::new(1);
        tokio::time::timeout(limit, db.run(&many, &mut rows)).await.ok();
        let work = db.transaction(async |tx| {
            run(tx, "INSERT INTO book VALUES (1)").await?;
            tx.run(&many, &mut NoRows).await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        tokio::time::timeout(limit, work).await.ok();
        let n = i32::try_from(step).unwrap();
        let (a, b) = (format!("SELECT {n}"), format!("SELECT {n} + 1"));
        let (a, b) = tokio::join!(numbers(&db, &a), numbers(&db, &b));
        assert_eq!((a.unwrap(), b.unwrap()), (vec![n], vec![n + 1]));
    }
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM book").await.unwrap(), [0]);
    let idle = "SELECT count(*)::int FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
                AND query LIKE '%3000%'";
    assert_eq!(numbers(&db, idle).await.unwrap(), [0]);
}

#[tokio::test]
async fn a_long_query_given_up_does_not_hold_up_the_next_one() {
    let db = with(|b| b.max_connections(1)).await;
    let slow = run(&db, "SELECT pg_sleep(60) /* given up */");
    assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
    let started = Instant::now();
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
    assert!(started.elapsed() < Duration::from_secs(2));
    // And it is stopped on the server.
    let running = "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE \
                   '%pg_sleep(60) /* given%' AND pid <> pg_backend_pid()";
    let until = Instant::now() + Duration::from_secs(5);
    while numbers(&db, running).await.unwrap() != [0] {
        assert!(Instant::now() < until, "it still runs");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let tx = db.begin().await.unwrap();
    let slow = run(&tx, "SELECT pg_sleep(60)");
    assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
    drop(tx);
    let started = Instant::now();
    pid(&db).await;
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn many_tasks_share_few_connections() {
    let db = with(|b| b.max_connections(3)).await;
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    let one = statement(
                        "SELECT $1",
                        vec![(SqlValue::I32(n), SqlType::Int4)],
                        &[("n", SqlType::Int4)],
                    );
                    let mut rows = Collect::new(1);
                    db.run(&one, &mut rows).await.unwrap();
                    assert_eq!(rows.numbers(), [n]);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(db.status().connections <= 3);
}

#[tokio::test]
async fn hooks_see_what_runs_and_no_values() {
    let always = Arc::new(AtomicU64::new(0));
    let counter = always.clone();
    let count = move |_: &orm_postgres::QueryEvent<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let db = with(|b| b.on_query(count)).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    let subscription = db.on_query(move |event| {
        assert!(event.duration > Duration::ZERO);
        list.lock().unwrap().push((event.sql.to_owned(), event.rows));
    });
    let before = always.load(Ordering::Relaxed);
    let secret = vec![(SqlValue::Text("secret".into()), SqlType::Text)];
    db.run(&statement("SELECT $1", secret, &[("x", SqlType::Text)]), &mut NoRows).await.unwrap();
    run(&db, "SELECT 1 / 0").await.unwrap_err();
    db.transaction(async |tx| {
        let mut cursor = tx.open(select("SELECT generate_series(1, 900)", SqlType::Int4)).await?;
        while cursor.next(&mut NoRows).await? {}
        Ok(())
    })
    .await
    .unwrap();
    let mut cursor = db.open(select("SELECT generate_series(1, 9)", SqlType::Int4)).await.unwrap();
    while cursor.next(&mut NoRows).await.unwrap() {}
    drop(cursor);
    drop(subscription);
    db.run(&command("SELECT 5"), &mut NoRows).await.unwrap();
    let seen: Vec<_> = std::mem::take(&mut *seen.lock().unwrap());
    let seen: Vec<_> = seen.iter().map(|(sql, rows)| (sql.as_str(), *rows)).collect();
    let wanted = [
        ("SELECT $1", 1),
        ("SELECT 1 / 0", 0),
        ("BEGIN", 0),
        ("CLOSE orm_cursor_1", 0),
        ("SELECT generate_series(1, 900)", 900),
        ("COMMIT", 0),
        ("SELECT generate_series(1, 9)", 9),
    ];
    assert_eq!(seen, wanted);
    assert_eq!(always.load(Ordering::Relaxed) - before, 8);
}

/// Keeps the fields of events.
struct Log(Mutex<Vec<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "orm::query"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!("{field}={value:?};"));
            }
        }
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn tracing_sees_what_runs() {
    let db = with(|b| b).await;
    let log = Arc::new(Log(Mutex::default()));
    let guard = tracing::subscriber::set_default(log.clone());
    // What tests beside this one hear at the same moment may be what is remembered of the first event; it
    // is asked for again with each new dispatcher.
    run(&db, "SELECT 1").await.unwrap();
    let _asked_again = tracing::Dispatch::new(log.clone());
    log.0.lock().unwrap().clear();
    run(&db, "SELECT generate_series(1, 3)").await.unwrap();
    drop(guard);
    run(&db, "SELECT 2").await.unwrap();
    let seen = log.0.lock().unwrap();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].contains("db.query.text=\"SELECT generate_series(1, 3)\";"), "{seen:?}");
    assert!(seen[0].contains("db.response.returned_rows=3;"), "{seen:?}");
}
