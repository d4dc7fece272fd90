//! One connection with a transaction open, and savepoints within.

mod begin;

pub use begin::{Begin, IsolationLevel};

use crate::connection::{Connection, Outdated};
use crate::cursor::{BufferedCursor, ServerCursor, can_be_declared};
use crate::database::is_unfinished;
use crate::error::{Failed, is_aborted};
use crate::pool::Loan;
use orm_core::exec::{BoxFuture, Cursor, Executor, Job, RowSink, Statement, Unit};
use orm_core::{Error, Result};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A transaction, or a savepoint within one.
///
/// Dropped without [`Transaction::commit`], it is rolled back: ROLLBACK is sent at once, and runs
/// before anything that is sent later on the same connection.
///
/// # Examples
///
/// ```no_run
/// # async fn f(db: orm_postgres::Database) -> orm_core::Result<()> {
/// let tx = db.begin().await?;
/// tx.batch_execute("UPDATE account SET balance = balance - 5").await?;
/// tx.commit().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    session: Arc<Session>,
    /// The savepoint's name; `None` for the transaction itself.
    savepoint: Option<String>,
    /// False once its end was sent.
    open: bool,
}

/// What a transaction and its savepoints share.
struct Session {
    connection: Loan,
    /// The transaction itself has ended.
    ended: AtomicBool,
    /// A statement has failed or was given up, so that COMMIT could be a ROLLBACK in disguise.
    doubtful: AtomicBool,
    /// A statement was given up, and may still run.
    given_up: AtomicBool,
    /// For names that are used once.
    names: AtomicU32,
}

impl Transaction {
    /// Makes a savepoint: a transaction within this one.
    ///
    /// ```no_run
    /// # async fn f(tx: &orm_postgres::Transaction) -> orm_core::Result<()> {
    /// let savepoint = tx.begin().await?;
    /// savepoint.rollback().await?;            // what `tx` has done before stays
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub async fn begin(&self) -> Result<Transaction> {
        let name = self.session.unique("orm_savepoint");
        let sql = format!("SAVEPOINT {name}");
        self.watch(self.command(&sql)).await?;
        Ok(Transaction { session: self.session.clone(), savepoint: Some(name), open: true })
    }

    /// Runs a closure in a savepoint: kept on `Ok`, rolled back on `Err`, on a panic, and when
    /// the future is dropped. What was done before stays either way.
    ///
    /// # Errors
    ///
    /// The closure's, or the server's.
    pub async fn transaction<T, F>(&self, work: F) -> Result<T>
    where
        F: AsyncFnOnce(&Transaction) -> Result<T>,
    {
        let savepoint = self.begin().await?;
        let result = work(&savepoint).await;
        savepoint.end(result).await
    }

    /// Keeps what was done.
    ///
    /// # Errors
    ///
    /// Those of the server, such as a violated deferred constraint. `Error::Usage` when a
    /// statement had failed and nothing can be kept; it is rolled back then.
    pub async fn commit(mut self) -> Result<()> {
        self.session.check()?;
        let result = match &self.savepoint {
            Some(name) => self.command(&format!("RELEASE SAVEPOINT {name}")).await,
            // In a transaction that has failed, COMMIT rolls back and does not say so.
            None if self.session.doubtful.load(Ordering::Relaxed) => {
                self.command("SELECT 1; COMMIT").await
            }
            None => self.command("COMMIT").await,
        };
        match result {
            Err(failed) if is_aborted(&failed.error) => {
                self.rollback().await?;
                Err(Error::usage(
                    "the transaction was rolled back, because a statement in it had failed; \
                     return its error, or run what may fail inside of `tx.transaction(…)`",
                ))
            }
            // The savepoint is still there: dropping `self` rolls it back.
            Err(failed) if self.savepoint.is_some() => Err(failed.error),
            other => {
                self.finish(is_unfinished(&other));
                other.map_err(|failed| failed.error)
            }
        }
    }

    /// Undoes what was done.
    ///
    /// # Errors
    ///
    /// When the connection was lost; it is undone then as well.
    pub async fn rollback(mut self) -> Result<()> {
        self.session.check()?;
        // From here on dropping this future must not send it again: it is sent at its first poll.
        self.open = false;
        match &self.savepoint {
            Some(name) => self.command(&undo(name)).await.map_err(|failed| failed.error),
            None => {
                self.session.ended.store(true, Ordering::Relaxed);
                let result = self.command("ROLLBACK").await;
                self.session.connection.set_busy(is_unfinished(&result));
                result.map_err(|failed| failed.error)
            }
        }
    }

