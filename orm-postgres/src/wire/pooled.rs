//! Connections of a pool, and a pool's way to make them.

use super::Wire;
use crate::error::DriverError;
use deadpool_postgres::{ClientWrapper, Connect, Manager, ManagerConfig, Object, RecyclingMethod};
use orm_sql::exec::BoxFuture;
use orm_sql::{Error, Result};
use std::future::{Ready, ready};
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::tls::{NoTlsStream, TlsConnect};
use tokio_postgres::{Client, Config};

/// A connection that a task drives.
pub(crate) struct Driven {
    pub(super) client: Client,
    pub(super) task: JoinHandle<()>,
}

impl Driven {
    /// The requests of the connection.
    pub(crate) fn wire(&self) -> Wire<'_> {
        Wire(&self.client)
    }

    /// Ends the task, whatever the connection is at.
    pub(crate) fn abort(self) {
        self.task.abort();
    }
}

/// A connection and where it belongs.
pub(crate) enum Held {
    /// To a pool, to which it goes back when this is dropped.
    Pooled(Object),
    /// To nobody else; it is closed when this is dropped.
    Own(ClientWrapper),
}

impl Held {
    pub(super) fn client(&self) -> &Client {
        match self {
            Held::Pooled(object) => object,
            Held::Own(client) => client,
        }
    }

    /// True when somebody waits for a connection of its pool.
    pub(crate) fn others_wait(&self) -> bool {
        match self {
            Held::Pooled(object) => {
                Object::pool(object).is_some_and(|pool| pool.status().waiting > 0)
            }
            Held::Own(_) => false,
        }
    }

    /// The connection without its pool, which can make another one in its place.
    pub(crate) fn out_of_pool(self) -> Held {
        match self {
            Held::Pooled(object) => Held::Own(Object::take(object)),
            own => own,
        }
    }
}

impl From<Driven> for Held {
    fn from(Driven { client, task }: Driven) -> Self {
        Held::Own(ClientWrapper::new(client, task))
    }
}

/// What makes the connections of a pool of ours.
pub(crate) trait Make: Send + Sync + 'static {
    fn make(&self) -> BoxFuture<'_, Result<Driven>>;
}

/// The manager of a pool whose connections are made so.
pub(crate) fn manager(make: Arc<impl Make>) -> Manager {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    // The hosts and everything else about them are in `make`.
    Manager::from_connect(Config::new(), Makes(make), recycling)
}

struct Makes<M>(Arc<M>);

impl<M: Make> Connect for Makes<M> {
    fn connect(&self, _: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), DriverError>> {
        Box::pin(async move {
            match self.0.make().await {
                Ok(Driven { client, task }) => Ok((client, task)),
                Err(error) => refuse(error).await,
            }
        })
    }
}

/// Fails with an error of ours inside of one of the driver's, the only kind that the pool passes
/// on. The driver has no function for that; it takes the error of an encryption as it is.
async fn refuse(error: Error) -> Result<(Client, JoinHandle<()>), DriverError> {
    let mut config = Config::new();
    config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
    let (client, link) = config.connect_raw(tokio::io::empty(), Refusal(error)).await?;
    Ok((client, tokio::spawn(async move { drop(link.await) })))
}

/// An encryption that always fails, with this.
struct Refusal(Error);

impl<S> TlsConnect<S> for Refusal {
    type Stream = NoTlsStream;
    type Error = Error;
    type Future = Ready<Result<NoTlsStream>>;

    fn connect(self, _: S) -> Self::Future {
        ready(Err(self.0))
    }
}

/// Why a pool could not make a connection: our own words, or those of the pool's own `Connect`.
pub(crate) fn not_made(error: DriverError) -> Error {
    let kind = format!("the pool cannot connect: {error}");
    match error.into_source().map(|source| source.downcast::<Error>()) {
        Some(Ok(ours)) => *ours,
        Some(Err(source)) => Error::connection(kind, Some(source)),
        None => Error::connection(kind, None),
    }
}
