//! Futures that are dropped in the middle, beside an application that must not notice.

use crate::support::{Collect, numbers, pid, run, select, statement};
use crate::{pool, table};
use deadpool_postgres::RecyclingMethod;
use orm_postgres::Database;
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlType;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_query_given_up_after_any_time_leaves_the_pool_usable_for_both() {
    let shared = pool(2, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let book = table(&db, "any_time").await;
    let many = "SELECT n, repeat('x', 100) FROM generate_series(1, 3000) AS n";
    let many = statement(many, vec![], &[("n", SqlType::Int4), ("x", SqlType::Text)]);
    for step in 0..40_u64 {
        let limit = Duration::from_micros(step * step * 5);
        tokio::time::timeout(limit, db.run(&many, &mut NoRows)).await.ok();
        let work = db.transaction(async |tx| {
            run(tx, &format!("INSERT INTO {book} VALUES (1)")).await?;
            tx.run(&many, &mut NoRows).await?;
            std::future::pending::<()>().await;
            Ok(())
        });
        tokio::time::timeout(limit, work).await.ok();
        let n = i32::try_from(step).unwrap();
        let (ours, theirs) =
            tokio::join!(async { numbers(&db, &format!("SELECT {n}")).await.unwrap() }, async {
                let client = shared.get().await.unwrap();
                let row = client.query_one(&format!("SELECT {n} + 1, now()::text"), &[]).await;
                let again = client.query_one("SELECT now()::text", &[]).await.unwrap();
                let row = row.unwrap();
                assert_ne!(row.get::<_, String>(1), again.get::<_, String>(0));
                row.get::<_, i32>(0)
            });
        assert_eq!((ours, theirs), (vec![n], n + 1));
    }
    assert_eq!(numbers(&db, &format!("SELECT count(*)::int FROM {book}")).await.unwrap(), [0]);
    run(&db, &format!("DROP TABLE {book}")).await.unwrap();
}

#[tokio::test]
async fn a_long_query_given_up_is_cancelled_and_holds_nobody_up() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    for theirs in [true, false] {
        let slow = run(&db, "SELECT pg_sleep(60) /* lent */");
        assert!(tokio::time::timeout(Duration::from_millis(30), slow).await.is_err());
        let started = Instant::now();
        if theirs {
            shared.get().await.unwrap().query_one("SELECT 1", &[]).await.unwrap();
        } else {
            assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
        }
        assert!(started.elapsed() < Duration::from_secs(2));
        let running = "SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND \
                       query LIKE '%pg_sleep(60) /* lent%' AND pid <> pg_backend_pid()";
        let until = Instant::now() + Duration::from_secs(5);
        while numbers(&db, running).await.unwrap() != [0] {
            assert!(Instant::now() < until, "it still runs");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(db.status().connections, 1);
    }
}

#[tokio::test]
async fn a_short_statement_given_up_costs_no_connection() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let first = pid(&db).await;
    let short = run(&db, "SELECT pg_sleep(0.005)");
    assert!(tokio::time::timeout(Duration::from_millis(1), short).await.is_err());
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(pid(&db).await, first);
    // And a stream that is dropped has its rest read.
    let mut cursor =
        db.open(select("SELECT generate_series(1, 900)", SqlType::Int4)).await.unwrap();
    assert!(cursor.next(&mut Collect::new(1)).await.unwrap());
    drop(cursor);
    tokio::time::sleep(Duration::from_millis(40)).await;
    assert_eq!(pid(&db).await, first);
}
