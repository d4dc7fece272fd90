//! One connection: prepares statements, remembers them, runs them.

use crate::cache::{Found, PreparedStatements};
use crate::codec::{self, Param};
use crate::config::StatementCache;
use crate::error::{self, Failed, is_outdated};
use crate::event::{Ended, Started};
use crate::pool::Shared;
use crate::rows::{self, Rows};
use crate::{check, types, unnamed};
use futures_util::future::try_join_all;
use futures_util::{FutureExt, TryStreamExt};
use orm_core::Error;
use orm_core::exec::{BoxFuture, Job, NoRows, OutputColumn, Statement};
use orm_core::row::RowSink;
use orm_core::value::SqlType;
use std::collections::HashSet;
use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_postgres::types::{Oid, Type};
use tokio_postgres::{Client, Row, Statement as Prepared};

/// How long a connection may take to finish what its last user left behind.
const LEFTOVERS: Duration = Duration::from_millis(50);

/// A connection of the pool.
pub(crate) struct Connection {
    client: Client,
    /// Reads and writes the socket.
    driver: JoinHandle<()>,
    cache: Mutex<PreparedStatements>,
    /// Types that the driver was told of, where it cannot look them up later.
    known_types: OnceLock<HashSet<Oid>>,
    shared: Arc<Shared>,
    /// How many nanoseconds the call waited for this connection whose statement comes next, where
    /// somebody wants to know; otherwise 0.
    wait: AtomicU64,
    /// True while something is under way: whoever gets the connection next must wait for its end.
    busy: AtomicBool,
    /// True while what is under way can only be short, such as a ROLLBACK.
    ends_soon: AtomicBool,
    /// True for one that must not be used again, though it could.
    retired: AtomicBool,
    made: Instant,
    /// When it was given back, in milliseconds after it was made.
    given_back: AtomicU64,
}

/// Whether a statement that the server does not know any more may be prepared once more. In a
/// transaction the error has already ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outdated {
    PrepareAgain,
    Fail,
}

impl Connection {
    pub(crate) fn new(client: Client, driver: JoinHandle<()>, shared: Arc<Shared>) -> Self {
        let limit = match shared.statement_cache {
            StatementCache::Named(limit) => limit,
            StatementCache::Unnamed => 0,
        };
        Connection {
            client,
            driver,
            cache: Mutex::new(PreparedStatements::new(limit)),
            known_types: OnceLock::new(),
            shared,
            wait: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            ends_soon: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            made: Instant::now(),
            given_back: AtomicU64::new(0),
        }
    }

