//! Connections of a pool, and a pool's way to make them.

use super::Wire;
use super::dial::Canceller;
use super::valve::Valve;
use deadpool::managed::{
    self, BuildError, Metrics, PoolConfig, PoolError, RecycleError, RecycleResult, Status, Timeouts,
};
use deadpool_postgres::{ClientWrapper, Runtime};
use orm_sql::exec::BoxFuture;
use orm_sql::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

/// A connection that a task drives. The task ends when this is dropped.
pub(crate) struct Driven {
    pub(super) client: Client,
    pub(super) valve: Option<Arc<Valve>>,
    pub(super) canceller: Canceller,
    pub(super) task: JoinHandle<()>,
}

impl Driven {
    /// The requests of the connection.
    #[inline]
    pub(crate) fn wire(&self) -> Wire<'_> {
        Wire { client: &self.client, valve: self.valve.as_ref(), canceller: &self.canceller }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection of a pool of ours, with what is known of it.
pub(crate) struct Member<K> {
    pub(crate) driven: Driven,
    pub(crate) known: K,
}

/// What makes the connections of a pool of ours, and looks at them before they are used again.
pub(crate) trait Make<K>: Send + Sync + 'static {
    /// Makes one.
    fn make(&self) -> BoxFuture<'_, Result<Member<K>>>;

    /// True for one that can be used as it is; `Err` where it must not be used again.
    fn is_ready(&self, member: &Member<K>, age: Duration) -> Result<bool, &'static str>;

    /// Whether one that is not ready becomes so.
    fn becomes_ready<'a>(
        &'a self,
        member: &'a Member<K>,
    ) -> BoxFuture<'a, Result<(), &'static str>>;
}

/// The manager of a pool of ours.
pub(crate) struct Manager<K>(Arc<dyn Make<K>>);

impl<K: Send + Sync + 'static> managed::Manager for Manager<K> {
    /// In a box, since the pool moves it about.
    type Type = Box<Member<K>>;
    type Error = Error;

    async fn create(&self) -> Result<Box<Member<K>>> {
        self.0.make().await.map(Box::new)
    }

    #[inline]
    async fn recycle(
        &self,
        member: &mut Box<Member<K>>,
        metrics: &Metrics,
    ) -> RecycleResult<Error> {
        match self.0.is_ready(member, metrics.age()) {
            Ok(true) => Ok(()),
            Ok(false) => self.0.becomes_ready(member).await.map_err(RecycleError::message),
            Err(why) => Err(RecycleError::message(why)),
        }
    }
}

/// A pool.
pub(crate) enum Objects<K: Send + Sync + 'static> {
    Ours(managed::Pool<Manager<K>>),
    /// One that the application made, and uses beside us.
    Lent(deadpool_postgres::Pool),
}

/// Why a pool gave no connection.
pub(crate) enum Refusal {
    /// None became free in time.
    Wait,
    Closed,
    /// It could not be made.
    NotMade(Error),
    Other(String),
}

impl<K: Send + Sync + 'static> Objects<K> {
    /// A pool of ours.
    pub(crate) fn new(make: Arc<dyn Make<K>>, config: PoolConfig) -> Result<Self, BuildError> {
        let builder = managed::Pool::builder(Manager(make)).config(config);
        builder.runtime(Runtime::Tokio1).build().map(Objects::Ours)
    }

    /// A connection, waiting for it so long.
    #[inline]
    pub(crate) async fn get(&self, timeouts: &Timeouts) -> Result<Held<K>, Refusal> {
        match self {
            Objects::Ours(pool) => match pool.timeout_get(timeouts).await {
                Ok(object) => Ok(Held::Ours(object)),
                Err(error) => Err(refusal(error, |error| error)),
            },
            Objects::Lent(pool) => match Box::pin(pool.timeout_get(timeouts)).await {
                Ok(object) => Ok(Held::Lent(object)),
                Err(error) => Err(refusal(error, not_made)),
            },
        }
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        match self {
            Objects::Ours(pool) => pool.timeouts(),
            Objects::Lent(pool) => pool.timeouts(),
        }
    }

    pub(crate) fn status(&self) -> Status {
        match self {
            Objects::Ours(pool) => pool.status(),
            Objects::Lent(pool) => pool.status(),
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        match self {
            Objects::Ours(pool) => pool.is_closed(),
            Objects::Lent(pool) => pool.is_closed(),
        }
    }

    pub(crate) fn close(&self) {
        match self {
            Objects::Ours(pool) => pool.close(),
            Objects::Lent(pool) => pool.close(),
        }
    }

    pub(crate) fn resize(&self, size: usize) {
        match self {
            Objects::Ours(pool) => pool.resize(size),
            Objects::Lent(pool) => pool.resize(size),
        }
    }

    /// The connections that are free, which are in the pool no more.
    pub(crate) fn take_free(&self) -> Vec<Held<K>> {
        match self {
            Objects::Ours(pool) => {
                pool.retain(|_, _| false).removed.into_iter().map(Held::Taken).collect()
            }
            Objects::Lent(pool) => pool
                .retain(|_, _| false)
                .removed
                .into_iter()
                .map(Box::new)
                .map(Held::TakenLent)
                .collect(),
        }
    }
}

