//! Statements that were prepared before their tables were changed.

use super::{Database, run, with};
use crate::support::{Collect, numbers, select, text};
use orm_sql::exec::transaction::{IsolationLevel, Transaction, Transactions};
use orm_sql::exec::{Executor, NoRows};
use orm_sql::value::SqlType;
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicU32, Ordering};

const TITLES: &str = "SELECT title FROM book";
const NAMES: &str = "SELECT name FROM author";

/// A pool of so many connections, all of which have prepared two statements.
async fn prepared(connections: usize) -> Database {
    let db = with(|b| b.max_connections(connections).min_connections(connections)).await;
    let tables = "CREATE TABLE book (title varchar(10)); CREATE TABLE author (name varchar(10))";
    db.batch_execute(tables).await.unwrap();
    run(&db, "INSERT INTO book VALUES ('Dune')").await.unwrap();
    run(&db, "INSERT INTO author VALUES ('Ann')").await.unwrap();
    let mut held = Vec::new();
    for _ in 0..connections {
        let tx = db.begin().await.unwrap();
        text(&tx, TITLES).await.unwrap();
        text(&tx, NAMES).await.unwrap();
        held.push(tx);
    }
    db
}

async fn widen(db: &Database, to: u32) {
    let sql = format!(
        "ALTER TABLE book ALTER title TYPE varchar({to}); ALTER TABLE author ALTER name TYPE \
         varchar({to})"
    );
    db.batch_execute(&sql).await.unwrap();
}

fn is_outdated<T>(result: &Result<T>) -> bool {
    matches!(result, Err(error @ Error::Database(e)) if e.code == "0A000" && error.is_retryable())
}

#[tokio::test]
async fn the_first_statement_of_a_transaction_is_prepared_anew() {
    let db = prepared(1).await;
    for (round, level) in
        [IsolationLevel::ReadCommitted, IsolationLevel::Serializable].into_iter().enumerate()
    {
        widen(&db, 20 + u32::try_from(round).unwrap()).await;
        let begin = db.begin().isolation(level).lock_timeout(std::time::Duration::from_secs(3));
        let found = begin
            .transaction(async |tx| {
                let title = text(tx, TITLES).await?;
                let found = format!("{title} {}", text(tx, NAMES).await?);
                // Its options hold as before.
                assert_eq!(text(tx, "SHOW lock_timeout").await?, "3s");
                run(tx, "INSERT INTO author VALUES ('Bo')").await?;
                Ok(found)
            })
            .await;
        assert_eq!(found.unwrap(), "Dune Ann");
    }
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM author").await.unwrap(), [3]);
}

#[tokio::test]
async fn where_something_was_done_before_it_is_an_error_once_for_the_whole_pool() {
    let db = prepared(3).await;
    widen(&db, 20).await;
    let work = async |tx: &Transaction| {
        numbers(tx, "SELECT 1").await?;
        Ok(format!("{} {}", text(tx, TITLES).await?, text(tx, NAMES).await?))
    };
    let failed = db.transaction(work).await;
    assert!(is_outdated(&failed), "{failed:?}");
    // On the same connection, and on each of the others.
    let mut held = Vec::new();
    for _ in 0..3 {
        let tx = db.begin().await.unwrap();
        assert_eq!(work(&tx).await.unwrap(), "Dune Ann");
        held.push(tx);
    }
}

#[tokio::test]
async fn retry_runs_it_again() {
    let db = prepared(1).await;
    widen(&db, 20).await;
    let attempts = AtomicU32::new(0);
    let found = db.retry(3).transaction(async |tx| {
        attempts.fetch_add(1, Ordering::Relaxed);
        numbers(tx, "SELECT 1").await?;
        text(tx, TITLES).await
    });
    assert_eq!(found.await.unwrap(), "Dune");
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_savepoint_before_it_is_something_that_was_done() {
    let db = prepared(1).await;
    widen(&db, 20).await;
    let failed = db.transaction(async |tx| {
        let inner = tx.transaction(async |sp| text(sp, TITLES).await).await;
        assert!(is_outdated(&inner), "{inner:?}");
        // The savepoint is undone alone, and the statement was forgotten.
        text(tx, TITLES).await
    });
    assert_eq!(failed.await.unwrap(), "Dune");
}

#[tokio::test]
async fn on_the_pool_it_is_prepared_again_at_once_and_so_are_the_others() {
    let db = prepared(1).await;
    widen(&db, 20).await;
    assert_eq!(text(&db, TITLES).await.unwrap(), "Dune");
    let found = db.transaction(async |tx| {
        numbers(tx, "SELECT 1").await?;
        text(tx, NAMES).await
    });
    assert_eq!(found.await.unwrap(), "Ann");
}

#[tokio::test]
async fn a_cursor_over_a_changed_table_is_read_by_its_new_types() {
    let db = with(|b| b.max_connections(1)).await;
    db.batch_execute("CREATE TABLE n AS SELECT generate_series(1, 3) AS n").await.unwrap();
    let wanted = || select("SELECT n FROM n", SqlType::Int4);
    db.transaction(async |tx| tx.open(wanted()).await?.next(&mut NoRows).await).await.unwrap();
    db.batch_execute("ALTER TABLE n ALTER n TYPE int8").await.unwrap();
    let mut rows = Collect::new(1);
    let result = db.transaction(async |tx| tx.open(wanted()).await?.next(&mut rows).await).await;
    assert!(matches!(result, Err(Error::Decode { .. })), "{result:?}");
}
