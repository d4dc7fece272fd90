//! Options of transactions, and errors inside of them.

use super::{add, books, shelf};
use crate::support::{pid, run, text, with};
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::IsolationLevel;
use orm_sql::{Error, Result};
use std::time::Duration;

async fn setting(db: &impl Executor, name: &str) -> String {
    text(db, &format!("SELECT current_setting('{name}')")).await.unwrap()
}

#[tokio::test]
async fn limits_are_those_of_the_transaction_alone() {
    let db = shelf().await;
    let names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    let mut before = Vec::new();
    for name in names {
        before.push(setting(&db, name).await);
    }
    let tx = db
        .begin()
        .isolation(IsolationLevel::RepeatableRead)
        .read_only()
        .statement_timeout(Duration::from_secs(5))
        .lock_timeout(Duration::from_millis(1500))
        .idle_timeout(Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(setting(&tx, "transaction_isolation").await, "repeatable read");
    assert_eq!(setting(&tx, "transaction_read_only").await, "on");
    let mut inside = Vec::new();
    for name in names {
        inside.push(setting(&tx, name).await);
    }
    assert_eq!(inside, ["5s", "1500ms", "1min"]);
    tx.commit().await.unwrap();
    // The same connection afterwards.
    let mut after = Vec::new();
    for name in names {
        after.push(setting(&db, name).await);
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_takes_too_long_is_a_timeout() {
    let db = with(|b| b.max_connections(2)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    let brief = Duration::from_millis(20);
    let slow: Result<()> = db
        .begin()
        .statement_timeout(brief)
        .transaction(async |tx| {
            add(tx, 1).await?;
            tx.batch_execute("SELECT pg_sleep(30)").await
        })
        .await;
    assert!(
        matches!(&slow, Err(Error::Timeout { message }) if message.contains("statement timeout")),
        "{slow:?}"
    );
    let holder = db.begin().await.unwrap();
    run(&holder, "LOCK TABLE book").await.unwrap();
    let locked = db.begin().lock_timeout(brief).transaction(async |tx| add(tx, 2).await).await;
    assert!(
        matches!(&locked, Err(Error::Timeout { message }) if message.contains("lock timeout")),
        "{locked:?}"
    );
    // In a savepoint such an error ends the savepoint alone.
    let tx = db.begin().lock_timeout(brief).await.unwrap();
    let locked = tx.transaction(async |sp| add(sp, 3).await).await;
    assert!(matches!(locked, Err(Error::Timeout { .. })), "{locked:?}");
    holder.rollback().await.unwrap();
    add(&tx, 4).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [4]);
}

#[tokio::test]
async fn a_transaction_left_alone_ends() {
    let db = with(|b| b.max_connections(1)).await;
    let tx = db.begin().idle_timeout(Duration::from_millis(20)).await.unwrap();
    let first = pid(&tx).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let error = run(&tx, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    drop(tx);
    assert_ne!(pid(&db).await, first);
}

#[tokio::test]
async fn a_durable_transaction_is_no_savepoint() {
    async fn pay(db: &impl Executor) -> Result<u64> {
        db.begin().durable().transaction(async |tx| add(tx, 1).await).await
    }
    let db = shelf().await;
    assert_eq!(pay(&db).await.unwrap(), 1);
    let result = db
        .transaction(async |tx| {
            add(tx, 2).await?;
            let error = pay(tx).await.unwrap_err();
            assert!(matches!(&error, Error::Usage(m) if m.contains("durable")), "{error:?}");
            let sp = tx.begin().await?;
            pay(&sp).await.unwrap_err();
            sp.commit().await?;
            // Nothing was sent, so the transaction goes on.
            add(tx, 3).await
        })
        .await;
    result.unwrap();
    assert_eq!(books(&db).await, [1, 2, 3]);
}

#[tokio::test]
async fn a_savepoint_takes_no_options() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    let limit = Duration::from_secs(1);
    for begin in [
        tx.begin().isolation(IsolationLevel::Serializable),
        tx.begin().read_only(),
        tx.begin().deferrable(),
        tx.begin().statement_timeout(limit),
        tx.begin().lock_timeout(limit),
        tx.begin().idle_timeout(limit),
    ] {
        let error = begin.await.unwrap_err();
        assert!(matches!(&error, Error::Usage(m) if m.contains("outermost")), "{error:?}");
    }
    add(&tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn after_an_error_the_next_one_says_what_to_do() {
    let db = shelf().await;
    let result = db
        .transaction(async |tx| {
            run(tx, "SELECT 1 / 0").await.unwrap_err();
            add(tx, 1).await
        })
        .await;
    let error = result.unwrap_err();
    assert!(matches!(&error, Error::Database(e) if e.code == "25P02"), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("an earlier statement of this transaction has failed"), "{message}");
    assert!(message.contains("savepoint"), "{message}");
}