fn refusal<E>(error: PoolError<E>, made: impl FnOnce(E) -> Error) -> Refusal {
    match error {
        PoolError::Backend(error) => Refusal::NotMade(made(error)),
        PoolError::Closed => Refusal::Closed,
        PoolError::Timeout(managed::TimeoutType::Wait) => Refusal::Wait,
        PoolError::Timeout(_) => Refusal::Other("making one took too long".to_owned()),
        PoolError::NoRuntimeSpecified => Refusal::Other("it has no runtime for timers".to_owned()),
        PoolError::PostCreateHook(managed::HookError::Backend(error)) => {
            Refusal::NotMade(made(error))
        }
        PoolError::PostCreateHook(managed::HookError::Message(message)) => {
            Refusal::Other(message.into_owned())
        }
    }
}

/// Why a pool of the application's could not make a connection.
fn not_made(error: tokio_postgres::Error) -> Error {
    let kind = format!("the pool cannot connect: {error}");
    Error::connection(kind, error.into_source())
}

/// A connection and where it belongs.
pub(crate) enum Held<K: Send + Sync + 'static> {
    /// To a pool of ours, to which it goes back when this is dropped.
    Ours(managed::Object<Manager<K>>),
    /// To a pool of the application's.
    Lent(deadpool_postgres::Object),
    /// To nobody else any more; it is closed when this is dropped.
    Taken(Box<Member<K>>),
    TakenLent(Box<ClientWrapper>),
    /// To nobody else.
    Own(Box<Driven>),
}

impl<K: Send + Sync + 'static> Held<K> {
    /// The requests of the connection.
    #[inline]
    pub(crate) fn wire(&self) -> Wire<'_> {
        match self {
            Held::Ours(member) => member.driven.wire(),
            Held::Taken(member) => member.driven.wire(),
            Held::Own(driven) => driven.wire(),
            Held::Lent(client) => Wire::of_client(client),
            Held::TakenLent(client) => Wire::of_client(client),
        }
    }

    /// What is known of a connection of ours.
    pub(crate) fn known(&self) -> Option<&K> {
        match self {
            Held::Ours(member) => Some(&member.known),
            Held::Taken(member) => Some(&member.known),
            Held::Own(_) | Held::Lent(_) | Held::TakenLent(_) => None,
        }
    }

    /// The client of a pool of the application's, as that has it.
    pub(crate) fn lent(&self) -> Option<&ClientWrapper> {
        match self {
            Held::Lent(client) => Some(client),
            Held::TakenLent(client) => Some(client),
            Held::Ours(_) | Held::Taken(_) | Held::Own(_) => None,
        }
    }

    /// How often its pool has given it to somebody, after the first time.
    pub(crate) fn uses(&self) -> usize {
        match self {
            Held::Ours(object) => managed::Object::metrics(object).recycle_count,
            Held::Lent(object) => managed::Object::metrics(object).recycle_count,
            Held::Taken(_) | Held::TakenLent(_) | Held::Own(_) => 0,
        }
    }

    /// True when somebody waits for a connection of its pool.
    pub(crate) fn others_wait(&self) -> bool {
        match self {
            Held::Ours(object) => {
                managed::Object::pool(object).is_some_and(|pool| pool.status().waiting > 0)
            }
            Held::Lent(object) => {
                managed::Object::pool(object).is_some_and(|pool| pool.status().waiting > 0)
            }
            Held::Taken(_) | Held::TakenLent(_) | Held::Own(_) => false,
        }
    }

    /// The connection without its pool, which can make another one in its place.
    pub(crate) fn out_of_pool(self) -> Self {
        match self {
            Held::Ours(object) => Held::Taken(managed::Object::take(object)),
            Held::Lent(object) => Held::TakenLent(Box::new(managed::Object::take(object))),
            own => own,
        }
    }
}
