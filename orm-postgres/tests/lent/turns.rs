//! The application and we in turn, on the same connections: nothing is left over.

use crate::support::{numbers, pid, run, text, url};
use crate::{pool, table};
use deadpool_postgres::RecyclingMethod;
use orm_postgres::Database;
use orm_sql::Error;
use orm_sql::exec::transaction::IsolationLevel::Serializable;
use std::time::Duration;

#[tokio::test]
async fn a_transaction_that_the_application_left_open_is_rolled_back() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let book = table(&db, "left_open").await;
    let count = format!("SELECT count(*)::int FROM {book}");
    let insert = format!("INSERT INTO {book} VALUES (1)");
    let elsewhere = Database::connect(&url()).await.unwrap();
    let ours = pid(&db).await;
    for left in [format!("BEGIN; {insert}"), "BEGIN".to_owned(), "BEGIN; SELECT 1 / 0".to_owned()] {
        let client = shared.get().await.unwrap();
        client.batch_execute(&left).await.ok();
        drop(client);
        assert_eq!(run(&db, &insert).await.unwrap(), 1, "{left}");
        // It is there for everybody, and what the application had begun is not.
        assert_eq!(numbers(&elsewhere, &count).await.unwrap(), [1], "{left}");
        run(&db, &format!("DELETE FROM {book}")).await.unwrap();
        assert_eq!(pid(&db).await, ours);
    }
    // The same before a transaction, a stream, a script, a batch.
    shared.get().await.unwrap().batch_execute(&format!("BEGIN; {insert}")).await.unwrap();
    let tx = db.begin().isolation(Serializable).await.unwrap();
    assert_eq!(numbers(&tx, &count).await.unwrap(), [0]);
    tx.commit().await.unwrap();
    shared.get().await.unwrap().batch_execute(&format!("BEGIN; {insert}")).await.unwrap();
    db.batch_execute(&insert).await.unwrap();
    assert_eq!(numbers(&elsewhere, &count).await.unwrap(), [1]);
    run(&db, &format!("DROP TABLE {book}")).await.unwrap();
}

#[tokio::test]
async fn the_application_finds_its_connection_as_it_left_it() {
    let shared = pool(1, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let book = table(&db, "as_it_left").await;
    let insert = format!("INSERT INTO {book} VALUES (1)");
    let settings = "SELECT string_agg(name || '=' || setting, ';' ORDER BY name) FROM pg_settings \
                    WHERE name <> 'application_name'";
    let client = shared.get().await.unwrap();
    client.batch_execute("SET work_mem = '7MB'").await.unwrap();
    let before: String = client.query_one(settings, &[]).await.unwrap().get(0);
    drop(client);
    for round in 0..5 {
        match round {
            0 => {
                let begin = db.begin().isolation(Serializable).lock_timeout(Duration::from_secs(1));
                let tx = begin.statement_timeout(Duration::from_secs(7)).await.unwrap();
                run(&tx, &insert).await.unwrap();
                // Dropped, not rolled back.
            }
            1 => {
                let tx = db.begin().read_only().await.unwrap();
                run(&tx, &insert).await.unwrap_err();
                tx.rollback().await.unwrap();
            }
            2 => db.batch_execute(&format!("BEGIN; {insert}")).await.unwrap(),
            3 => drop(run(&db, "SELECT 1 / 0").await.unwrap_err()),
            _ => {
                let work = db.transaction(async |tx| {
                    run(tx, &insert).await?;
                    Err::<(), _>(Error::usage("no"))
                });
                work.await.unwrap_err();
            }
        }
        let client = shared.get().await.unwrap();
        // Not in a transaction: each statement has its own time.
        let now = "SELECT now()::text";
        let first: String = client.query_one(now, &[]).await.unwrap().get(0);
        let second: String = client.query_one(now, &[]).await.unwrap().get(0);
        assert_ne!(first, second, "{round}");
        let after: String = client.query_one(settings, &[]).await.unwrap().get(0);
        assert_eq!(after, before, "{round}");
        let locks = "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND \
                     pid = pg_backend_pid()";
        let locks: i32 = client.query_one(locks, &[]).await.unwrap().get(0);
        assert_eq!(locks, 0, "{round}");
        let sql = format!("SELECT count(*)::int FROM {book}");
        let count: i32 = client.query_one(&sql, &[]).await.unwrap().get(0);
        assert_eq!(count, 0, "{round}");
    }
    run(&db, &format!("DROP TABLE {book}")).await.unwrap();
}

#[tokio::test]
async fn settings_of_the_application_stay_unless_its_recycling_resets_them() {
    let setting = "SELECT current_setting('statement_timeout')";
    for (recycling, found) in [(RecyclingMethod::Fast, "3s"), (RecyclingMethod::Clean, "0")] {
        let shared = pool(1, recycling.clone());
        let db = Database::from_pool(shared.clone());
        assert_eq!(text(&db, setting).await.unwrap(), "0");
        let client = shared.get().await.unwrap();
        client.batch_execute("SET statement_timeout = '3s'").await.unwrap();
        drop(client);
        assert_eq!(text(&db, setting).await.unwrap(), found, "{recycling:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_of_both_share_few_connections() {
    let shared = pool(3, RecyclingMethod::Fast);
    let db = Database::from_pool(shared.clone());
    let book = table(&db, "many_tasks").await;
    let tasks: Vec<_> = (0..24)
        .map(|n| {
            let (db, shared, book) = (db.clone(), shared.clone(), book.clone());
            tokio::spawn(async move {
                for round in 0..20 {
                    let value = n * 100 + round;
                    if n % 2 == 0 {
                        let insert = format!("INSERT INTO {book} VALUES ({value})");
                        db.transaction(async |tx| run(tx, &insert).await).await.unwrap();
                        let wanted = format!("SELECT id FROM {book} WHERE id = {value}");
                        assert_eq!(numbers(&db, &wanted).await.unwrap(), [value]);
                    } else {
                        let mut client = shared.get().await.unwrap();
                        let tx = client.transaction().await.unwrap();
                        let insert = format!("INSERT INTO {book} VALUES ({value})");
                        tx.batch_execute(&insert).await.unwrap();
                        match round % 3 {
                            0 => tx.commit().await.unwrap(),
                            1 => tx.rollback().await.unwrap(),
                            _ => drop(tx),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let count = format!("SELECT count(*)::int FROM {book}");
    assert_eq!(numbers(&db, &count).await.unwrap(), [12 * 20 + 12 * 7]);
    run(&db, &format!("DROP TABLE {book}")).await.unwrap();
}
