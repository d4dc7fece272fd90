//! One connection with a transaction open, and savepoints within.

pub(crate) mod after;
mod begin;

pub(crate) use begin::begin;

use crate::connection::{Connection, Outdated};
use crate::cursor::{BufferedCursor, ServerCursor, can_be_declared};
use crate::database::is_unfinished;
use crate::error::{Failed, is_aborted};
use crate::pool::Loan;
use orm_core::exec::{BoxFuture, Cursor, Executor, Job, RowSink, Statement, Unit};
use orm_core::transaction::{Begin, CommitHook, OnCommit, TransactionOptions};
use orm_core::{Error, Result};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A transaction, or a savepoint within one: what is inside of an
/// [`orm_core::transaction::Transaction`].
pub(crate) struct Scope {
    session: Arc<Session>,
    /// The savepoint's name; `None` for the transaction itself.
    savepoint: Option<String>,
    /// How much work waited for the commit when it began.
    hooks: usize,
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
    /// The last statement failed because of what others did meanwhile.
    outrun: AtomicBool,
    /// For names that are used once.
    names: AtomicU32,
    /// Work that waits for the commit, in the order in which it was asked for.
    hooks: Mutex<Vec<CommitHook>>,
}

impl Scope {
    async fn savepoint(&self) -> Result<Scope> {
        let name = self.session.unique("orm_savepoint");
        let hooks = self.session.hooks().len();
        let sql = format!("SAVEPOINT {name}");
        self.watch(self.command(&sql)).await?;
        Ok(Scope { session: self.session.clone(), savepoint: Some(name), hooks, open: true })
    }

    /// Keeps what was done, and runs what waits for it.
    async fn keep(mut self) -> Result<()> {
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
                self.undo().await?;
                Err(Error::usage(
                    "the transaction was rolled back, because a statement in it had failed; \
                     return its error, or run what may fail inside of `tx.transaction(…)`",
                ))
            }
            // The savepoint is still there: dropping `self` rolls it back.
            Err(failed) if self.savepoint.is_some() => Err(failed.error),
            other => {
                self.finish(is_unfinished(&other));
                other.map_err(|failed| failed.error)?;
                self.after().await;
                Ok(())
            }
        }
    }

    /// Undoes what was done.
    async fn undo(mut self) -> Result<()> {
        self.session.check()?;
        // From here on dropping this future must not send it again: it is sent at its first poll.
        self.open = false;
        self.forget_hooks();
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

    /// Lets the connection go, and runs the work that waited for the commit.
    async fn after(self) {
        if self.savepoint.is_none() {
            let work = std::mem::take(&mut *self.session.hooks());
            drop(self);
            if !work.is_empty() {
                after::run(work).await;
            }
        }
    }

    /// What was asked for since it began is undone with it: its commit does not come.
    fn forget_hooks(&self) {
        let mut hooks = self.session.hooks();
        let from = self.hooks.min(hooks.len());
        let undone = hooks.split_off(from);
        // What it holds is dropped without the lock.
        drop(hooks);
        drop(undone);
    }

    fn new(connection: Loan) -> Self {
        connection.set_busy(true);
        let session = Session {
            connection,
            ended: AtomicBool::new(false),
            doubtful: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            outrun: AtomicBool::new(false),
            names: AtomicU32::new(1),
            hooks: Mutex::default(),
        };
        Scope { session: Arc::new(session), savepoint: None, hooks: 0, open: true }
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
        self.session.outrun.store(false, Ordering::Relaxed);
        let result = work.await;
        std::mem::forget(doubt);
        result.map_err(|Failed { error, .. }| {
            self.session.doubtful.store(true, Ordering::Relaxed);
            self.session.outrun.store(error.is_retryable(), Ordering::Relaxed);
            error
        })
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

impl Drop for Scope {
    fn drop(&mut self) {
        if !self.open || self.session.ended.load(Ordering::Relaxed) {
            return;
        }
        self.forget_hooks();
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

    fn hooks(&self) -> MutexGuard<'_, Vec<CommitHook>> {
        self.hooks.lock().unwrap_or_else(PoisonError::into_inner)
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
impl Executor for Scope {
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

    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.watch(self.command(sql)))
    }

    fn begin(&self) -> Begin<'_> {
        Begin::new(self)
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            begin::refuse_options(&options)?;
            Ok(Box::new(self.savepoint().await?) as Box<dyn Unit>)
        })
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        // After the end there is nothing to wait for; it is dropped with the list.
        self.session.hooks().push(work);
        OnCommit::registered()
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn time_zone(&self) -> &str {
        &self.connection().shared().time_zone
    }
}

impl Unit for Scope {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.keep())
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.undo())
    }

    fn may_succeed_again(&self) -> bool {
        self.session.outrun.load(Ordering::Relaxed)
    }
}
