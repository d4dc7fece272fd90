//! How to connect, and how the pool behaves.

mod address;
mod behaviour;
mod server;

use crate::choices::{PrefetchMode, StatementCache};
use crate::connect::{Connector, PasswordProvider};
use crate::database::{Database, Lent};
use crate::distance::Distance;
use crate::event::{Events, Hook, Watch};
use crate::hosts::{self, Target};
use crate::names::KnownNames;
use crate::pool::{Maker, Pool, Size};
use crate::queue::Queue;
use crate::session::SessionSettings;
use crate::shared::{Limits, STATEMENT_BYTES, Shared};
use crate::tls::Tls;
use crate::url;
use orm_sql::{Error, Result};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::{OnceCell, watch};

impl Database {
    /// Connects with the defaults of [`Database::builder`].
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::connect("postgres://app:secret@localhost/shop").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a URL that cannot be read; `Error::Connection` when the server cannot
    /// be reached or refuses.
    pub async fn connect(url: &str) -> Result<Database> {
        Database::builder().url(url).connect().await
    }

    /// Everything that can be said about the connections and the pool.
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::builder()
    ///     .url("postgres://app@localhost/shop")
    ///     .max_connections(20)
    ///     .connect()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> DatabaseBuilder {
        DatabaseBuilder::default()
    }
}

/// What a [`Database`] is made from; see [`Database::builder`].
///
/// What is set by a method wins over what the URL says.
///
/// # Examples
///
/// ```no_run
/// # async fn connect() -> orm_sql::Result<()> {
/// use orm_postgres::{Database, SslMode};
/// use std::time::Duration;
///
/// let db = Database::builder()
///     .url("postgres://app@db.example/shop")
///     .password("from the vault")
///     .ssl_mode(SslMode::VerifyFull)
///     .application_name("shop")
///     .max_connections(20)
///     .wait_timeout(Duration::from_secs(5))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens before `connect`"]
pub struct DatabaseBuilder {
    parsed: Result<url::Parsed>,
    hosts: Option<Vec<(String, Option<u16>)>>,
    port: Option<u16>,
    password: Option<PasswordProvider>,
    connect_timeout: Option<Duration>,
    size: Size,
    min_connections: usize,
    limits: Limits,
    shared_reads: usize,
    statement_cache: StatementCache,
    statement_bytes: usize,
    driver_only: bool,
    prefetch_mode: PrefetchMode,
    time_zone: String,
    search_path: Option<String>,
    after_connect: Vec<String>,
    hooks: Vec<Hook>,
    watch: Watch,
}

impl Default for DatabaseBuilder {
    fn default() -> Self {
        DatabaseBuilder {
            parsed: Ok(url::Parsed::default()),
            hosts: None,
            port: None,
            password: None,
            connect_timeout: None,
            size: Size::default(),
            min_connections: 1,
            limits: Limits::default(),
            shared_reads: 0,
            statement_cache: StatementCache::default(),
            statement_bytes: STATEMENT_BYTES,
            driver_only: false,
            prefetch_mode: PrefetchMode::default(),
            time_zone: "UTC".to_owned(),
            search_path: None,
            after_connect: Vec::new(),
            hooks: Vec::new(),
            watch: Watch::default(),
        }
    }
}

impl DatabaseBuilder {
    /// Makes the pool and its first connections, so that what is wrong shows here.
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a URL or a certificate that cannot be read; `Error::Connection` when no
    /// server can be reached or all refuse.
    pub async fn connect(self) -> Result<Database> {
        let first = self.min_connections.clamp(1, self.size.max.max(1));
        let database = self.build()?;
        database.open_connections(first).await?;
        Ok(database)
    }

