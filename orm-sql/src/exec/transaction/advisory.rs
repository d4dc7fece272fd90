//! Advisory locks that a transaction holds: locks on numbers or names, of which only those who
//! ask for them know.

use super::Transaction;
use crate::error::Result;
use crate::exec::{BoxFuture, Executor, NoRows, OutputColumn, Statement};
use crate::row::{Cells, RowSink};
use crate::value::{SqlType, SqlValue};

/// What an advisory lock is on. Keys of different kinds never meet, but for a name and the number
/// that it is hashed to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AdvisoryKey {
    /// A number.
    Number(i64),
    /// A kind and a number of that kind.
    Pair(i32, i32),
    /// A name, which the server hashes to 64 bits.
    Name(String),
}

/// What can be the key of an advisory lock: `i64`, `(i32, i32)`, text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an advisory lock",
    label = "expected an `i64`, an `(i32, i32)` or text"
)]
pub trait IntoAdvisoryKey {
    /// The key.
    fn into_key(self) -> AdvisoryKey;
}

impl IntoAdvisoryKey for AdvisoryKey {
    fn into_key(self) -> AdvisoryKey {
        self
    }
}

impl IntoAdvisoryKey for i64 {
    fn into_key(self) -> AdvisoryKey {
        AdvisoryKey::Number(self)
    }
}

impl IntoAdvisoryKey for (i32, i32) {
    fn into_key(self) -> AdvisoryKey {
        AdvisoryKey::Pair(self.0, self.1)
    }
}

impl IntoAdvisoryKey for &str {
    fn into_key(self) -> AdvisoryKey {
        AdvisoryKey::Name(self.to_owned())
    }
}

impl IntoAdvisoryKey for &String {
    fn into_key(self) -> AdvisoryKey {
        AdvisoryKey::Name(self.clone())
    }
}

impl IntoAdvisoryKey for String {
    fn into_key(self) -> AdvisoryKey {
        AdvisoryKey::Name(self)
    }
}

impl Transaction {
    /// Waits for the lock on a key, and holds it until the transaction ends.
    ///
    /// ```
    /// # async fn f(tx: &orm_sql::exec::transaction::Transaction) -> orm_sql::Result<()> {
    /// tx.advisory_lock(42).await?;               // SELECT pg_advisory_xact_lock($1)
    /// tx.advisory_lock((1, 42)).await?;          // SELECT pg_advisory_xact_lock($1, $2)
    /// tx.advisory_lock("nightly report").await?; // SELECT pg_advisory_xact_lock(hashtextextended($1, 0))
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// A savepoint that is rolled back gives back the locks it took. The same lock can be taken
    /// again by who holds it. Keys are those of the database: other programs that use the same
    /// number wait for each other.
    ///
    /// # Errors
    ///
    /// [`Error::Deadlock`](crate::Error::Deadlock), and
    /// [`Error::Timeout`](crate::Error::Timeout) after a `lock_timeout`.
    pub fn advisory_lock(&self, key: impl IntoAdvisoryKey) -> BoxFuture<'_, Result<()>> {
        self.wait(&ALONE, key.into_key())
    }

    /// The same for several holders at once, who keep those of [`Transaction::advisory_lock`]
    /// out.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// tx.advisory_lock_shared(42).await?;
    /// # tx.commit().await?;
    /// assert_sent!(db, "BEGIN", "SELECT pg_advisory_xact_lock_shared($1)", "COMMIT");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Transaction::advisory_lock`].
    pub fn advisory_lock_shared(&self, key: impl IntoAdvisoryKey) -> BoxFuture<'_, Result<()>> {
        self.wait(&SHARED, key.into_key())
    }

    /// Takes the lock on a key without waiting; false where somebody else holds it.
    ///
    /// ```
    /// # async fn report(db: &impl orm_sql::exec::Executor) -> orm_sql::Result<()> {
    /// let tx = db.begin().await?;
    /// if tx.try_advisory_lock("nightly report").await? {
    ///     // Nobody else is at it.
    /// }
    /// # tx.commit().await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub fn try_advisory_lock(&self, key: impl IntoAdvisoryKey) -> BoxFuture<'_, Result<bool>> {
        self.attempt(&TRY_ALONE, key.into_key())
    }

    /// The same for several holders at once.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// let locked: bool = tx.try_advisory_lock_shared(42).await?;
    /// # tx.commit().await?;
    /// assert_sent!(db, "BEGIN", "SELECT pg_try_advisory_xact_lock_shared($1)", "COMMIT");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub fn try_advisory_lock_shared(
        &self,
        key: impl IntoAdvisoryKey,
    ) -> BoxFuture<'_, Result<bool>> {
        self.attempt(&TRY_SHARED, key.into_key())
    }

    fn wait(&self, lock: &Lock, key: AdvisoryKey) -> BoxFuture<'_, Result<()>> {
        let statement = statement(lock, key);
        Box::pin(async move { self.run(&statement, &mut NoRows).await.map(drop) })
    }

    fn attempt(&self, lock: &Lock, key: AdvisoryKey) -> BoxFuture<'_, Result<bool>> {
        let field = "taken";
        let column = OutputColumn { model: "the advisory lock", field, sql_type: SqlType::Bool };
        let statement = Statement { columns: [column].into(), ..statement(lock, key) };
        Box::pin(async move {
            let mut taken = Taken(false);
            self.run(&statement, &mut taken).await?;
            Ok(taken.0)
        })
    }
}

/// The statements of a way to take a lock, by the kind of its key.
struct Lock {
    number: &'static str,
    pair: &'static str,
    name: &'static str,
}

macro_rules! locks {
    ($($lock:ident $function:literal;)*) => {$(
        static $lock: Lock = Lock {
            number: concat!("SELECT ", $function, "($1)"),
            pair: concat!("SELECT ", $function, "($1, $2)"),
            name: concat!("SELECT ", $function, "(hashtextextended($1, 0))"),
        };
    )*};
}
locks! {
    ALONE "pg_advisory_xact_lock";
    SHARED "pg_advisory_xact_lock_shared";
    TRY_ALONE "pg_try_advisory_xact_lock";
    TRY_SHARED "pg_try_advisory_xact_lock_shared";
}

fn statement(lock: &Lock, key: AdvisoryKey) -> Statement {
    let (sql, params) = match key {
        AdvisoryKey::Number(key) => (lock.number, vec![(SqlValue::I64(key), SqlType::Int8)]),
        AdvisoryKey::Pair(kind, key) => {
            let pair = [kind, key].map(|n| (SqlValue::I32(n), SqlType::Int4));
            (lock.pair, pair.into())
        }
        AdvisoryKey::Name(name) => (lock.name, vec![(SqlValue::Text(name), SqlType::Text)]),
    };
    Statement { sql: sql.into(), params, cached: true, ..Statement::default() }
}

/// Whether the lock was taken.
struct Taken(bool);

impl RowSink for Taken {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.0 = cells.cell(0).is_some_and(|raw| raw != [0]);
        Ok(())
    }
}