    /// Runs SQL without parameters, of one or more statements.
    ///
    /// # Errors
    ///
    /// Those of the first statement that fails.
    pub async fn batch_execute(&self, sql: &str) -> Result<()> {
        self.watch(self.command(sql)).await
    }

    fn new(connection: Loan) -> Self {
        connection.set_busy(true);
        let session = Session {
            connection,
            ended: AtomicBool::new(false),
            doubtful: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            names: AtomicU32::new(1),
        };
        Transaction { session: Arc::new(session), savepoint: None, open: true }
    }

    /// Commits or rolls back, by what has come of the work inside.
    pub(crate) async fn end<T>(self, result: Result<T>) -> Result<T> {
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

    pub(crate) fn connection(&self) -> &Connection {
        &self.session.connection
    }

    /// Runs a statement, and remembers if it fails or is given up.
    pub(crate) async fn watch<T>(
        &self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T> {
        self.session.check()?;
        let doubt = Doubt(&self.session);
        let result = work.await;
        std::mem::forget(doubt);
        if result.is_err() {
            self.session.doubtful.store(true, Ordering::Relaxed);
        }
        result.map_err(|failed| failed.error)
    }

    /// Closes a cursor of the server without waiting.
    pub(crate) fn close_cursor(&self, name: &str) {
        if self.session.check().is_ok() {
            self.connection().send(&format!("CLOSE {name}"));
        }
    }

    async fn command(&self, sql: &str) -> Result<(), Failed> {
        self.connection().command(sql).await.map_err(Failed::from)
    }

    /// It has come to its end on the server.
    fn finish(&mut self, unfinished: bool) {
        self.open = false;
        if self.savepoint.is_none() {
            self.session.ended.store(true, Ordering::Relaxed);
            self.session.connection.set_busy(unfinished);
        }
    }
}

/// The savepoint's work undone, and itself gone.
fn undo(name: &str) -> String {
    format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.open || self.session.ended.load(Ordering::Relaxed) {
            return;
        }
        match &self.savepoint {
            Some(name) => self.connection().send(&undo(name)),
            None => {
                self.session.ended.store(true, Ordering::Relaxed);
                // The connection stays marked as busy: the pool waits for the end of this.
                self.connection().send("ROLLBACK");
                if !self.session.given_up.load(Ordering::Relaxed) {
                    self.connection().note_quick_end();
                }
            }
        }
    }
}

impl Session {
    fn check(&self) -> Result<()> {
        if self.ended.load(Ordering::Relaxed) {
            return Err(Error::usage("the transaction of this savepoint has ended"));
        }
        Ok(())
    }

    fn unique(&self, prefix: &str) -> String {
        format!("{prefix}_{}", self.names.fetch_add(1, Ordering::Relaxed))
    }
}

/// Makes a transaction doubtful when it is dropped, which is where its statement is given up.
struct Doubt<'a>(&'a Session);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.doubtful.store(true, Ordering::Relaxed);
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Transaction {
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.watch(self.connection().run(statement, sink, Outdated::Fail)))
    }

    fn run_all<'a>(&'a self, mut jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(
            async move { self.watch(self.connection().run_all(&mut jobs, Outdated::Fail)).await },
        )
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(async move {
            if can_be_declared(&statement.sql) {
                let name = self.session.unique("orm_cursor");
                let cursor = self.watch(ServerCursor::declare(self, statement, name)).await?;
                return Ok(Box::new(cursor) as Box<dyn Cursor>);
            }
            let rows = self.watch(self.connection().collect(&statement)).await?;
            Ok(Box::new(BufferedCursor::new(rows)) as Box<dyn Cursor>)
        })
    }

    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<Box<dyn Unit + 'a>>> {
        Box::pin(async move { Ok(Box::new(Transaction::begin(self).await?) as Box<dyn Unit>) })
    }

    fn time_zone(&self) -> &str {
        &self.connection().shared().time_zone
    }
}

impl Unit for Transaction {
    fn executor(&self) -> &dyn Executor {
        self
    }

    fn commit<'a>(self: Box<Self>) -> BoxFuture<'a, Result<()>>
    where
        Self: 'a,
    {
        Box::pin((*self).commit())
    }

    fn rollback<'a>(self: Box<Self>) -> BoxFuture<'a, Result<()>>
    where
        Self: 'a,
    {
        Box::pin((*self).rollback())
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.savepoint.is_some() { "Savepoint" } else { "Transaction" };
        f.debug_struct(kind).field("open", &self.open).finish_non_exhaustive()
    }
}
