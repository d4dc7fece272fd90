//! Connections on loan from a pool of `deadpool-postgres`, and what is done before one is used
//! again.

mod free;
mod keeper;
mod loan;
mod make;
mod states;

pub(crate) use loan::Loan;
pub(crate) use make::Maker;

use crate::choices::QueueMode;
use crate::connection::{Connection, State};
use crate::error::Failed;
use crate::shared::Shared;
use crate::wire::{self, Refusal};
use deadpool::managed::{self, PoolConfig, Status, Timeouts};
use free::Free;
use orm_sql::{Error, Result, sql};
use states::States;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a connection of a pool of the application's may take to learn the types.
const LEARNING: Duration = Duration::from_secs(10);

/// The connections of a pool.
pub(crate) type Objects = wire::Objects<Arc<State>>;

/// A connection of a pool, or beside it.
pub(crate) type Held = wire::Held<Arc<State>>;

/// A pool, and what is known of its connections.
pub(crate) struct Pool {
    objects: Objects,
    /// Its connections that are free and can be used as they are.
    free: Option<Arc<Free>>,
    shared: Arc<Shared>,
    /// Of the connections of a pool of the application's.
    states: States,
    /// What makes its connections, where it is a pool of ours.
    maker: Option<Arc<Maker>>,
    /// For a connection that is free or may be made, without the timers of a wait.
    no_wait: Timeouts,
    /// The same with a wait.
    waiting: Timeouts,
}

/// How many connections there may be, and who waits how long.
pub(crate) struct Size {
    pub(crate) max: usize,
    pub(crate) wait: Option<Duration>,
    pub(crate) order: QueueMode,
}

impl Default for Size {
    fn default() -> Self {
        Size { max: 10, wait: Some(Duration::from_secs(30)), order: QueueMode::default() }
    }
}

impl Pool {
    /// A pool of our own.
    pub(crate) fn new(maker: Arc<Maker>, size: &Size) -> Result<Pool> {
        let timeouts = Timeouts { wait: size.wait, ..Timeouts::new() };
        let queue_mode = match size.order {
            QueueMode::Lifo => managed::QueueMode::Lifo,
            QueueMode::Fifo => managed::QueueMode::Fifo,
        };
        let config = PoolConfig { max_size: size.max, timeouts, queue_mode };
        let objects =
            Objects::new(maker.clone(), config).map_err(|e| Error::Usage(e.to_string()))?;
        let free = Free::of(&maker.shared, size.order);
        Ok(Pool::over(objects, free, maker.shared.clone(), Some(maker)))
    }

    /// A pool that the application made, and uses beside us.
    pub(crate) fn lent(objects: deadpool_postgres::Pool, shared: Arc<Shared>) -> Pool {
        Pool::over(Objects::Lent(objects), None, shared, None)
    }

