//! Transactions and savepoints.

mod support;

use orm_postgres::{Begin, Database, IsolationLevel, StatementCache, Transaction};
use orm_sql::exec::{CopyIn, Executor, Job, NoRows, RowSource, Statement, TakesRow};
use orm_sql::value::{SqlType, SqlValue};
use orm_sql::{Error, Result};
use std::task::{Context, Poll};
use support::{command, database, numbers, pid, run, select, statement, text, with};

/// A pool of one connection and an empty table, so that leftovers show.
async fn shelf() -> Database {
    let db = with(|b| b.max_connections(1)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    db
}

async fn add(db: &impl Executor, id: i32) -> Result<u64> {
    run(db, &format!("INSERT INTO book VALUES ({id})")).await
}

async fn books(db: &impl Executor) -> Vec<i32> {
    numbers(db, "SELECT id FROM book ORDER BY id").await.unwrap()
}

/// True outside of a transaction, where each statement has a time of its own.
async fn is_clean(db: &Database) -> bool {
    let now = "SELECT now()::text";
    text(db, now).await.unwrap() != text(db, now).await.unwrap()
}

fn broken() -> Error {
    Error::other(std::io::Error::other("broken"))
}

#[tokio::test]
async fn ok_commits_and_err_rolls_back() {
    let db = shelf().await;
    let n = db.transaction(async |tx| add(tx, 1).await).await.unwrap();
    assert_eq!((n, books(&db).await), (1, vec![1]));
    let failed: Result<()> = db
        .transaction(async |tx| {
            add(tx, 2).await?;
            Err(broken())
        })
        .await;
    assert_eq!(failed.unwrap_err().to_string(), "broken");
    assert!(is_clean(&db).await);
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn a_panic_and_a_drop_roll_back() {
    let db = shelf().await;
    let panics = tokio::spawn({
        let db = db.clone();
        async move {
            db.transaction(async |tx| -> Result<()> {
                add(tx, 1).await?;
                panic!("on purpose")
            })
            .await
        }
    });
    assert!(panics.await.unwrap_err().is_panic());
    assert_eq!(books(&db).await, [0; 0]);

    let tx = db.begin().await.unwrap();
    add(&tx, 2).await.unwrap();
    drop(tx);
    assert!(is_clean(&db).await);
    assert_eq!(books(&db).await, [0; 0]);

    let waits = db.transaction(async |tx| {
        add(tx, 3).await?;
        std::future::pending::<()>().await;
        Ok(())
    });
    let limit = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(limit, waits).await.is_err());
    assert_eq!(books(&db).await, [0; 0]);
}

#[tokio::test]
async fn a_drop_outside_of_a_runtime_rolls_back_at_once() {
    let db = with(|b| b.max_connections(2)).await;
    run(&db, "CREATE TABLE book (id int)").await.unwrap();
    let tx = db.begin().await.unwrap();
    run(&tx, "LOCK TABLE book").await.unwrap();
    std::thread::spawn(move || drop(tx)).join().unwrap();
    run(&db, "SET lock_timeout = 1000").await.unwrap();
    let other = db.begin().await.unwrap();
    run(&other, "LOCK TABLE book").await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(books(&db).await, [0; 0]);
}

#[tokio::test]
async fn savepoints_are_kept_or_undone_alone() {
    let db = shelf().await;
    db.transaction(async |tx| {
        add(tx, 1).await?;
        tx.transaction(async |sp| {
            add(sp, 2).await?;
            sp.transaction(async |inner| add(inner, 3).await).await?;
            let undone: Result<()> = sp
                .transaction(async |inner| {
                    add(inner, 4).await?;
                    Err(broken())
                })
                .await;
            assert!(undone.is_err());
            Ok(())
        })
        .await?;
        let failed = tx.transaction(async |sp| run(sp, "SELECT 1 / 0").await).await;
        assert!(matches!(failed, Err(Error::Database(_))));
        let dropped = tx.begin().await?;
        add(&dropped, 5).await?;
        drop(dropped);
        add(tx, 6).await?;
        let sp = tx.begin().await?;
        add(&sp, 7).await?;
        sp.rollback().await?;
        let sp = tx.begin().await?;
        add(&sp, 8).await?;
        sp.commit().await
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 2, 3, 6, 8]);
}

#[tokio::test]
async fn a_panic_in_a_savepoint_undoes_it() {
    use futures_util::FutureExt;
    let db = shelf().await;
    db.transaction(async |tx| {
        add(tx, 1).await?;
        let panics = tx.transaction(async |sp| -> Result<()> {
            add(sp, 2).await?;
            panic!("on purpose")
        });
        assert!(std::panic::AssertUnwindSafe(panics).catch_unwind().await.is_err());
        add(tx, 3).await
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 3]);
}

#[tokio::test]
async fn a_swallowed_error_is_no_silent_rollback() {
    let db = shelf().await;
    let result = db
        .transaction(async |tx| {
            add(tx, 1).await?;
            run(tx, "SELECT 1 / 0").await.ok();
            Ok(())
        })
        .await;
    let error = result.unwrap_err();
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    assert!(error.to_string().contains("was rolled back"), "{error}");
    assert_eq!(books(&db).await, [0; 0]);

    let result = db
        .transaction(async |tx| {
            add(tx, 1).await?;
            let inner = tx
                .transaction(async |sp| {
                    run(sp, "SELECT 1 / 0").await.ok();
                    Ok(())
                })
                .await;
            assert!(matches!(inner, Err(Error::Usage(_))));
            Ok(())
        })
        .await;
    result.unwrap();
    assert_eq!(books(&db).await, [1]);

    // A statement that was given up, and failed afterwards.
    let result = db
        .transaction(async |tx| {
            add(tx, 2).await?;
            let limit = std::time::Duration::from_millis(20);
            let slow = run(tx, "SELECT 1 / 0 FROM pg_sleep(0.1)");
            tokio::time::timeout(limit, slow).await.ok();
            Ok(())
        })
        .await;
    assert!(matches!(result, Err(Error::Usage(_))), "{result:?}");
    assert!(is_clean(&db).await);
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn a_deferred_constraint_fails_at_commit() {
    let db = shelf().await;
    db.batch_execute(
        "CREATE TABLE author (id int PRIMARY KEY, friend int REFERENCES author DEFERRABLE INITIALLY DEFERRED)",
    )
    .await
    .unwrap();
    let result = db.transaction(async |tx| run(tx, "INSERT INTO author VALUES (1, 2)").await).await;
    assert!(matches!(result, Err(Error::ForeignKey(_))), "{result:?}");
    assert!(is_clean(&db).await);
}

#[tokio::test]
async fn a_script_that_begins_a_transaction_leaves_none_open() {
    let db = shelf().await;
    let script = "BEGIN; INSERT INTO book VALUES (1); SELECT 1 / 0; COMMIT";
    db.batch_execute(script).await.unwrap_err();
    assert!(is_clean(&db).await);
    // It never comes to its COMMIT.
    db.batch_execute("begin; INSERT INTO book VALUES (2)").await.unwrap();
    assert!(is_clean(&db).await);
    let first = pid(&db).await;
    let raw = Statement { cached: false, ..command("START TRANSACTION") };
    db.run(&raw, &mut NoRows).await.unwrap();
    assert!(is_clean(&db).await);
    assert_eq!(pid(&db).await, first, "the connection is kept");
    // Given up in the middle.
    let given_up = db.batch_execute("BEGIN; SELECT pg_sleep(0.005); SELECT 1 / 0; COMMIT");
    let limit = std::time::Duration::from_millis(2);
    tokio::time::timeout(limit, given_up).await.ok();
    assert!(is_clean(&db).await);
    assert_eq!(books(&db).await, [0; 0]);
    db.batch_execute("BEGIN; INSERT INTO book VALUES (3); COMMIT").await.unwrap();
    assert_eq!(books(&db).await, [3]);
}

#[tokio::test]
async fn options_reach_the_server() {
    let db = shelf().await;
    for (level, name) in [
        (IsolationLevel::ReadCommitted, "read committed"),
        (IsolationLevel::RepeatableRead, "repeatable read"),
        (IsolationLevel::Serializable, "serializable"),
    ] {
        let tx = db.begin().isolation(level).await.unwrap();
        assert_eq!(
            text(&tx, "SELECT current_setting('transaction_isolation')").await.unwrap(),
            name
        );
        tx.commit().await.unwrap();
    }
    let tx = db.begin().isolation(IsolationLevel::Serializable).read_only().deferrable();
    let tx = tx.await.unwrap();
    assert_eq!(text(&tx, "SELECT current_setting('transaction_deferrable')").await.unwrap(), "on");
    let error = add(&tx, 1).await.unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
}

#[tokio::test]
async fn a_savepoint_that_outlives_its_transaction_says_so() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    let sp = tx.begin().await.unwrap();
    tx.rollback().await.unwrap();
    let error = add(&sp, 1).await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("has ended")), "{error:?}");
    assert!(sp.commit().await.is_err());
    assert!(is_clean(&db).await);
}

