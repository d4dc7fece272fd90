//! The pool: makes connections, and takes back only those that are clean.

use crate::connection::Connection;
use crate::event::Events;
use crate::names::NamedTypes;
use deadpool::managed::{self, Metrics, PoolError, RecycleError, RecycleResult, Timeouts};
use orm_core::exec::BoxFuture;
use orm_core::{Error, Result};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls};

pub(crate) type Pool = managed::Pool<Manager>;
/// A connection on loan; it goes back when dropped.
pub(crate) type Loan = managed::Object<Manager>;

/// What all connections of a pool have in common.
pub(crate) struct Shared {
    pub(crate) events: Arc<Events>,
    pub(crate) names: NamedTypes,
    pub(crate) statement_cache: usize,
    pub(crate) time_zone: String,
    pub(crate) search_path: Option<String>,
}

/// Where a pool connects to, for people. It has no password.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: String,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Target { user, host, port, database } = self;
        write!(f, "database `{database}` at {host}:{port} as user `{user}`")
    }
}

/// Makes connections.
pub(crate) struct Manager {
    pub(crate) config: Config,
    pub(crate) target: Target,
    pub(crate) connect_timeout: Duration,
    pub(crate) shared: Arc<Shared>,
    /// How many connections are open.
    pub(crate) open: Arc<watch::Sender<usize>>,
}

impl Manager {
    async fn connect_in_time(&self) -> Result<Box<Connection>> {
        let limit = self.connect_timeout;
        match tokio::time::timeout(limit, self.connect()).await {
            Ok(result) => result.map(Box::new),
            Err(_) => Err(Error::connection(
                format!("cannot connect to {}: no answer within {limit:?}", self.target),
                None,
            )),
        }
    }

    async fn connect(&self) -> Result<Connection> {
        let config = &self.config;
        let (client, connection) = config.connect(NoTls).await.map_err(|e| self.refused(e))?;
        let open = Open::new(&self.open);
        let driver = tokio::spawn(async move {
            let _open = open;
            if let Err(error) = connection.await {
                tracing::debug!(target: "orm::connection", %error, "the connection was lost");
            }
        });
        let connection_settings = self.settle(&client).await;
        connection_settings.map_err(|e| self.refused(e))?;
        Ok(Connection::new(client, driver, self.shared.clone()))
    }

    /// Gives the session its settings, in one round trip.
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
        Ok(())
    }

    fn refused(&self, error: tokio_postgres::Error) -> Error {
        let message = format!("cannot connect to {}", self.target);
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
        write!(f, "Manager({})", self.target)
    }
}

impl managed::Manager for Manager {
    type Type = Box<Connection>;
    type Error = Error;

    fn create(&self) -> impl Future<Output = Result<Box<Connection>>> + Send {
        // In a box: the futures of all who take a connection hold this one.
        Box::pin(self.connect_in_time())
    }

    async fn recycle(&self, connection: &mut Box<Connection>, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_idle() || connection.recover().await {
            Ok(())
        } else {
            Err(RecycleError::message("the connection was lost, or is still at work"))
        }
    }
}

/// Takes a connection from the pool.
pub(crate) async fn check_out(pool: &Pool) -> Result<Loan> {
    // Where one is free or may be made, without the timers of a wait.
    match pool.timeout_get(&NO_WAIT).await {
        Ok(loan) => Ok(loan),
        Err(PoolError::Timeout(_)) => wait(pool).await,
        Err(error) => Err(refusal(pool, error)),
    }
}

const NO_WAIT: Timeouts = Timeouts { wait: Some(Duration::ZERO), create: None, recycle: None };

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
            let size = pool.status().max_size;
            let waited = pool.timeouts().wait.unwrap_or_default();
            format!(
                "no connection became free within {waited:?}: all {size} connections of the pool \
                 are in use; hold them shorter, or raise `max_connections`"
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