    /// Has the driver learn the types of the database, where it must not look them up later.
    pub(crate) async fn learn_types(&self) -> Result<(), Failed> {
        let known = unnamed::learn(&self.client, &self.shared.names).await?;
        self.known_types.get_or_init(|| known);
        Ok(())
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// True when the connection is open and nothing is left behind on it.
    pub(crate) fn is_idle(&self) -> bool {
        !self.busy.load(Ordering::Relaxed) && !self.is_of_no_use()
    }

    /// True when the connection was lost, or must not be used again.
    pub(crate) fn is_of_no_use(&self) -> bool {
        self.client.is_closed() || self.retired.load(Ordering::Relaxed)
    }

    /// What is under way is short: whoever gets the connection next may well wait for it.
    pub(crate) fn note_quick_end(&self) {
        self.ends_soon.store(true, Ordering::Relaxed);
    }

    /// True when the next user can be given the connection as it is.
    pub(crate) fn can_wait(&self) -> bool {
        self.ends_soon.swap(false, Ordering::Relaxed) && !self.is_of_no_use()
    }

    /// Remembers that nobody uses it from now on, where anybody wants to know.
    pub(crate) fn note_idle(&self) {
        if self.shared.limits.idle_timeout.is_some() {
            let age = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.given_back.store(age, Ordering::Relaxed);
        }
    }

    /// How long nobody has used it; it is not in use.
    pub(crate) fn idle_for(&self) -> Duration {
        let given_back = Duration::from_millis(self.given_back.load(Ordering::Relaxed));
        self.made.elapsed().saturating_sub(given_back)
    }

    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// True when the server answers in time.
    pub(crate) fn answers_within(&self, limit: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let answer = tokio::time::timeout(limit, self.client.check_connection()).await;
            matches!(answer, Ok(Ok(())))
        })
    }

    /// Waits for what the last user left behind; false when the connection is of no more use.
    #[cold]
    pub(crate) fn recover(&self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            if self.is_of_no_use() {
                return false;
            }
            if !self.answers_within(LEFTOVERS).await {
                return false;
            }
            self.set_busy(false);
            true
        })
    }

    /// Runs a statement and gives its rows to the sink.
    pub(crate) async fn run(
        &self,
        statement: &Statement,
        sink: &mut dyn RowSink,
        outdated: Outdated,
    ) -> Result<u64, Failed> {
        let started = self.shared.events.start(Some(statement));
        let result = match self.start(statement, outdated).await {
            Ok(rows) => rows::drain(rows, statement, &self.shared.names, sink).await,
            Err(failed) => Err(failed),
        };
        self.ended(started, statement, result.as_ref().copied());
        result
    }

    /// Runs several statements in one round trip, once they are prepared.
    ///
    /// All of them are read at the same time: the driver stops reading for everybody when one
    /// reader lags behind.
    pub(crate) async fn run_all(
        &self,
        jobs: &mut [Job<'_>],
        outdated: Outdated,
    ) -> Result<Vec<u64>, Failed> {
        jobs.iter().try_for_each(|job| codec::check_text(job.statement))?;
        try_join_all(jobs.iter().map(|job| self.warm_up(job.statement))).await?;
        let running = jobs.iter_mut().enumerate().map(async |(index, job)| {
            self.run(job.statement, job.sink, outdated).await.map_err(|failed| Failed {
                nothing_ran: failed.nothing_ran && index == 0,
                // The others may still be on their way.
                unfinished: true,
                ..failed
            })
        });
        try_join_all(running).await
    }

    /// Sends a statement; the server has accepted its parameters when this returns.
    pub(crate) async fn start(
        &self,
        statement: &Statement,
        outdated: Outdated,
    ) -> Result<Rows, Failed> {
        if !self.caches(statement) {
            return Box::pin(self.start_once(statement)).await;
        }
        let prepared = self.prepared(statement).await?;
        match self.client.query_raw(&prepared, codec::params(statement)).await {
            Ok(stream) => Ok(Rows { stream, checked: true }),
            Err(error) if is_outdated(&error) => {
                self.cache().remove(statement);
                if outdated == Outdated::Fail {
                    return Err(error.into());
                }
                Box::pin(self.start_again(statement)).await
            }
            Err(error) => Err(Failed::at_start(error)),
        }
    }

    /// Sends a statement that the server does not know any more.
    async fn start_again(&self, statement: &Statement) -> Result<Rows, Failed> {
        let prepared = self.prepared(statement).await?;
        self.execute(&prepared, statement).await
    }

    /// Runs SQL without parameters, of one or more statements.
    pub(crate) async fn command(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        let started = self.shared.events.start(None);
        let result = self.client.batch_execute(sql).await;
        if started.is_some() {
            let error = result.as_ref().err().map(error::told);
            let ended = error.as_ref().map_or(Ended::Rows(0), Ended::Failed);
            self.shared.events.finish_command(started, sql, || self.take_wait(), ended);
        }
        result
    }

    /// Sends SQL and does not wait for its end: whatever is sent next runs after it.
    pub(crate) fn send(&self, sql: &str) {
        let started = self.shared.events.start(None);
        // The first poll of the future puts the message into the queue of the driver's task.
        let _ = self.client.batch_execute(sql).now_or_never();
        self.shared.events.finish_command(started, sql, || self.take_wait(), Ended::Rows(0));
    }

    /// Makes a cursor on the server, for the rows of a statement.
    pub(crate) async fn declare(&self, statement: &Statement, name: &str) -> Result<(), Failed> {
        let params = if self.prepares() {
            // Prepared first, for the check of its columns; the driver then also knows their types.
            self.prepared(statement).await?.params().to_vec()
        } else {
            self.typed(statement).await?
        };
        let sql = format!("DECLARE {name} NO SCROLL CURSOR FOR {}", statement.sql);
        let params = codec::params(statement).zip(params);
        let stream = self.client.query_typed_raw(&sql, params).await?;
        let rows = Rows { stream, checked: true };
        rows::drain(rows, statement, &self.shared.names, &mut NoRows).await?;
        Ok(())
    }

    /// Gives the next rows of a cursor on the server to the sink.
    pub(crate) async fn fetch(
        &self,
        statement: &Statement,
        cursor: &str,
        rows: usize,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let sql = format!("FETCH {rows} FROM {cursor}");
        let none = std::iter::empty::<(Param<'_>, Type)>();
        let stream = self.client.query_typed_raw(&sql, none).await?;
        let rows = Rows { stream, checked: self.prepares() };
        rows::drain(rows, statement, &self.shared.names, sink).await
    }

    /// All rows of a statement.
    pub(crate) async fn collect(&self, statement: &Statement) -> Result<Vec<Row>, Failed> {
        let started = self.shared.events.start(Some(statement));
        let result = self.collected(statement).await;
        self.ended(started, statement, result.as_ref().map(|rows| rows.len() as u64));
        result
    }

    async fn collected(&self, statement: &Statement) -> Result<Vec<Row>, Failed> {
        let rows = if self.prepares() {
            let prepared = self.prepared(statement).await?;
            self.execute(&prepared, statement).await?
        } else {
            self.start_once(statement).await?
        };
        let checked = rows.checked;
        let rows: Vec<Row> = rows.stream.try_collect().await?;
        if let (false, Some(row)) = (checked, rows.first()) {
            check::columns(statement, row.columns(), &self.shared.names)?;
        }
        Ok(rows)
    }

    /// All rows of a statement, and how many it touched.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        outdated: Outdated,
    ) -> Result<(Vec<Row>, u64), Failed> {
        let Rows { stream, checked } = self.start(statement, outdated).await?;
        let mut stream = pin!(stream);
        let mut rows = Vec::new();
        while let Some(row) = stream.as_mut().try_next().await? {
            rows.push(row);
        }
        if let (false, Some(row)) = (checked, rows.first()) {
            check::columns(statement, row.columns(), &self.shared.names)?;
        }
        Ok((rows, stream.rows_affected().unwrap_or(0)))
    }

    /// Tells those who watch of a statement that has ended.
    #[inline]
    pub(crate) fn ended(
        &self,
        started: Option<Started>,
        statement: &Statement,
        result: Result<u64, &Failed>,
    ) {
        let ended = match result {
            Ok(rows) => Ended::Rows(rows),
            Err(failed) => Ended::Failed(&failed.error),
        };
        self.ended_so(started, statement, ended);
    }

    #[inline]
    pub(crate) fn ended_so(
        &self,
        started: Option<Started>,
        statement: &Statement,
        ended: Ended<'_>,
    ) {
        self.shared.events.finish(started, statement, || self.take_wait(), ended);
    }

    /// Remembers how long the next statement's call has waited for this connection.
    #[cold]
    pub(crate) fn waited(&self, wait: Duration) {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.wait.store(nanos.max(1), Ordering::Relaxed);
    }

    #[cold]
    fn take_wait(&self) -> Option<Duration> {
        let nanos = self.wait.swap(0, Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }

    async fn warm_up(&self, statement: &Statement) -> Result<(), Failed> {
        if self.caches(statement) {
            self.prepared(statement).await?;
        }
        Ok(())
    }

    fn caches(&self, statement: &Statement) -> bool {
        statement.cached && self.prepares()
    }

    /// False where the next statement may run on another connection of the server.
    fn prepares(&self) -> bool {
        self.shared.statement_cache != StatementCache::Unnamed
    }

    /// A statement from the cache, or prepared and checked.
    async fn prepared(&self, statement: &Statement) -> Result<Prepared, Failed> {
        let found = self.cache().get(statement);
        match found {
            Found::Ready(prepared) => Ok(prepared),
            // In a box: this is rare, and futures that are small are made and moved faster.
            found => Box::pin(self.prepare_first(statement, found)).await,
        }
    }

    /// Prepares and checks a statement as far as that was not done yet.
    async fn prepare_first(&self, statement: &Statement, found: Found) -> Result<Prepared, Failed> {
        match found {
            Found::Ready(prepared) => Ok(prepared),
            Found::Unchecked(prepared) => {
                self.check(statement, &prepared).await?;
                self.cache().checked(statement);
                Ok(prepared)
            }
            Found::Missing => {
                let since = self.shared.events.is_heard().then(Instant::now);
                let prepared = self.prepare(statement).await?;
                self.check(statement, &prepared).await?;
                if let Some(since) = since {
                    self.shared.events.prepared(statement, since);
                }
                self.cache().insert(statement, prepared.clone());
                Ok(prepared)
            }
        }
    }

    async fn check(&self, statement: &Statement, prepared: &Prepared) -> Result<(), Failed> {
        self.shared.names.resolve(&self.client, statement).await?;
        Ok(check::columns(statement, prepared.columns(), &self.shared.names)?)
    }

    async fn prepare(&self, statement: &Statement) -> Result<Prepared, Failed> {
        let names = &self.shared.names;
        names.resolve(&self.client, statement).await?;
        let params = names.of_params(statement)?;
        let result = self.client.prepare_typed(&statement.sql, &params).await;
        if result.is_err() {
            // A named type may have been dropped and made anew since it was looked up.
            names.forget(statement);
        }
        result.map_err(Failed::harmless)
    }

    /// Runs text that is not worth a place in the cache, or must not have one.
    async fn start_once(&self, statement: &Statement) -> Result<Rows, Failed> {
        let looks_up = |column: &OutputColumn| may_need_lookup(column.sql_type);
        if self.prepares() && statement.columns.iter().any(looks_up) {
            let prepared = self.prepare(statement).await?;
            self.check(statement, &prepared).await?;
            return self.execute(&prepared, statement).await;
        }
        let types = self.typed(statement).await?;
        let params = codec::params(statement).zip(types);
        let stream = self.client.query_typed_raw(&statement.sql, params).await;
        let stream = stream.map_err(Failed::at_start)?;
        Ok(Rows { stream, checked: false })
    }

    /// The types of the parameters of a statement that is not prepared.
    async fn typed(&self, statement: &Statement) -> Result<Vec<Type>, Failed> {
        self.shared.names.resolve(&self.client, statement).await?;
        self.knows_columns(statement)?;
        Ok(self.shared.names.of_params(statement)?)
    }

    /// Fails for a column whose type was made, or first heard of, after the connection was: the
    /// next connection will know it.
    fn knows_columns(&self, statement: &Statement) -> Result<(), Failed> {
        let Some(known) = self.known_types.get() else { return Ok(()) };
        for column in &statement.columns {
            let wire = self.shared.names.of_column(column.sql_type);
            if wire.is_some_and(|oid| Type::from_oid(oid).is_none() && !known.contains(&oid)) {
                let message = format!(
                    "the connection does not know the type `{}` of `{}`, which was not used in \
                     any table when it was made; run the transaction again, on a new connection",
                    column.sql_type.name(),
                    column.field
                );
                self.retired.store(true, Ordering::Relaxed);
                let error = Error::connection(message, None);
                return Err(Failed { error, nothing_ran: true, unfinished: false });
            }
        }
        Ok(())
    }

    async fn execute(&self, prepared: &Prepared, statement: &Statement) -> Result<Rows, Failed> {
        let stream = self.client.query_raw(prepared, codec::params(statement)).await;
        Ok(Rows { stream: stream.map_err(Failed::at_start)?, checked: true })
    }

    fn cache(&self) -> MutexGuard<'_, PreparedStatements> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// True for columns whose type the driver may have to look up on the server. While it does, it
/// does not read the rows of a statement that was sent without preparing it, and with many rows
/// both would wait for each other.
fn may_need_lookup(sql_type: SqlType) -> bool {
    matches!(types::leaf(sql_type), SqlType::Text | SqlType::Named(_))
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("busy", &self.busy).finish_non_exhaustive()
    }
}

/// A connection that is given up in the middle of something must not leave that running.
impl Drop for Connection {
    fn drop(&mut self) {
        if !self.busy.load(Ordering::Relaxed) || self.client.is_closed() {
            return;
        }
        self.driver.abort();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (cancel, tls) = (self.client.cancel_token(), self.shared.tls.clone());
            runtime.spawn(async move {
                // Nobody waits for it, and a server that is gone has nothing to cancel.
                cancel.cancel_query(tls).await.ok();
            });
        }
    }
}