#[tokio::test]
async fn savepoints_that_end_out_of_order_lose_nothing() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    add(&tx, 1).await.unwrap();
    // The outer one is rolled back first: dropping the inner one must not undo it once more.
    let outer = tx.begin().await.unwrap();
    let inner = outer.begin().await.unwrap();
    add(&inner, 2).await.unwrap();
    outer.rollback().await.unwrap();
    let error = add(&inner, 3).await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("savepoint has ended")), "{error:?}");
    drop(inner);
    // And released first.
    let outer = tx.begin().await.unwrap();
    let inner = outer.begin().await.unwrap();
    add(&inner, 4).await.unwrap();
    outer.commit().await.unwrap();
    assert!(matches!(inner.rollback().await, Err(Error::Usage(_))));
    add(&tx, 5).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1, 4, 5]);
}

#[tokio::test]
async fn a_cursor_survives_the_savepoints_that_come_after_it() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    add(&tx, 1).await.unwrap();
    let many = || select("SELECT generate_series(1, 2000)", SqlType::Int4);
    let mut before = tx.open(many()).await.unwrap();
    let sp = tx.begin().await.unwrap();
    // One of the transaction would go with the savepoint.
    let error = tx.open(many()).await.map(drop).unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("savepoint")), "{error:?}");
    let error = before.next(&mut NoRows).await.unwrap_err();
    assert!(matches!(&error, Error::Usage(m) if m.contains("savepoint")), "{error:?}");
    let mut within = sp.open(many()).await.unwrap();
    assert!(within.next(&mut NoRows).await.unwrap());
    drop(within);
    sp.rollback().await.unwrap();
    let mut chunks = 0;
    while before.next(&mut NoRows).await.unwrap() {
        chunks += 1;
    }
    assert_eq!(chunks, 4);
    drop(before);
    tx.commit().await.unwrap();
    assert_eq!(books(&db).await, [1]);
}

