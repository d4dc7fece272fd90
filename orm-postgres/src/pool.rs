//! The pool: makes connections, and takes back only those that are clean.

use crate::config::{HealthCheck, StatementCache};
use crate::connect::Connector;
use crate::connection::Connection;
use crate::event::Events;
use crate::names::NamedTypes;
use crate::tls::{Link, Tls};
use deadpool::managed::{
    self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType, Timeouts,
};
use orm_core::exec::BoxFuture;
use orm_core::{Error, Result};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

pub(crate) type Pool = managed::Pool<Manager, Loan>;

/// What all connections of a pool have in common.
pub(crate) struct Shared {
    pub(crate) events: Arc<Events>,
    pub(crate) names: NamedTypes,
    pub(crate) statement_cache: StatementCache,
    pub(crate) time_zone: String,
    pub(crate) search_path: Option<String>,
    /// SQL that each new connection runs.
    pub(crate) after_connect: Vec<String>,
    /// What requests to cancel travel through.
    pub(crate) tls: Tls,
    pub(crate) limits: Limits,
}

/// How long connections live, and what is asked of them before they are used again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) health_check: HealthCheck,
    pub(crate) recycle_timeout: Duration,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) min_idle: usize,
    pub(crate) cancel_on_drop: bool,
}

impl Limits {
    /// True for a connection that is to be replaced before it is used again.
    pub(crate) fn are_over(&self, connection: &Connection, metrics: &Metrics) -> bool {
        self.max_lifetime.is_some_and(|limit| metrics.age() >= limit)
            || self.idle_timeout.is_some_and(|limit| connection.idle_for() >= limit)
    }
}

/// Where a pool connects to, for people. It has no password.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// All hosts with their ports.
    pub(crate) hosts: String,
    pub(crate) database: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { user, hosts, database, .. } = self;
        write!(f, "database `{database}` at {hosts} as user `{user}`")
    }
}

/// Makes connections.
pub(crate) struct Manager {
    pub(crate) connector: Arc<Connector>,
    pub(crate) shared: Arc<Shared>,
    /// How many connections are open.
    pub(crate) open: Arc<watch::Sender<usize>>,
}

impl Manager {
    /// A connection with the settings of the pool.
    pub(crate) async fn connect(&self) -> Result<Box<Connection>> {
        let (client, link) = self.connector.open().await?;
        let driver = self.drive(link);
        let limit = self.connector.limit;
        let connection = match tokio::time::timeout(limit, self.settle(&client)).await {
            Ok(Ok(())) => Connection::new(client, driver, self.shared.clone()),
            Ok(Err(error)) => return Err(self.refused(error)),
            Err(_) => {
                driver.abort();
                let message = format!(
                    "cannot connect to {}: the settings of the session were not taken within \
                     {limit:?}",
                    self.connector.target
                );
                return Err(Error::connection(message, None));
            }
        };
        if self.shared.statement_cache == StatementCache::Unnamed {
            connection.learn_types().await.map_err(|failed| failed.error)?;
        }
        Ok(Box::new(connection))
    }

    fn drive(&self, link: Link) -> JoinHandle<()> {
        let open = Open::new(&self.open);
        tokio::spawn(async move {
            let _open = open;
            if let Err(error) = link.await {
                tracing::debug!(target: "orm::connection", %error, "the connection was lost");
            }
        })
    }

    /// Gives the session its settings, in one round trip where nothing else is asked for.
    async fn settle(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let time_zone = &self.shared.time_zone;
        match &self.shared.search_path {
            None => {
                let sql = "SELECT set_config('TimeZone', $1, false)";
                client.execute_typed(sql, &[(time_zone, Type::TEXT)]).await?
            }
            Some(path) => {
                let sql = "SELECT set_config('TimeZone', $1, false), \
                           set_config('search_path', $2, false)";
                client.execute_typed(sql, &[(time_zone, Type::TEXT), (path, Type::TEXT)]).await?
            }
        };
        for sql in &self.shared.after_connect {
            client.batch_execute(sql).await?;
        }
        Ok(())
    }

