//! Units of work on any executor: a transaction on a pool, a savepoint inside of one.

mod advisory;
mod begin;
mod commit;
mod notify;
mod retry;
mod work;

pub use advisory::{AdvisoryKey, IntoAdvisoryKey};
pub use begin::{Begin, IsolationLevel, TransactionOptions};
pub use commit::{CommitHook, CommitOutcome, OnCommit};
pub use notify::check_channel;
pub use retry::{Repeatable, Retry};
pub use work::Work;

use crate::error::{Error, Result};
use crate::exec::{Backend, BoxFuture, Executor, Unit};
use std::fmt;
use std::future::Future;

/// A transaction, or a savepoint within one.
///
/// Dropped without [`Transaction::commit`], it is rolled back: ROLLBACK is sent at once, and runs
/// before anything that is sent later on the same connection.
///
/// # Examples
///
/// ```
/// # use orm_sql::exec::Executor;
/// # async fn f(db: &impl Executor) -> orm_sql::Result<()> {
/// let tx = db.begin().await?;
/// tx.batch_execute("UPDATE account SET balance = balance - 5").await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction(Box<dyn Unit>);

impl Transaction {
    /// Keeps what was done. The work of [`Transactions::on_commit`] runs before this returns,
    /// after the connection has gone back to its pool.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// tx.batch_execute("UPDATE tag SET name = lower(name)").await?;
    /// tx.commit().await?;
    /// assert_sent!(db, "BEGIN", "UPDATE tag SET name = lower(name)", "COMMIT");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the server, such as a violated deferred constraint. `Error::Usage` when a
    /// statement had failed and nothing can be kept; it is rolled back then. `Error::Connection`
    /// when the answer of the server is lost: whether it was committed is then unknown.
    pub async fn commit(self) -> Result<()> {
        self.0.commit().await
    }

    /// Undoes what was done.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// tx.batch_execute("UPDATE tag SET name = lower(name)").await?;
    /// tx.rollback().await?;
    /// assert_sent!(db, "BEGIN", "UPDATE tag SET name = lower(name)", "ROLLBACK");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// When the connection was lost; it is undone then as well.
    pub async fn rollback(self) -> Result<()> {
        self.0.rollback().await
    }

    /// Makes a savepoint: a transaction within this one. While it is open, nothing can be done on
    /// this one, because it would be undone with the savepoint: that is `Error::Usage`, and so is a
    /// savepoint while a statement of this one is under way.
    ///
    /// ```
    /// # async fn f(tx: &orm_sql::exec::transaction::Transaction) -> orm_sql::Result<()> {
    /// let savepoint = tx.begin().await?;
    /// savepoint.rollback().await?;            // what `tx` has done before stays
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin(&self) -> Begin<'_> {
        Begin::new(&*self.0)
    }

    /// Runs a closure in a savepoint: [`Transactions::transaction`].
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// tx.transaction(async |savepoint| {
    ///     savepoint.batch_execute("UPDATE tag SET name = lower(name)").await
    /// })
    /// .await?;
    /// # tx.commit().await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "SAVEPOINT orm_savepoint_1",
    ///     "UPDATE tag SET name = lower(name)",
    ///     "RELEASE SAVEPOINT orm_savepoint_1",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The closure's, or the server's.
    pub fn transaction<T>(&self, work: impl Work<T, Of: Sized>) -> impl Future<Output = Result<T>> {
        self.begin().try_transaction(work)
    }

    /// Runs SQL without parameters, of one or more statements.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tx = db.begin().await?;
    /// tx.batch_execute("UPDATE tag SET name = lower(name)").await?;
    /// # tx.commit().await?;
    /// assert_sent!(db, "BEGIN", "UPDATE tag SET name = lower(name)", "COMMIT");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the first statement that fails.
    pub async fn batch_execute(&self, sql: &str) -> Result<()> {
        Executor::batch_execute(self, sql).await
    }

    /// It as a trait object, which is what most of the library takes.
    #[doc(hidden)]
    pub fn executor(&self) -> &dyn Executor {
        self
    }

    /// The next statement, or batch of statements, is the last one: where it succeeds, nothing but
    /// [`commit`](Self::commit) follows, which may be sent together with it.
    #[doc(hidden)]
    pub fn ends_with_next(&self) {
        self.0.ends_with_next();
    }

    /// Its last statements, one after the other: before the last of them is given out,
    /// [`ends_with_next`](Self::ends_with_next) is said.
    #[doc(hidden)]
    pub fn up_to_end<I>(&self, statements: I) -> impl Iterator<Item = I::Item>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator>,
    {
        let statements = statements.into_iter();
        let last = statements.len().saturating_sub(1);
        statements.enumerate().map(move |(place, statement)| {
            if place == last {
                self.ends_with_next();
            }
            statement
        })
    }

    /// True where it is known that nothing was done in it so far.
    #[doc(hidden)]
    pub fn is_untouched(&self) -> bool {
        self.0.is_untouched()
    }

    /// Commits or rolls back, by what has come of the work inside.
    async fn end<T, E: TransactionError>(self, result: Result<T, E>) -> Result<T, E> {
        match result {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // It can fail only because the connection was lost, and then it is undone.
                self.rollback().await.ok();
                Err(error)
            }
        }
    }
}

