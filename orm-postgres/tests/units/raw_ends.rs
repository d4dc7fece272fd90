//! Raw text that ends the transaction it stands in: noticed at once, and nothing is done after it.

use super::{add, books, run, shelf};
use crate::support::{statement, text};
use orm_postgres::Database;
use orm_sql::exec::{Executor, NoRows, Statement};
use orm_sql::{Error, Result};

async fn is_clean(db: &Database) -> bool {
    let now = "SELECT now()::text";
    text(db, now).await.unwrap() != text(db, now).await.unwrap()
}

/// One statement that is sent once, as `execute` does.
async fn once(db: &impl Executor, sql: &str) -> Result<u64> {
    let statement = Statement { cached: false, ..statement(sql, vec![], &[]) };
    db.run(&statement, &mut NoRows).await
}

fn is_told<T>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Usage(message)) if message.contains("ended the transaction"))
}

#[tokio::test]
async fn texts_that_end_the_transaction_are_noticed() {
    let db = shelf().await;
    for (round, sql) in [
        "ROLLBACK",
        "commit",
        " ;  END",
        "/* done */ ABORT",
        "-- done\nROLLBACK",
        "ROLLBACK AND CHAIN",
        "COMMIT AND CHAIN",
    ]
    .into_iter()
    .enumerate()
    {
        for script in [false, true] {
            let keeps = ["commit", "end"].iter().any(|word| sql.to_lowercase().contains(word));
            let before = books(&db).await;
            let id = i32::try_from(round).unwrap() * 10;
            let ended: Result<()> = db
                .transaction(async |tx| {
                    add(tx, id).await?;
                    let told = match script {
                        true => tx.batch_execute(sql).await.map(|()| 0),
                        false if sql.starts_with(' ') => return Ok(()),
                        false => once(tx, sql).await,
                    };
                    assert!(is_told(&told), "{sql}: {told:?}");
                    let late = add(tx, id + 1).await;
                    assert!(matches!(late, Err(Error::Usage(_))), "{sql}: {late:?}");
                    Ok(())
                })
                .await;
            if script || !sql.starts_with(' ') {
                assert!(matches!(ended, Err(Error::Usage(_))), "{sql}: {ended:?}");
                let kept = books(&db).await.len() - before.len();
                assert_eq!(kept, usize::from(keeps), "{sql}");
            }
            assert!(is_clean(&db).await, "{sql}");
        }
    }
}

#[tokio::test]
async fn scripts_that_begin_another_one_in_its_place_are_noticed() {
    let db = shelf().await;
    for sql in [
        "ROLLBACK; BEGIN",
        "COMMIT; BEGIN; INSERT INTO book VALUES (100)",
        "SELECT 1; ROLLBACK; START TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT 2",
        "PREPARE nothing AS SELECT 1; DEALLOCATE nothing; ROLLBACK",
    ] {
        let tx = db.begin().await.unwrap();
        run(&tx, "SELECT 1").await.unwrap();
        let told = tx.batch_execute(sql).await;
        assert!(is_told(&told), "{sql}: {told:?}");
        assert!(matches!(tx.commit().await, Err(Error::Usage(_))), "{sql}");
        assert!(is_clean(&db).await, "{sql}");
        assert_eq!(books(&db).await, [0; 0], "{sql}");
    }
    // One that fails behind the end is noticed as well.
    let tx = db.begin().await.unwrap();
    let told = tx.batch_execute("ROLLBACK; SELECT 1 / 0").await;
    assert!(is_told(&told), "{told:?}");
    assert!(matches!(add(&tx, 1).await, Err(Error::Usage(_))));
    drop(tx);
    assert!(is_clean(&db).await);
}

#[tokio::test]
async fn one_that_had_failed_is_not_left_by_text() {
    let db = shelf().await;
    for sql in ["ROLLBACK", "COMMIT", "ROLLBACK; BEGIN"] {
        let tx = db.begin().await.unwrap();
        add(&tx, 1).await.unwrap();
        run(&tx, "SELECT 1 / 0").await.unwrap_err();
        let told = tx.batch_execute(sql).await;
        assert!(is_told(&told), "{sql}: {told:?}");
        assert!(matches!(add(&tx, 2).await, Err(Error::Usage(_))), "{sql}");
        assert!(matches!(tx.commit().await, Err(Error::Usage(_))), "{sql}");
        assert!(is_clean(&db).await, "{sql}");
    }
    assert_eq!(books(&db).await, [0; 0]);
}

#[tokio::test]
async fn savepoints_and_other_uses_of_the_words_are_left_alone() {
    let db = shelf().await;
    db.transaction(async |tx| {
        add(tx, 1).await?;
        tx.batch_execute("SAVEPOINT mine").await?;
        add(tx, 2).await?;
        once(tx, "ROLLBACK TO SAVEPOINT mine").await?;
        add(tx, 3).await?;
        run(tx, "SELECT 1 / 0").await.unwrap_err();
        once(tx, "ROLLBACK TO SAVEPOINT mine").await?;
        add(tx, 4).await?;
        tx.batch_execute("SELECT 'commit'; SELECT CASE WHEN true THEN 1 END; -- rollback").await?;
        tx.batch_execute("DO $$ BEGIN PERFORM 1; END $$").await?;
        once(tx, "PREPARE twice AS SELECT 2").await?;
        once(tx, "DEALLOCATE twice").await?;
        tx.transaction(async |sp| sp.batch_execute("SELECT 'end'").await).await?;
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(books(&db).await, [1, 4]);
}

#[tokio::test]
async fn one_that_was_given_up_is_looked_after_by_the_next_call() {
    let db = shelf().await;
    let tx = db.begin().await.unwrap();
    add(&tx, 1).await.unwrap();
    let text = "ROLLBACK; SELECT pg_sleep(0.05)";
    let brief = std::time::Duration::from_millis(20);
    tokio::time::timeout(brief, tx.batch_execute(text)).await.unwrap_err();
    let told = add(&tx, 2).await;
    assert!(is_told(&told), "{told:?}");
    drop(tx);
    assert_eq!(books(&db).await, [0; 0]);
}
