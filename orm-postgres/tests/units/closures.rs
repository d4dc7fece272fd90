//! Closures in transactions: functions over any executor, errors of one's own, tasks.

use super::{add, books, broken, shelf};
use orm_postgres::Database;
use orm_sql::exec::transaction::{IsolationLevel, Transaction, Transactions};
use orm_sql::exec::{AnyExecutor, Executor};
use orm_sql::{Error, Result};

/// Adds two books or none, on whatever it gets.
async fn pair(db: &impl Executor, id: i32, keep: bool) -> Result<u64> {
    db.transaction(async |tx| {
        add(tx, id).await?;
        // Again through what is in hand.
        tx.transaction(async |sp| add(sp, id + 1).await).await?;
        if keep { Ok(2) } else { Err(broken()) }
    })
    .await
}

/// The same through a trait object.
async fn pair_of(db: &dyn Executor, id: i32) -> Result<u64> {
    pair(&db, 1000, false).await.unwrap_err();
    db.transaction(async |tx| pair(tx, id, true).await).await
}

#[tokio::test]
async fn functions_over_any_executor_open_transactions_and_savepoints() {
    let db = shelf().await;
    pair(&db, 1, true).await.unwrap();
    pair(&db, 10, false).await.unwrap_err();
    pair(&&db, 20, true).await.unwrap();
    pair(&AnyExecutor::new(&db), 30, true).await.unwrap();
    pair_of(&db, 40).await.unwrap();
    db.transaction(async |tx| {
        pair(tx, 50, true).await?;
        pair(tx, 60, false).await.unwrap_err();
        pair_of(tx, 70).await?;
        pair(&tx.executor().begin().await?, 80, true).await
    })
    .await
    .unwrap_or_else(|e| panic!("{e}"));
    // The savepoint of the last pair was dropped.
    assert_eq!(books(&db).await, [1, 2, 20, 21, 30, 31, 40, 41, 50, 51, 70, 71]);
}

#[derive(Debug)]
enum AppError {
    CardRefused,
    Database(Error),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        AppError::Database(error)
    }
}

#[tokio::test]
async fn errors_of_ones_own_end_a_transaction() {
    async fn buy(db: &impl Executor, card: bool) -> Result<u64, AppError> {
        db.try_transaction::<_, AppError>(async |tx| {
            let n = add(tx, 1).await?;
            if card { Ok(n) } else { Err(AppError::CardRefused) }
        })
        .await
    }
    let db = shelf().await;
    assert_eq!(buy(&db, true).await.unwrap(), 1);
    assert!(matches!(buy(&db, false).await, Err(AppError::CardRefused)));
    let result = db
        .try_transaction::<_, AppError>(async |tx| {
            assert!(matches!(buy(tx, false).await, Err(AppError::CardRefused)));
            buy(tx, true).await?;
            tx.batch_execute("SELECT 1 / 0").await.ok();
            Ok(())
        })
        .await;
    assert!(matches!(result, Err(AppError::Database(Error::Usage(_)))), "{result:?}");
    assert_eq!(books(&db).await, [1]);
    let options = db.begin().isolation(IsolationLevel::Serializable);
    let n = options.try_transaction::<_, AppError>(async |tx| Ok(add(tx, 2).await?)).await;
    assert_eq!(n.unwrap(), 1);
}

#[tokio::test]
async fn a_generic_wrapper_uses_begin() {
    struct Bank<E>(E);
    impl<E: Executor> Bank<E> {
        async fn twice(&self, id: i32) -> Result<()> {
            let tx: Transaction = self.0.begin().isolation(IsolationLevel::Serializable).await?;
            add(&tx, id).await?;
            let savepoint = tx.begin().await?;
            add(&savepoint, id + 1).await?;
            savepoint.commit().await?;
            tx.commit().await
        }
    }
    let db = shelf().await;
    tokio::spawn(async move {
        Bank(db.clone()).twice(1).await.unwrap();
        let tx = db.begin().await.unwrap();
        let error = Bank(&tx).twice(5).await.unwrap_err();
        assert!(matches!(&error, Error::Usage(m) if m.contains("savepoint")), "{error:?}");
        tx.rollback().await.unwrap();
        assert_eq!(books(&db).await, [1, 2]);
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn tasks_hold_closures_guards_and_retries() {
    /// What a handler does, with borrowed things in its closures.
    async fn handler(db: &impl Executor, name: &str, ids: Vec<i32>) -> Result<usize> {
        let seen = name.len();
        let n = db
            .retry(3)
            .transaction(async |tx| {
                for id in &ids {
                    pair(tx, *id, true).await?;
                }
                let savepoint = tx.begin().await?;
                add(&savepoint, 100).await?;
                savepoint.rollback().await?;
                let note = name.to_owned();
                tx.on_commit(async move || drop(note));
                Ok(ids.len() + seen)
            })
            .await?;
        db.begin().transaction(async |tx| add(tx, 9).await).await?;
        Ok(n)
    }
    let db = shelf().await;
    let pool: Database = db.clone();
    let task = tokio::spawn(async move {
        let (name, ids) = (String::from("Ann"), vec![1, 3]);
        let n = handler(&pool, &name, ids).await?;
        pool.transaction(async |tx| tx.transaction(async |sp| add(sp, 200).await).await).await?;
        let tx = pool.begin().await?;
        let dynamic: &dyn Executor = &tx;
        dynamic.transaction(async |sp| add(sp, 300).await).await?;
        tx.commit().await?;
        Ok::<_, Error>(n)
    });
    assert_eq!(task.await.unwrap().unwrap(), 5);
    assert_eq!(books(&db).await, [1, 2, 3, 4, 9, 200, 300]);
}