/// Errors that a closure in a transaction may return: all that have `From<orm::Error>`, because
/// BEGIN and COMMIT can fail as well.
#[diagnostic::on_unimplemented(
    message = "a transaction cannot end with `{Self}`, which cannot be made of an `orm::Error`",
    label = "this error has no place for what BEGIN and COMMIT fail with",
    note = "implement `From<orm::Error>` for `{Self}`"
)]
pub trait TransactionError: From<Error> {}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> TransactionError for E {}

/// What can be done on every executor: closures in transactions, and work after the commit.
///
/// On a pool these are transactions, in a transaction savepoints, so that functions over
/// `&impl Executor` need not know where they run. The trait is in the prelude.
pub trait Transactions: Executor {
    /// Runs a closure in a transaction: committed on `Ok`, rolled back on `Err`, on a panic, and
    /// when the future is dropped. Inside of a transaction it is a savepoint, and what was done
    /// before stays either way.
    ///
    /// ```
    /// use orm_sql::exec::Executor;
    /// use orm_sql::exec::transaction::Transactions;
    ///
    /// async fn pay(db: &impl Executor) -> orm_sql::Result<()> {
    ///     db.transaction(async |tx| {
    ///         tx.batch_execute("UPDATE account SET balance = balance - 5").await?;
    ///         let logged = tx.transaction(async |savepoint| {
    ///             savepoint.batch_execute("INSERT INTO log DEFAULT VALUES").await
    ///         });
    ///         logged.await.ok();
    ///         Ok(())
    ///     })
    ///     .await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    fn transaction<T>(&self, work: impl Work<T, Of: Sized>) -> impl Future<Output = Result<T>>;

