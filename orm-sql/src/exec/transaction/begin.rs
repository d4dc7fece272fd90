//! Beginning a transaction, and its options.

use super::{Retry, Transaction, TransactionError, Work};
use crate::error::Result;
use crate::exec::{Backend, BoxFuture};
use std::time::Duration;

/// How much a transaction sees of what others do meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IsolationLevel {
    /// Each statement sees what was committed before it began. The server's default.
    ReadCommitted,
    /// All statements see what was committed before the first one began.
    RepeatableRead,
    /// As if transactions ran one after another; where that cannot be, one of them fails with
    /// `Error::Serialization`.
    Serializable,
}

/// What is asked of a transaction, for executors. [`Begin`] is how it is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionOptions {
    /// Another isolation level than the server's default.
    pub isolation: Option<IsolationLevel>,
    /// Refuses writes.
    pub read_only: bool,
    /// Waits until it can run without the risk of a serialization failure.
    pub deferrable: bool,
    /// Refuses to be a savepoint.
    pub durable: bool,
    /// How long a statement may take.
    pub statement_timeout: Option<Duration>,
    /// How long a statement may wait for a lock.
    pub lock_timeout: Option<Duration>,
    /// How long there may be nothing to do between two statements.
    pub idle_timeout: Option<Duration>,
}

impl TransactionOptions {
    /// True where all statements of the transaction see the same state of the tables, as others left it.
    ///
    /// ```
    /// use orm_sql::exec::transaction::{IsolationLevel, TransactionOptions};
    ///
    /// let mut options = TransactionOptions::default();
    /// assert!(!options.sees_one_state());
    /// options.isolation = Some(IsolationLevel::RepeatableRead);
    /// assert!(options.sees_one_state());
    /// ```
    pub fn sees_one_state(&self) -> bool {
        let levels = [IsolationLevel::RepeatableRead, IsolationLevel::Serializable];
        self.isolation.is_some_and(|level| levels.contains(&level))
    }
}

/// A transaction about to begin; `.await` it. Made by [`Executor::begin`](crate::exec::Executor::begin).
///
/// Inside of a transaction it is a savepoint, which takes no options: they are an
/// [`Error::Usage`](crate::Error::Usage) there.
///
/// # Examples
///
/// ```
/// use orm_sql::exec::Executor;
/// use orm_sql::exec::transaction::IsolationLevel::RepeatableRead;
/// use std::time::Duration;
///
/// async fn report(db: &impl Executor) -> orm_sql::Result<()> {
///     // BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 5000
///     let begin = db.begin().isolation(RepeatableRead).read_only();
///     begin
///         .statement_timeout(Duration::from_secs(5))
///         .transaction(async |tx| tx.batch_execute("SELECT 1").await)
///         .await
/// }
/// ```
#[derive(Clone)]
#[must_use = "nothing happens before `.await`"]
pub struct Begin<'a> {
    pub(super) executor: &'a dyn Backend,
    options: TransactionOptions,
}

impl<'a> Begin<'a> {
    /// A transaction of an executor, or a savepoint.
    pub fn new(executor: &'a dyn Backend) -> Self {
        Begin { executor, options: TransactionOptions::default() }
    }

    /// Another isolation level than the server's default.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.options.isolation = Some(level);
        self
    }

    /// Refuses writes.
    pub fn read_only(mut self) -> Self {
        self.options.read_only = true;
        self
    }

    /// Waits at the start until it can run without the risk of a serialization failure. It has
    /// an effect on transactions that are serializable and read-only.
    pub fn deferrable(mut self) -> Self {
        self.options.deferrable = true;
        self
    }

    /// Must be a transaction of its own, so that what it did is committed when it has ended:
    /// where it would be a savepoint, it is an [`Error::Usage`](crate::Error::Usage).
    pub fn durable(mut self) -> Self {
        self.options.durable = true;
        self
    }

    /// How long each statement of this transaction may take, in milliseconds; zero is without
    /// limit. A statement that takes longer fails with [`Error::Timeout`](crate::Error::Timeout).
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.options.statement_timeout = Some(limit);
        self
    }

    /// How long each statement of this transaction may wait for a lock, in milliseconds; zero is
    /// without limit. A statement that waits longer fails with [`Error::Timeout`](crate::Error::Timeout).
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.options.lock_timeout = Some(limit);
        self
    }

    /// How long this transaction may wait for its next statement, in milliseconds; zero is
    /// without limit. The server ends the connection after that, and the next statement fails
    /// with [`Error::Connection`](crate::Error::Connection).
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.options.idle_timeout = Some(limit);
        self
    }

    /// Runs a closure again when the server asks for that, up to so many times in all:
    /// [`Transactions::retry`](super::Transactions::retry) with options.
    pub fn retry(self, attempts: u32) -> Retry<'a> {
        Retry::new(self, attempts)
    }

    /// Begins, and runs a closure in it: [`Transactions::transaction`](super::Transactions) with
    /// options.
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    pub fn transaction<T>(self, work: impl Work<T, Of: Sized>) -> impl Future<Output = Result<T>> {
        self.try_transaction(work)
    }

    /// The same with an error type of your own.
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    pub async fn try_transaction<T, E: TransactionError>(
        self,
        work: impl Work<T, E, Of: Sized>,
    ) -> Result<T, E> {
        let tx = self.await?;
        let result = work(&tx).await;
        tx.end(result).await
    }
}

impl<'a> IntoFuture for Begin<'a> {
    type Output = Result<Transaction>;
    type IntoFuture = BoxFuture<'a, Result<Transaction>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(Transaction(self.executor.begin_unit(self.options).await?)) })
    }
}

impl std::fmt::Debug for Begin<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Begin").field("options", &self.options).finish_non_exhaustive()
    }
}