    fn refused(&self, error: tokio_postgres::Error) -> Error {
        let message = format!("cannot connect to {}", self.connector.target);
        match error.as_db_error() {
            Some(db) => Error::connection(message, Some(Box::new(db.clone()))),
            None => {
                let kind = error.to_string();
                let source = error.into_source().unwrap_or_else(|| kind.into());
                Error::connection(message, Some(source))
            }
        }
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manager({})", self.connector.target)
    }
}

impl managed::Manager for Manager {
    type Type = Box<Connection>;
    type Error = Error;

    fn create(&self) -> impl Future<Output = Result<Box<Connection>>> + Send {
        // In a box: the futures of all who take a connection hold this one.
        Box::pin(self.connect())
    }

    async fn recycle(
        &self,
        connection: &mut Box<Connection>,
        metrics: &Metrics,
    ) -> RecycleResult<Error> {
        let limits = &self.shared.limits;
        if limits.are_over(connection, metrics) {
            return Err(RecycleError::message("the connection is too old, or was idle too long"));
        }
        let fine = match limits.health_check {
            HealthCheck::Fast if connection.is_idle() => true,
            HealthCheck::RoundTrip if connection.is_idle() => {
                connection.answers_within(limits.recycle_timeout).await
            }
            _ => connection.recover().await,
        };
        if fine {
            return Ok(());
        }
        Err(RecycleError::message("the connection was lost, or is still at work"))
    }
}

/// A connection on loan; it goes back when dropped.
///
/// Where a statement was given up on it, it goes back only once that has ended, and is closed if
/// that takes long: nobody has to wait for what somebody else has given up.
#[derive(Debug)]
pub(crate) struct Loan(Option<Object<Manager>>);

impl From<Object<Manager>> for Loan {
    fn from(object: Object<Manager>) -> Self {
        Loan(Some(object))
    }
}

impl Deref for Loan {
    type Target = Connection;

    #[inline]
    fn deref(&self) -> &Connection {
        self.0.as_ref().expect("only `drop` takes it")
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(object) = self.0.take() else { return };
        if object.is_idle() || object.can_wait() {
            object.note_idle();
            return;
        }
        if object.shared().limits.cancel_on_drop
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if !object.recover().await {
                    // What is still at work is cancelled when it is dropped.
                    drop(Object::take(object));
                }
            });
        }
    }
}

/// Takes a connection from the pool.
pub(crate) async fn check_out(pool: &Pool) -> Result<Loan> {
    // Where one is free or may be made, without the timers of a wait.
    match pool.timeout_get(&NO_WAIT).await {
        Ok(loan) => Ok(loan),
        Err(PoolError::Timeout(TimeoutType::Wait)) => wait(pool).await,
        Err(error) => Err(refusal(pool, error)),
    }
}

pub(crate) const NO_WAIT: Timeouts =
    Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };

/// Waits for a connection that somebody else holds. In a box, so that callers stay small.
#[cold]
fn wait(pool: &Pool) -> BoxFuture<'_, Result<Loan>> {
    Box::pin(async move { pool.get().await.map_err(|error| refusal(pool, error)) })
}

fn refusal(pool: &Pool, error: PoolError<Error>) -> Error {
    let message = match error {
        PoolError::Backend(error) => return error,
        PoolError::Closed => "the pool is closed".to_owned(),
        PoolError::Timeout(_) => {
            let status = pool.status();
            let size = status.max_size;
            let waited = pool.timeouts().wait.unwrap_or_default();
            format!(
                "no connection became free within {waited:?}: all {size} connections of the pool \
                 are in use, and {} more calls wait; hold them shorter, or raise \
                 `max_connections` or `wait_timeout`",
                status.waiting
            )
        }
        other => format!("the pool gave no connection: {other}"),
    };
    Error::Pool { message }
}

/// Counts a connection for as long as it is open.
struct Open(Arc<watch::Sender<usize>>);

impl Open {
    fn new(count: &Arc<watch::Sender<usize>>) -> Self {
        count.send_modify(|n| *n += 1);
        Open(count.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n = n.saturating_sub(1));
    }
}