    /// The same with an error type of your own, which must be named.
    ///
    /// ```
    /// # use orm_sql::exec::Executor;
    /// # use orm_sql::exec::transaction::Transactions;
    /// enum AppError {
    ///     CardRefused,
    ///     Database(orm_sql::Error),
    /// }
    /// impl From<orm_sql::Error> for AppError {
    ///     fn from(error: orm_sql::Error) -> Self {
    ///         AppError::Database(error)
    ///     }
    /// }
    /// async fn pay(db: &impl Executor, refused: bool) -> Result<(), AppError> {
    ///     db.try_transaction::<_, AppError>(async |tx| {
    ///         tx.batch_execute("UPDATE account SET balance = balance - 5").await?;
    ///         if refused { Err(AppError::CardRefused) } else { Ok(()) }
    ///     })
    ///     .await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    fn try_transaction<T, E: TransactionError>(
        &self,
        work: impl Work<T, E, Of: Sized>,
    ) -> impl Future<Output = Result<T, E>>;

    /// Runs a closure again when it could not be serialized (40001) or was the victim of a
    /// deadlock (40P01), up to so many times in all.
    ///
    /// ```
    /// use orm_sql::exec::Executor;
    /// use orm_sql::exec::transaction::IsolationLevel::Serializable;
    /// use orm_sql::exec::transaction::Transactions;
    ///
    /// async fn transfer(db: &impl Executor) -> orm_sql::Result<()> {
    ///     db.retry(5)
    ///         .isolation(Serializable)
    ///         .transaction(async |tx| {
    ///             tx.batch_execute("UPDATE account SET balance = balance - 5 WHERE id = 1").await?;
    ///             tx.batch_execute("UPDATE account SET balance = balance + 5 WHERE id = 2").await
    ///         })
    ///         .await
    /// }
    /// ```
    ///
    /// All of the closure runs again, with an own transaction for each attempt: [`Retry`] says
    /// how long it waits in between, and what is asked of the closure.
    fn retry(&self, attempts: u32) -> Retry<'_> {
        Executor::begin(self).retry(attempts)
    }

    /// Runs work once what is done here is committed for good: after the COMMIT of the outermost
    /// transaction, in the order of the calls. Outside of a transaction it runs at once.
    ///
    /// ```
    /// # use orm_sql::exec::Executor;
    /// # use orm_sql::exec::transaction::Transactions;
    /// # async fn mail(to: &str) -> std::io::Result<()> { Ok(()) }
    /// async fn register(db: &impl Executor, address: String) -> orm_sql::Result<()> {
    ///     db.transaction(async |tx| {
    ///         tx.batch_execute("INSERT INTO member DEFAULT VALUES").await?;
    ///         tx.on_commit(async move || mail(&address).await);
    ///         Ok(())
    ///     })
    ///     .await
    /// }
    /// ```
    ///
    /// It never runs after a rollback, be it of the transaction or of the savepoint in which, or
    /// after whose start, it was registered. An error or a panic of the work is logged
    /// (`orm::transaction`), and neither keeps the rest from running nor makes the call fail: what
    /// is committed is committed. The work is no part of the transaction; it needs a database of
    /// its own to ask something.
    ///
    /// Inside of a transaction there is nothing to await. Outside of one the returned future runs
    /// the work; dropped, it leaves it to a task.
    ///
    /// When the connection is lost before the answer to COMMIT has arrived, or the future of the
    /// commit is dropped before it has, nobody knows whether the transaction was committed, and
    /// the work does not run. What must not be lost belongs into a table, written in the same
    /// transaction.
    fn on_commit<F, Fut>(&self, work: F) -> OnCommit
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: CommitOutcome> + Send + 'static;

    /// Sends a text to those who listen to a channel: `SELECT pg_notify($1, $2)`. Inside of a
    /// transaction it is sent when that is committed.
    ///
    /// ```
    /// # use orm_sql::exec::Executor;
    /// # use orm_sql::exec::transaction::Transactions;
    /// async fn placed(db: &impl Executor, order: i64) -> orm_sql::Result<()> {
    ///     db.notify("orders", &order.to_string()).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a name that no channel can have; the server's for a text of 8000 bytes
    /// or more.
    fn notify(&self, channel: &str, payload: &str) -> BoxFuture<'_, Result<()>>;
}

impl<X: Executor + ?Sized> Transactions for X {
    async fn transaction<T>(&self, work: impl Work<T, Of: Sized>) -> Result<T> {
        Executor::begin(self).transaction(work).await
    }

    async fn try_transaction<T, E: TransactionError>(
        &self,
        work: impl Work<T, E, Of: Sized>,
    ) -> Result<T, E> {
        Executor::begin(self).try_transaction(work).await
    }

    fn on_commit<F, Fut>(&self, work: F) -> OnCommit
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: CommitOutcome> + Send + 'static,
    {
        self.after_commit(CommitHook::new(work))
    }

    fn notify(&self, channel: &str, payload: &str) -> BoxFuture<'_, Result<()>> {
        Box::pin(notify::notify(self, notify::statement(channel, payload)))
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Transaction {
    #[inline]
    fn as_dyn(&self) -> &dyn Backend {
        &*self.0
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
