//! Statements that are never prepared.

use crate::support::{Collect, numbers, pid, run, select, statement, text, with};
use orm_postgres::{Database, StatementCache};
use orm_sql::Error;
use orm_sql::exec::{Executor, Job, NoRows, Statement};
use orm_sql::value::{SqlType, SqlValue};

async fn unnamed() -> Database {
    with(|b| b.max_connections(2).statement_cache(StatementCache::Unnamed)).await
}

async fn prepared(db: &impl Executor) -> i32 {
    numbers(db, "SELECT count(*)::int FROM pg_prepared_statements").await.unwrap()[0]
}

fn moods(sql: &str) -> Statement {
    statement(sql, vec![], &[("mood", SqlType::Named("mood"))])
}

#[tokio::test]
async fn nothing_is_ever_prepared() {
    let db = unnamed().await;
    run(&db, "CREATE TABLE book (id int, title text)").await.unwrap();
    let insert = "INSERT INTO book SELECT n, 'x' FROM generate_series(1, 1200) AS n";
    assert_eq!(run(&db, insert).await.unwrap(), 1200);
    assert_eq!(numbers(&db, "SELECT count(*)::int FROM book").await.unwrap(), [1200]);
    assert_eq!(text(&db, "SELECT title FROM book LIMIT 1").await.unwrap(), "x");
    let all = select("SELECT id FROM book ORDER BY id", SqlType::Int4);
    let tx = db.begin().await.unwrap();
    let mut cursor = tx.open(all.clone()).await.unwrap();
    let mut rows = Collect::new(1);
    while cursor.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows.len(), 1200);
    drop(cursor);
    let returned = select("DELETE FROM book WHERE id > 1000 RETURNING id", SqlType::Int4);
    let mut cursor = tx.open(returned).await.unwrap();
    let mut rows = Collect::new(1);
    while cursor.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows.len(), 200);
    drop(cursor);
    let (mut one, mut two) = (Collect::new(1), Collect::new(1));
    let jobs =
        vec![Job { statement: &all, sink: &mut one }, Job { statement: &all, sink: &mut two }];
    assert_eq!(tx.run_all(jobs).await.unwrap(), [1000, 1000]);
    assert_eq!(prepared(&tx).await, 0);
    tx.commit().await.unwrap();
    let mut cursor = db.open(all).await.unwrap();
    while cursor.next(&mut NoRows).await.unwrap() {}
    drop(cursor);
    assert_eq!(prepared(&db).await, 0);
}

#[tokio::test]
async fn columns_are_checked_all_the_same() {
    let db = unnamed().await;
    let wrong = select("SELECT 'text'", SqlType::Int4);
    for error in [
        db.run(&wrong, &mut NoRows).await.unwrap_err(),
        db.begin().await.unwrap().run(&wrong, &mut NoRows).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    }
    let tx = db.begin().await.unwrap();
    let mut cursor = tx.open(wrong.clone()).await.unwrap();
    let error = cursor.next(&mut NoRows).await.unwrap_err();
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}

#[tokio::test]
async fn types_of_the_database_are_known_before_they_are_needed() {
    let db = unnamed().await;
    run(&db, "CREATE TYPE mood AS ENUM ('sad', 'ok')").await.unwrap();
    run(&db, "CREATE TABLE person (id int, mood mood, moods mood[], word text)").await.unwrap();
    // The connection was made before the type: another takes its place.
    let before = pid(&db).await;
    let param = vec![(SqlValue::Text("ok".into()), SqlType::Named("mood"))];
    let insert = statement("INSERT INTO person VALUES (1, $1, ARRAY[$1])", param, &[]);
    db.run(&insert, &mut NoRows).await.unwrap();
    let mut rows = Collect::new(1);
    db.run(&moods("SELECT mood FROM person"), &mut rows).await.unwrap();
    assert_eq!(rows.rows[0][0].as_deref(), Some(&b"ok"[..]));
    assert_ne!(pid(&db).await, before);
    let array = SqlType::Array(&SqlType::Named("mood"));
    let arrays = statement("SELECT moods FROM person", vec![], &[("moods", array)]);
    let tx = db.begin().await.unwrap();
    assert_eq!(tx.run(&arrays, &mut NoRows).await.unwrap(), 1);
    let mut cursor = tx.open(moods("SELECT mood FROM person")).await.unwrap();
    let mut rows = Collect::new(1);
    while cursor.next(&mut rows).await.unwrap() {}
    assert_eq!(rows.rows.len(), 1);
    drop(cursor);
    // A text field over an enum, which the driver has to know as well.
    assert_eq!(text(&tx, "SELECT mood FROM person").await.unwrap(), "ok");
    assert_eq!(prepared(&tx).await, 0);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_type_made_in_the_same_transaction_is_refused_with_the_cure() {
    let db = unnamed().await;
    let tx = db.begin().await.unwrap();
    tx.batch_execute("CREATE TYPE mood AS ENUM ('sad', 'ok')").await.unwrap();
    let error = tx.run(&moods("SELECT 'ok'::mood"), &mut NoRows).await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("`mood`") && message.contains("new connection"), "{message}");
    drop(tx);
    run(&db, "SELECT 1").await.unwrap();
}