    fn over(
        objects: Objects,
        free: Option<Arc<Free>>,
        shared: Arc<Shared>,
        maker: Option<Arc<Maker>>,
    ) -> Pool {
        let waiting = objects.timeouts();
        let no_wait = Timeouts { wait: Some(Duration::ZERO), ..waiting };
        let states = States::new(shared.clone());
        Pool { objects, free, shared, states, maker, no_wait, waiting }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// What makes its connections; `None` for a pool that the application made.
    pub(crate) fn maker(&self) -> Option<&Arc<Maker>> {
        self.maker.as_ref()
    }

    /// How it is doing.
    pub(crate) fn status(&self) -> Status {
        let status = self.objects.status();
        let free = self.free.as_ref().map_or(0, |free| free.len());
        Status { available: status.available + free, ..status }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.objects.is_closed()
    }

    /// Changes how many connections there may be. Those above it are closed as they come back.
    pub(crate) fn resize(&self, size: usize) {
        if let Some(free) = &self.free {
            free.pass_on(true);
        }
        self.objects.resize(size);
        self.keep_again();
    }

    /// How long a call waits for a connection.
    pub(crate) fn wait_timeout(&self) -> Option<Duration> {
        self.waiting.wait
    }

    /// Replaces connections that are too old, and keeps some ready, while the pool is there.
    pub(crate) fn keep(&self) {
        keeper::spawn(&self.objects, self.free.as_ref(), &self.shared);
    }

    /// Closes it, and the connections that are free.
    pub(crate) fn close(&self) {
        self.close_free();
        self.objects.close();
    }

    /// Closes the connections that are free. What still runs on them is cancelled.
    fn close_free(&self) {
        let free = self.free.as_ref().map(|free| free.shut());
        free.into_iter().flatten().for_each(Connection::close);
        for held in self.objects.take_free() {
            self.connection(held).close();
        }
    }

    /// A connection of its own beside the pool, for the limits of which it does not count.
    pub(crate) async fn connect_beside(&self) -> Result<Connection> {
        let Some(maker) = &self.maker else {
            return Err(Error::usage("a pool that the application made has no such connections"));
        };
        let held = Held::Own(Box::new(maker.connect().await?));
        let connection = Connection::new(held, Arc::new(State::new(self.shared().clone())));
        match self.learn_types(&connection).await {
            Ok(()) => Ok(connection),
            Err(error) => {
                connection.close();
                Err(error)
            }
        }
    }

    /// Takes a connection.
    pub(crate) async fn check_out(&self) -> Result<Loan> {
        if !self.shared().events.is_heard() {
            return self.take().await;
        }
        Box::pin(self.take_timed()).await
    }

    /// Somebody wants to know how long a call waits for its connection.
    async fn take_timed(&self) -> Result<Loan> {
        let since = Instant::now();
        let loan = self.take().await?;
        loan.waited(since.elapsed());
        Ok(loan)
    }

    async fn take(&self) -> Result<Loan> {
        match self.take_free() {
            Some(loan) => Ok(loan),
            None => Box::pin(self.take_from_beneath()).await,
        }
    }

    #[inline]
    fn take_free(&self) -> Option<Loan> {
        self.free.as_ref().and_then(|free| free.take()).map(|connection| self.loan(connection))
    }

    async fn take_from_beneath(&self) -> Result<Loan> {
        let held = match self.take_at_once().await? {
            Some(held) => held,
            None => {
                let _waiting = self.shared().queue.wait();
                // From now on all come back to the pool beneath; one may have come just before.
                if let Some(loan) = self.take_free() {
                    return Ok(loan);
                }
                self.get_waiting().await?
            }
        };
        if self.maker.is_none() {
            return self.take_lent(held).await;
        }
        self.keep_again();
        self.learned(self.loan(self.connection(held))).await
    }

    /// A place that is free; none where others wait already.
    async fn take_at_once(&self) -> Result<Option<Held>> {
        if self.shared().queue.is_waited() {
            return Ok(None);
        }
        match self.objects.get(&self.no_wait).await {
            Ok(held) => Ok(Some(held)),
            Err(Refusal::Wait) => Ok(None),
            Err(refusal) => Err(self.refused(refusal)),
        }
    }

    /// Keeps what comes back, where there are not too many any more.
    fn keep_again(&self) {
        if let Some(free) = self.free.as_ref().filter(|free| free.passes_on()) {
            let status = self.objects.status();
            free.pass_on(status.size > status.max_size);
        }
    }

    fn loan(&self, connection: Connection) -> Loan {
        Loan::new(connection, self.free.as_ref())
    }

    /// A connection that has learnt the types of the database, where it must.
    async fn learned(&self, loan: Loan) -> Result<Loan> {
        match self.learn_types(&loan).await {
            Ok(()) => Ok(loan),
            Err(error) => {
                loan.close();
                Err(error)
            }
        }
    }

    /// Learning them is part of connecting, and has the same limit.
    async fn learn_types(&self, connection: &Connection) -> Result<()> {
        let limit = self.maker.as_ref().map_or(LEARNING, |maker| maker.connector.limit);
        match tokio::time::timeout(limit, connection.learn_types()).await {
            Ok(learnt) => learnt.map_err(Failed::into_error),
            Err(_) => Err(Error::connection(
                format!("the server did not say within {limit:?} which types the database has"),
                None,
            )),
        }
    }

    /// A connection with what is known of it.
    #[inline]
    fn connection(&self, held: Held) -> Connection {
        let state = match (held.known(), held.lent()) {
            (Some(state), _) => state.clone(),
            (None, Some(client)) => self.states.of(client),
            (None, None) => Arc::new(State::new(self.shared.clone())),
        };
        Connection::new(held, state)
    }

    /// A connection that others use as well: what they have begun and not ended is rolled back.
    async fn take_lent(&self, mut held: Held) -> Result<Loan> {
        loop {
            let uses = held.uses();
            let loan = self.loan(self.connection(held));
            if loan.note_use(uses) {
                // Outside of a transaction BEGIN begins one, so that no ROLLBACK is without one,
                // of which the server would warn. Nobody waits for the two.
                loan.wire().send(sql::BEGIN);
                loan.wire().send(sql::ROLLBACK);
            }
            if loan.is_idle() || loan.becomes_ready(loan.wire()).await {
                return self.learned(loan).await;
            }
            loan.close();
            held = self.get_waiting().await?;
        }
    }

    async fn get_waiting(&self) -> Result<Held> {
        self.objects.get(&self.waiting).await.map_err(|refusal| self.refused(refusal))
    }

    fn refused(&self, refusal: Refusal) -> Error {
        let message = match refusal {
            Refusal::NotMade(error) => return error,
            Refusal::Closed => "the pool is closed".to_owned(),
            Refusal::Wait => {
                let status = self.objects.status();
                let size = status.max_size;
                let waited = self.wait_timeout().unwrap_or_default();
                format!(
                    "no connection became free within {waited:?}: all {size} connections of the \
                     pool are in use, and {} more calls wait; hold them shorter, or raise \
                     `max_connections` or `wait_timeout`",
                    status.waiting
                )
            }
            Refusal::Other(other) => format!("the pool gave no connection: {other}"),
        };
        Error::Pool { message }
    }

    /// Counts the connections that were found dead during one call.
    pub(crate) fn attempts(&self) -> Attempts<'_> {
        Attempts { pool: self, failed: 0 }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if self.maker.is_some() {
            self.close_free();
        }
    }
}

/// How often a call may be tried again on another connection: after a restart of the server all
/// idle ones are dead.
pub(crate) struct Attempts<'a> {
    pool: &'a Pool,
    failed: usize,
}

impl Attempts<'_> {
    /// What a call has come to, or `Continue` when its connection was found dead before the
    /// server began.
    pub(crate) fn settle<T>(&mut self, result: Result<T, Failed>) -> ControlFlow<Result<T>> {
        match result {
            Ok(value) => ControlFlow::Break(Ok(value)),
            Err(failed)
                if failed.nothing_ran && self.failed < self.pool.objects.status().max_size =>
            {
                self.failed += 1;
                ControlFlow::Continue(())
            }
            Err(failed) => ControlFlow::Break(Err(failed.into_error())),
        }
    }
}

/// Counts the connections that are open.
pub(crate) type OpenCount = Arc<watch::Sender<usize>>;
