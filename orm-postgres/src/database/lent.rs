//! A pool that the application has already.

use super::Database;
use crate::choices::{PrefetchMode, StatementCache};
use crate::distance::Distance;
use crate::event::{Events, Watch};
use crate::hosts::Target;
use crate::names::KnownNames;
use crate::pool::Pool;
use crate::queue::Queue;
use crate::shared::{Limits, STATEMENT_BYTES, Shared};
use crate::tls::{Ssl, Tls};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use tokio::sync::{OnceCell, watch};

/// What is asked of a pool that the application made.
pub(crate) struct Lent {
    pub(crate) events: Arc<Events>,
    pub(crate) statement_cache: StatementCache,
    pub(crate) statement_bytes: usize,
    pub(crate) prefetch_mode: PrefetchMode,
    pub(crate) time_zone: String,
}

impl Database {
    /// Runs on a pool that the application has already, with its own way to connect, its TLS, its
    /// hooks and its recycling. Both use its connections in turn.
    ///
    /// ```
    /// use orm_postgres::Database;
    /// use orm_postgres::deadpool_postgres::{Manager, Pool, tokio_postgres};
    ///
    /// let config = "host=localhost user=app dbname=shop".parse::<tokio_postgres::Config>()?;
    /// let pool = Pool::builder(Manager::new(config, tokio_postgres::NoTls)).build()?;
    /// let db = Database::from_pool(pool.clone());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Whatever runs here leaves no transaction open for the application, no setting changed and
    /// no statement at work: a connection whose statement was given up goes back when it has
    /// ended, or is closed. A transaction that the application has left open is rolled back before
    /// we use its connection. Settings that it has changed stay, unless its recycling method resets
    /// them (`RecyclingMethod::Clean`). One that forgets prepared statements (`DISCARD ALL`) needs
    /// [`StatementCache::Unnamed`]: [`DatabaseBuilder::from_pool`](crate::DatabaseBuilder::from_pool)
    /// has the settings.
    ///
    /// [`Database::listen`] needs a connection that nobody else drives, and fails with
    /// `Error::Usage`.
    pub fn from_pool(pool: deadpool_postgres::Pool) -> Database {
        Database::lent(
            pool,
            Lent {
                events: Arc::new(Events::new(Target::default(), Watch::default())),
                statement_cache: StatementCache::default(),
                statement_bytes: STATEMENT_BYTES,
                prefetch_mode: PrefetchMode::default(),
                time_zone: "UTC".to_owned(),
            },
        )
    }

    pub(crate) fn lent(pool: deadpool_postgres::Pool, with: Lent) -> Database {
        let shared = Arc::new(Shared {
            events: with.events,
            names: KnownNames::default(),
            statement_cache: with.statement_cache,
            statement_bytes: with.statement_bytes,
            session: None,
            time_zone: with.time_zone,
            // How the application encrypts is its own secret. Requests to cancel hold nothing else
            // than their key.
            tls: Tls::new(&Ssl::default()).ok(),
            limits: Limits::default(),
            outdated: AtomicUsize::new(0),
            distance: Distance::new(with.prefetch_mode),
            queue: Queue::new(true),
            server: OnceCell::new(),
        });
        let pool = Pool::lent(pool, shared);
        Database::new(pool, Target::default(), Arc::new(watch::Sender::new(0)), 0)
    }
}
