//! The pool as users see it.

use crate::config::DatabaseBuilder;
use crate::connect::Connector;
use crate::connection::Outdated;
use crate::cursor::PoolCursor;
use crate::error::Failed;
use crate::event::{QueryEvent, Subscription};
use crate::keeper;
use crate::pool::{Limits, Loan, Pool, Shared, Target, check_out};
use crate::script::Tidy;
use crate::shared_reads::SharedReads;
use crate::transaction;
use futures_util::future::try_join_all;
use orm_core::Result;
use orm_core::exec::transaction::{Begin, CommitHook, OnCommit, Transaction, TransactionOptions};
use orm_core::exec::{
    BoxFuture, ByteSink, CopyIn, CopyOut, Cursor, Executor, Job, RowSource, Statement, Unit,
};
use orm_core::row::RowSink;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A pool of connections to a PostgreSQL server. Cloning it is cheap and gives the same pool.
///
/// # Examples
///
/// ```no_run
/// # async fn connect() -> orm_core::Result<()> {
/// use orm_postgres::Database;
///
/// let db = Database::connect("postgres://app:secret@localhost/shop").await?;
/// let n = db.transaction(async |tx| {
///     tx.batch_execute("UPDATE stock SET n = n - 1").await?;
///     Ok(1)
/// }).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    shared: Arc<Shared>,
    target: Arc<Target>,
    open: Arc<watch::Sender<usize>>,
    closed: Arc<watch::Sender<bool>>,
    shared_reads: Option<Arc<SharedReads>>,
}

/// How a pool is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many connections there are.
    pub connections: usize,
    /// How many of them are free.
    pub idle: usize,
    /// How many calls wait for one.
    pub waiting: usize,
}

impl Database {
    /// Connects with the defaults of [`Database::builder`].
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a URL that cannot be read; `Error::Connection` when the server cannot
    /// be reached or refuses.
    pub async fn connect(url: &str) -> Result<Database> {
        Database::builder().url(url).connect().await
    }

    /// Everything that can be said about the connections and the pool.
    pub fn builder() -> DatabaseBuilder {
        DatabaseBuilder::default()
    }

    pub(crate) fn new(
        pool: Pool,
        shared: Arc<Shared>,
        target: Target,
        open: Arc<watch::Sender<usize>>,
        shared_reads: usize,
    ) -> Self {
        let closed = Arc::new(watch::Sender::new(false));
        let shared_reads = (shared_reads > 0).then(|| Arc::new(SharedReads::new(shared_reads)));
        Database { pool, shared, target: Arc::new(target), open, closed, shared_reads }
    }

    pub(crate) fn connector(&self) -> Arc<Connector> {
        self.pool.manager().connector.clone()
    }

    pub(crate) fn closed(&self) -> watch::Receiver<bool> {
        self.closed.subscribe()
    }

    /// Begins a transaction. Without [`Transaction::commit`] it is rolled back.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_core::Result<()> {
    /// use orm_postgres::IsolationLevel::Serializable;
    /// let tx = db.begin().isolation(Serializable).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin(&self) -> Begin<'_> {
        Begin::new(self)
    }

    /// Runs a closure in a transaction:
    /// [`Transactions::transaction`](orm_core::exec::transaction::Transactions::transaction).
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    pub fn transaction<T>(
        &self,
        work: impl AsyncFnOnce(&Transaction) -> Result<T>,
    ) -> impl Future<Output = Result<T>> {
        self.begin().transaction(work)
    }

    /// Runs SQL without parameters, such as a script of DDL, on one connection. Several
    /// statements run as one transaction, unless they say otherwise. A transaction that the text
    /// begins and does not end is rolled back.
    ///
    /// # Errors
    ///
    /// Those of the first statement that fails.
    pub async fn batch_execute(&self, sql: &str) -> Result<()> {
        let loan = self.check_out().await?;
        let _tidy = Tidy::after(&loan, sql);
        loan.set_busy(true);
        let result = loan.command(sql).await.map_err(Failed::from);
        loan.set_busy(is_unfinished(&result));
        result.map_err(|failed| failed.error)
    }

    /// Calls a function after each statement, until the returned value is dropped.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_core::Result<()> {
    /// let _watch = db.on_query(|event| eprintln!("{} ({} rows)", event.sql, event.rows));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_query(&self, hook: impl Fn(&QueryEvent<'_>) + Send + Sync + 'static) -> Subscription {
        self.shared.events.subscribe(Arc::new(hook))
    }

    /// Closes the pool and waits until its connections are closed; those in use are when their
    /// work is done. Calls from now on fail with `Error::Pool`.
    pub async fn close(&self) {
        self.pool.close();
        self.closed.send_replace(true);
        if let Some(shared) = &self.shared_reads {
            shared.close();
        }
        let mut open = self.open.subscribe();
        // Fails only when the sender is gone, and `self` holds it.
        open.wait_for(|open| *open == 0).await.ok();
    }

    /// How the pool is doing.
    pub fn status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            max_connections: status.max_size,
            connections: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// The server's name, address, or directory of its socket.
    pub fn host(&self) -> &str {
        &self.target.host
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        self.target.port
    }

    /// The role that the connections log in as.
    pub fn user(&self) -> &str {
        &self.target.user
    }

    /// The database.
    pub fn dbname(&self) -> &str {
        &self.target.database
    }

    pub(crate) async fn open_connections(&self, connections: usize) -> Result<()> {
        let mut loans = Vec::new();
        for _ in 0..connections {
            loans.push(self.check_out().await?);
        }
        Ok(())
    }

    /// Replaces connections that are too old, and keeps some ready, while the pool is there.
    pub(crate) fn keep(&self, limits: Limits) {
        keeper::spawn(&self.pool, limits);
    }

    /// Changes how many connections there may be at once. Those above it are closed as soon as
    /// they are free.
    pub fn set_max_connections(&self, connections: usize) {
        self.pool.resize(connections.max(1));
    }

    pub(crate) async fn check_out(&self) -> Result<Loan> {
        if !self.shared.events.is_heard() {
            return check_out(&self.pool).await;
        }
        Box::pin(self.check_out_timed()).await
    }

    /// Somebody wants to know how long a call waits for its connection.
    async fn check_out_timed(&self) -> Result<Loan> {
        let since = Instant::now();
        let loan = check_out(&self.pool).await?;
        loan.waited(since.elapsed());
        Ok(loan)
    }

    /// The shared connections, for a statement that they take.
    fn sharing(&self, statement: &Statement) -> Option<&SharedReads> {
        self.shared_reads.as_deref().filter(|shared| shared.takes(statement))
    }

    /// Counts the connections that were found dead during one call.
    pub(crate) fn attempts(&self) -> Attempts<'_> {
        Attempts { pool: &self.pool, failed: 0 }
    }
}