#[tokio::test]
async fn units_of_the_library_are_transactions_and_savepoints() {
    async fn unit(db: &impl Executor, id: i32, keep: bool) {
        let unit: Transaction = db.begin().await.unwrap();
        add(&unit.executor(), id).await.unwrap();
        let inner = unit.executor().begin().await.unwrap();
        add(&inner.executor(), id + 1).await.unwrap();
        inner.commit().await.unwrap();
        if keep { unit.commit().await.unwrap() } else { unit.rollback().await.unwrap() }
    }
    let db = shelf().await;
    unit(&db, 1, true).await;
    unit(&db, 10, false).await;
    db.transaction(async |tx| {
        unit(tx, 20, true).await;
        unit(tx, 30, false).await;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 2, 20, 21]);
}

#[tokio::test]
async fn futures_are_send() {
    async fn transfer(db: Database, name: String) -> Result<Vec<i32>> {
        db.transaction(async |tx: &Transaction| {
            add(tx, 1).await?;
            tx.transaction(async |sp| add(sp, 2).await).await?;
            assert_eq!(name, "Ann");
            let (a, b) = tokio::join!(pid(tx), pid(tx));
            assert_eq!(a, b);
            Ok(books(tx).await)
        })
        .await
    }
    let db = shelf().await;
    let task = tokio::spawn(transfer(db.clone(), "Ann".to_owned()));
    assert_eq!(task.await.unwrap().unwrap(), [1, 2]);
    let task = tokio::spawn(async move { db.transaction(async move |tx| add(tx, 1).await).await });
    assert_eq!(task.await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn a_connection_lost_in_a_transaction_is_an_error() {
    let db = database().await;
    let tx = db.begin().await.unwrap();
    let victim = pid(&tx).await;
    numbers(&db, &format!("SELECT pg_terminate_backend({victim})::int")).await.unwrap();
    let error = numbers(&tx, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, Error::Connection { .. }), "{error:?}");
    assert!(tx.commit().await.is_err());
    assert_eq!(numbers(&db, "SELECT 1").await.unwrap(), [1]);
}

/// What can be the first thing that is done in a transaction: each adds the book 1.
async fn first(kind: &str, tx: &Transaction) {
    const INSERT: &str = "INSERT INTO book VALUES (1) RETURNING id";
    let insert = select(INSERT, SqlType::Int4);
    match kind {
        "statement" => assert_eq!(numbers(tx, INSERT).await.unwrap(), [1]),
        "raw text" => assert_eq!(add(tx, 1).await.unwrap(), 1),
        "batch" => {
            let mut sink = NoRows;
            let jobs = vec![Job { statement: &insert, sink: &mut sink }];
            assert_eq!(tx.run_all(jobs).await.unwrap(), [1]);
        }
        "cursor" => {
            let mut cursor = tx.open(insert).await.unwrap();
            while cursor.next(&mut NoRows).await.unwrap() {}
        }
        "script" => tx.batch_execute("INSERT INTO book VALUES (1)").await.unwrap(),
        "savepoint" => {
            let savepoint = tx.begin().await.unwrap();
            add(&savepoint, 1).await.unwrap();
            savepoint.commit().await.unwrap();
        }
        "copy" => {
            let columns = &[("id", SqlType::Int4)];
            let statement = statement("COPY book (id) FROM STDIN (FORMAT binary)", vec![], columns);
            let copy = CopyIn { statement, binary: true };
            assert_eq!(tx.copy_in(&copy, &mut Once(true)).await.unwrap(), 1);
        }
        "refused" => {
            assert!(run(tx, "INSERT INTO book VALUES ('x'::int)").await.is_err());
        }
        _ => assert_eq!(kind, "nothing"),
    }
}

/// The book 1.
struct Once(bool);

impl RowSource for Once {
    fn poll_row(&mut self, _: &mut Context<'_>, row: &mut dyn TakesRow) -> Poll<Result<bool>> {
        let first = std::mem::take(&mut self.0);
        if first {
            row.value(&SqlValue::I32(1))?;
        }
        Poll::Ready(Ok(first))
    }

    fn sent(&mut self, _: u64) {}
}

/// BEGIN goes with whatever is done first.
#[tokio::test]
async fn whatever_comes_first_is_in_the_transaction() {
    let kinds = ["statement", "raw text", "batch", "cursor", "script", "savepoint", "copy"];
    let begins: [fn(&Database) -> Begin<'_>; 2] =
        [|db| db.begin(), |db| db.begin().isolation(IsolationLevel::Serializable)];
    for mode in [StatementCache::Named(20), StatementCache::Unnamed] {
        let db = with(|b| b.max_connections(1).statement_cache(mode)).await;
        run(&db, "CREATE TABLE book (id int)").await.unwrap();
        for kind in kinds.into_iter().chain(["nothing", "refused"]) {
            for begin in begins {
                let tx = begin(&db).await.unwrap();
                first(kind, &tx).await;
                tx.rollback().await.unwrap();
                assert_eq!(books(&db).await, [0; 0], "{kind}, rolled back");
                let tx = begin(&db).await.unwrap();
                first(kind, &tx).await;
                drop(tx);
                assert_eq!(books(&db).await, [0; 0], "{kind}, dropped");
                let tx = begin(&db).await.unwrap();
                first(kind, &tx).await;
                let committed = tx.commit().await;
                assert_eq!(committed.is_ok(), kind != "refused", "{kind}: {committed:?}");
                let expected: &[i32] = if kinds.contains(&kind) { &[1] } else { &[] };
                assert_eq!(books(&db).await, expected, "{kind}, committed");
                run(&db, "DELETE FROM book").await.unwrap();
                assert!(is_clean(&db).await, "{kind}");
            }
        }
    }
}