    /// Takes a pool that the application has already, as [`Database::from_pool`] does, with what
    /// is said here about statements and their instrumentation: `statement_cache`, `prefetch_mode`,
    /// `time_zone` (that of its sessions), `on_query`, `slow_query`, `detect_n_plus_one`.
    ///
    /// ```
    /// use orm_postgres::deadpool_postgres::Pool;
    /// use orm_postgres::{Database, StatementCache};
    ///
    /// fn behind_pgbouncer(pool: Pool) -> orm_sql::Result<Database> {
    ///     Database::builder().statement_cache(StatementCache::Unnamed).from_pool(pool)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// `Error::Usage` where something else was said, which the pool decides by itself.
    pub fn from_pool(self, pool: deadpool_postgres::Pool) -> Result<Database> {
        if let Some(setting) = self.decided_by_a_pool() {
            return Err(Error::Usage(format!(
                "`{setting}` is a setting of the pool that the application made; set it there"
            )));
        }
        let events = events(Target::default(), self.watch, self.hooks);
        let (statement_cache, statement_bytes) = (self.statement_cache, self.statement_bytes);
        let (prefetch_mode, time_zone) = (self.prefetch_mode, self.time_zone);
        let lent = Lent { events, statement_cache, statement_bytes, prefetch_mode, time_zone };
        Ok(Database::lent(pool, lent))
    }

    /// Something that was set and that a pool which is there decides by itself.
    fn decided_by_a_pool(&self) -> Option<&'static str> {
        let plain = DatabaseBuilder::default();
        let changed = [
            ("url", !self.parsed.as_ref().is_ok_and(url::Parsed::is_default)),
            ("hosts", self.hosts.is_some()),
            ("port", self.port.is_some()),
            ("password_from", self.password.is_some()),
            ("connect_timeout", self.connect_timeout.is_some()),
            ("max_connections", self.size.max != plain.size.max),
            ("wait_timeout", self.size.wait != plain.size.wait),
            ("queue_mode", self.size.order != plain.size.order),
            ("min_connections", self.min_connections != plain.min_connections),
            ("on_return", self.limits.on_return != plain.limits.on_return),
            ("health_check", self.limits != plain.limits),
            ("shared_reads", self.shared_reads > 0),
            ("search_path", self.search_path.is_some()),
            ("after_connect", !self.after_connect.is_empty()),
            ("driver_only", self.driver_only),
        ];
        changed.into_iter().find_map(|(setting, changed)| changed.then_some(setting))
    }

    fn build(self) -> Result<Database> {
        if self.size.max == 0 {
            return Err(Error::usage("`max_connections` is 0; a pool needs at least one"));
        }
        let url::Parsed { config, ssl, attrs, balance, connect_timeout } = self.parsed?;
        let config = address::with_user(address::with_address(config, self.hosts, self.port))?;
        let places = hosts::places(&config)?;
        let target = Target::new(&config, &places);
        let tls = Tls::new(&ssl)?;
        let connector = Connector {
            places,
            ssl_mode: ssl.mode(),
            attrs: attrs.unwrap_or_default(),
            balance: balance.unwrap_or(false),
            password: self.password,
            tls: tls.clone(),
            target: target.clone(),
            limit: self.connect_timeout.or(connect_timeout).unwrap_or(Duration::from_secs(10)),
            driver_only: self.driver_only,
        };
        let session = Arc::new(SessionSettings {
            time_zone: self.time_zone.clone(),
            search_path: self.search_path,
            after_connect: self.after_connect,
        });
        let shared = Shared {
            events: events(target.clone(), self.watch, self.hooks),
            names: KnownNames::default(),
            statement_cache: self.statement_cache,
            statement_bytes: self.statement_bytes,
            time_zone: self.time_zone,
            session: Some(session.clone()),
            tls: Some(tls),
            limits: self.limits,
            outdated: AtomicUsize::new(0),
            distance: Distance::new(self.prefetch_mode),
            queue: Queue::new(false),
            server: OnceCell::new(),
        };
        let open = Arc::new(watch::Sender::new(0));
        let (connector, shared) = (Arc::new(connector), Arc::new(shared));
        let maker = Maker { connector, session, open: open.clone(), shared };
        let pool = Pool::new(Arc::new(maker), &self.size)?;
        Ok(Database::new(pool, target, open, self.shared_reads))
    }
}

fn events(target: Target, watch: Watch, hooks: Vec<Hook>) -> Arc<Events> {
    let events = Arc::new(Events::new(target, watch));
    for hook in hooks {
        events.add(hook);
    }
    events
}

impl fmt::Debug for DatabaseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseBuilder")
            .field("max_connections", &self.size.max)
            .field("wait_timeout", &self.size.wait)
            .field("queue_mode", &self.size.order)
            .field("limits", &self.limits)
            .field("shared_reads", &self.shared_reads)
            .field("statement_cache", &self.statement_cache)
            .field("time_zone", &self.time_zone)
            .finish_non_exhaustive()
    }
}