/// How often a call may be tried again on another connection: after a restart of the server all
/// idle ones are dead.
pub(crate) struct Attempts<'a> {
    pool: &'a Pool,
    failed: usize,
}

impl Attempts<'_> {
    /// Runs a statement on a shared connection, and on another where that was dead before.
    async fn shared(
        &mut self,
        shared: &SharedReads,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64> {
        loop {
            let result = shared.run(self.pool, statement, sink).await;
            if let ControlFlow::Break(result) = self.settle(result) {
                return result;
            }
        }
    }

    /// What a call has come to, or `Continue` when its connection was found dead before the
    /// server began.
    pub(crate) fn settle<T>(&mut self, result: Result<T, Failed>) -> ControlFlow<Result<T>> {
        match result {
            Ok(value) => ControlFlow::Break(Ok(value)),
            Err(failed) if failed.nothing_ran && self.failed < self.pool.status().max_size => {
                self.failed += 1;
                ControlFlow::Continue(())
            }
            Err(failed) => ControlFlow::Break(Err(failed.error)),
        }
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Database {
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut attempts = self.attempts();
            if let Some(shared) = self.sharing(statement) {
                return Box::pin(attempts.shared(shared, statement, sink)).await;
            }
            loop {
                let loan = self.check_out().await?;
                // Only text of the user's is sent once.
                let _tidy = match statement.cached {
                    true => None,
                    false => Tidy::after(&loan, &statement.sql),
                };
                loan.set_busy(true);
                let result = loan.run(statement, sink, Outdated::PrepareAgain).await;
                loan.set_busy(is_unfinished(&result));
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn run_all<'a>(&'a self, mut jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            let mut attempts = self.attempts();
            if let Some(shared) = &self.shared_reads
                && jobs.iter().all(|job| shared.takes(job.statement))
            {
                let all = jobs
                    .into_iter()
                    .map(async |job| self.attempts().shared(shared, job.statement, job.sink).await);
                return try_join_all(all).await;
            }
            loop {
                let loan = self.check_out().await?;
                loan.set_busy(true);
                let result = loan.run_all(&mut jobs, Outdated::PrepareAgain).await;
                loan.set_busy(is_unfinished(&result));
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(async move {
            let mut attempts = self.attempts();
            loop {
                let loan = self.check_out().await?;
                loan.set_busy(true);
                let started = self.shared.events.start(Some(&statement));
                let result = loan.start(&statement, Outdated::PrepareAgain).await;
                loan.set_busy(result.is_ok());
                if let Err(failed) = &result {
                    loan.ended(started, &statement, Err(failed));
                }
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    let cursor = PoolCursor::new(loan, statement, started, result?);
                    return Ok(Box::new(cursor) as Box<dyn Cursor>);
                }
            }
        })
    }

    fn copy_in<'a>(
        &'a self,
        copy: &'a CopyIn,
        rows: &'a mut dyn RowSource,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut attempts = self.attempts();
            loop {
                let loan = self.check_out().await?;
                loan.set_busy(true);
                let result = loan.copy_in(copy, rows).await;
                loan.set_busy(is_unfinished(&result));
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn copy_out<'a>(
        &'a self,
        copy: &'a CopyOut,
        sink: &'a mut dyn ByteSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut attempts = self.attempts();
            loop {
                let loan = self.check_out().await?;
                loan.set_busy(true);
                let result = loan.copy_out(copy, sink).await;
                loan.set_busy(is_unfinished(&result));
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(Database::batch_execute(self, sql))
    }

    fn begin(&self) -> Begin<'_> {
        Begin::new(self)
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(
            async move { Ok(Box::new(transaction::begin(self, options).await?) as Box<dyn Unit>) },
        )
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        OnCommit::running(Box::pin(transaction::after::run(vec![work])))
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn time_zone(&self) -> &str {
        &self.shared.time_zone
    }
}

/// True while rows may still arrive on a connection.
pub(crate) fn is_unfinished<T>(result: &Result<T, Failed>) -> bool {
    result.as_ref().is_err_and(|failed| failed.unfinished)
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.target)
    }
}
