//! How to connect, and how the pool behaves.

mod choices;
mod hosts;
mod url;

pub use choices::{HealthCheck, QueueMode, SslMode, StatementCache, TargetSessionAttrs};
pub(crate) use hosts::Place;

use crate::connect::{Connector, PasswordProvider};
use crate::database::Database;
use crate::event::{Events, Hook, QueryEvent, Watch};
use crate::names::NamedTypes;
use crate::pool::{Limits, Manager, Pool, Shared, Target};
use crate::tls::Tls;
use deadpool::Runtime;
use deadpool::managed::{self, PoolConfig, Timeouts};
use orm_core::{Error, Result};
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_postgres::Config;

/// What a [`Database`] is made from; see [`Database::builder`].
///
/// What is set by a method wins over what the URL says.
///
/// # Examples
///
/// ```no_run
/// # async fn connect() -> orm_core::Result<()> {
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
    max_connections: usize,
    min_connections: usize,
    wait_timeout: Option<Duration>,
    queue_mode: QueueMode,
    limits: Limits,
    shared_reads: usize,
    statement_cache: StatementCache,
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
            max_connections: 10,
            min_connections: 1,
            wait_timeout: Some(Duration::from_secs(30)),
            queue_mode: QueueMode::default(),
            limits: Limits {
                health_check: HealthCheck::Fast,
                recycle_timeout: Duration::from_secs(1),
                max_lifetime: None,
                idle_timeout: None,
                min_idle: 0,
                cancel_on_drop: true,
            },
            shared_reads: 0,
            statement_cache: StatementCache::Named(256),
            time_zone: "UTC".to_owned(),
            search_path: None,
            after_connect: Vec::new(),
            hooks: Vec::new(),
            watch: Watch::default(),
        }
    }
}

/// Where to connect to, and as whom.
impl DatabaseBuilder {
    /// `postgres://user:password@host:port/database?option=value`, or libpq's `key=value` form.
    /// Several hosts are separated by commas: `postgres://app@a:5432,b:5433/shop`.
    ///
    /// The parameters are libpq's: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`,
    /// `sslnegotiation`, `channel_binding`, `target_session_attrs`, `load_balance_hosts`,
    /// `connect_timeout`, `application_name`, `fallback_application_name`, `options`,
    /// `keepalives`, `keepalives_idle`, `keepalives_interval`, `keepalives_count`,
    /// `tcp_user_timeout`, `host`, `hostaddr`, `port`, `user`, `password` and `dbname`; durations
    /// are in seconds. Another one is an error that names it.
    ///
    /// It replaces what the methods for `user`, `password`, `dbname`, `application_name`, SSL and
    /// hosts with certain properties have set so far.
    pub fn url(mut self, url: &str) -> Self {
        self.parsed = url::parse(url);
        self
    }

    /// The server's name, address, or directory of its socket.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.hosts = Some(vec![(host.into(), None)]);
        self
    }

    /// Several servers with their ports, tried in this order.
    ///
    /// ```
    /// use orm_postgres::{Database, TargetSessionAttrs};
    ///
    /// let builder = Database::builder()
    ///     .hosts([("db1.example", 5432), ("db2.example", 5432)])
    ///     .target_session_attrs(TargetSessionAttrs::ReadWrite);
    /// ```
    pub fn hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = (H, u16)>) -> Self {
        let hosts = hosts.into_iter().map(|(host, port)| (host.into(), Some(port)));
        self.hosts = Some(hosts.collect());
        self
    }

    /// The server's port; 5432 where nothing is said.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Which of several hosts will do; any of them where nothing is said. The hosts are asked in
    /// their order, for each new connection.
    pub fn target_session_attrs(self, attrs: TargetSessionAttrs) -> Self {
        self.with(|parsed| parsed.attrs = Some(attrs))
    }

    /// Whether the hosts, and the addresses of each, are tried in a random order for each new
    /// connection, so that a pool spreads over them. They are not, where nothing is said.
    pub fn load_balance_hosts(self, random: bool) -> Self {
        self.with(|parsed| parsed.balance = Some(random))
    }

    /// The role to log in as.
    pub fn user(self, user: impl Into<String>) -> Self {
        self.set(|config| config.user(user.into()))
    }

    /// The role's password. It appears in no message and no `Debug`.
    pub fn password(self, password: impl AsRef<[u8]>) -> Self {
        self.set(|config| config.password(password))
    }

    /// Asks for the password at each new connection, for passwords and tokens that change.
    ///
    /// ```
    /// # async fn token() -> orm_core::Result<String> { Ok(String::new()) }
    /// let builder = orm_postgres::Database::builder()
    ///     .url("postgres://app@db.example/shop")
    ///     .password_from(|| async { token().await });
    /// ```
    pub fn password_from<F, P>(mut self, provider: P) -> Self
    where
        P: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<String>> + Send + 'static,
    {
        self.password = Some(Arc::new(move || Box::pin(provider())));
        self
    }

    /// The database; the one named as the role where nothing is said.
    pub fn dbname(self, dbname: impl Into<String>) -> Self {
        self.set(|config| config.dbname(dbname.into()))
    }

    /// The name that the server shows for the sessions.
    pub fn application_name(self, name: impl Into<String>) -> Self {
        self.set(|config| config.application_name(name.into()))
    }

    /// Whether connections are encrypted, and what the server must prove; [`SslMode::Prefer`].
    pub fn ssl_mode(self, mode: SslMode) -> Self {
        self.with(|parsed| parsed.ssl.mode = Some(mode))
    }

    /// A file with the certificates of the authorities that may have made the server's, in PEM.
    /// Where nothing is said, they are those of the operating system.
    pub fn ssl_root_cert(self, path: impl Into<PathBuf>) -> Self {
        self.with(|parsed| parsed.ssl.root_cert = Some(path.into()))
    }

    /// Files with a certificate and its key that we prove to the server who we are with, in PEM.
    pub fn ssl_client_cert(self, cert: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.with(|parsed| {
            parsed.ssl.client_cert = Some(cert.into());
            parsed.ssl.client_key = Some(key.into());
        })
    }
}

/// How the pool behaves.
impl DatabaseBuilder {
    /// How long making a connection to one host may take; 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How many connections there may be at once; 10.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many connections are made at the start; 1. More are made when they are needed.
    pub fn min_connections(mut self, connections: usize) -> Self {
        self.min_connections = connections;
        self
    }

    /// How many free connections are kept ready, as far as `max_connections` allows; 0. A task
    /// makes them while the pool is there.
    pub fn min_idle(mut self, connections: usize) -> Self {
        self.limits.min_idle = connections;
        self
    }

    /// How long a connection may be free before it is closed; for ever, where nothing is said.
    /// Those of [`min_idle`](Self::min_idle) stay.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.limits.idle_timeout = Some(limit);
        self
    }

    /// How old a connection may become before another takes its place, once it is free; for ever,
    /// where nothing is said.
    pub fn max_lifetime(mut self, limit: Duration) -> Self {
        self.limits.max_lifetime = Some(limit);
        self
    }

    /// How long a call waits for a connection while all are in use; 30 seconds. `None`: for ever.
    pub fn wait_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.wait_timeout = limit.into();
        self
    }

    /// Which free connection is used first; the one that was used last.
    pub fn queue_mode(mut self, mode: QueueMode) -> Self {
        self.queue_mode = mode;
        self
    }

    /// What is asked of a free connection before a call gets it; nothing that needs the network.
    pub fn health_check(mut self, check: HealthCheck) -> Self {
        self.limits.health_check = check;
        self
    }

    /// How long a connection may take to answer [`HealthCheck::RoundTrip`]; 1 second. Then
    /// another one is made.
    pub fn recycle_timeout(mut self, limit: Duration) -> Self {
        self.limits.recycle_timeout = limit;
        self
    }

    /// Whether a statement whose future is dropped is cancelled on the server at once; it is.
    ///
    /// It gets 50 ms to end by itself, and its connection is not used in the meantime. With
    /// `false`, that happens when the connection is needed next.
    pub fn cancel_on_drop(mut self, cancel: bool) -> Self {
        self.limits.cancel_on_drop = cancel;
        self
    }

    /// Sends reads outside of transactions over so many connections that all callers share,
    /// without waiting for each other's answers; 0, which is not at all.
    ///
    /// They are connections beside those of the pool, made when they are needed. With many tasks
    /// and small queries that was 1.2 to 1.4 times the throughput of a hand-written pool on two
    /// busy cores; `cargo run --release -p orm-bench -- pool` measures it. What it costs: a slow query
    /// holds up those that were sent after it on its connection, a read whose future is dropped
    /// runs to its end, and all rows of a statement are in memory before the first is decoded.
    /// Writes, transactions, streams and one-off statements use the pool as ever.
    ///
    /// A statement that reads is one that begins with `SELECT`, `VALUES`, `TABLE`, or `WITH` and
    /// changes nothing in it. Functions that change the session must not be called in one.
    pub fn shared_reads(mut self, connections: usize) -> Self {
        self.shared_reads = connections;
        self
    }

    /// How statements are sent: prepared and kept, 256 for each connection, or all anew. A number
    /// is a limit, and 0 is [`StatementCache::Unnamed`].
    ///
    /// Behind a pooler in transaction mode it must be `Unnamed`. The types of the database's own
    /// that statements return (enums, those of extensions) are looked up when a connection is
    /// made, and when a statement first names one.
    ///
    /// ```
    /// use orm_postgres::{Database, StatementCache};
    ///
    /// let builder = Database::builder()
    ///     .url("postgres://app@pgbouncer.example:6432/shop")
    ///     .statement_cache(StatementCache::Unnamed);
    /// ```
    pub fn statement_cache(mut self, mode: impl Into<StatementCache>) -> Self {
        self.statement_cache = mode.into();
        self
    }

    /// The time zone of the sessions, and of date parts and truncations; UTC.
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = name.into();
        self
    }

    /// The schemas in which names are looked up, as in `SET search_path`.
    pub fn search_path(mut self, path: impl Into<String>) -> Self {
        self.search_path = Some(path.into());
        self
    }

    /// SQL that each new connection runs before anything else, such as
    /// `SET statement_timeout = '5s'`. It can be called more than once.
    pub fn after_connect(mut self, sql: impl Into<String>) -> Self {
        self.after_connect.push(sql.into());
        self
    }

    /// Calls a function after each statement; see also [`Database::on_query`].
    pub fn on_query(mut self, hook: impl Fn(&QueryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }

    /// From this duration on a statement is slow: its event has the level WARN and the message
    /// "slow query". The target is `orm::query`, as of all statements.
    ///
    /// ```
    /// # use orm_postgres::Database;
    /// # use std::time::Duration;
    /// let builder = Database::builder().slow_query(Duration::from_millis(100));
    /// ```
    pub fn slow_query(mut self, limit: Duration) -> Self {
        self.watch.slow = Some(limit);
        self
    }

    /// How often a statement may run from one place in the source within one
    /// [`orm_core::exec::n_plus_one::request`]; more are told by `tracing`, with the target
    /// `orm::n_plus_one` and the level WARN. For development: without this, requests are not
    /// watched.
    ///
    /// ```
    /// # use orm_postgres::Database;
    /// let builder = Database::builder().detect_n_plus_one(5);
    /// ```
    pub fn detect_n_plus_one(mut self, limit: usize) -> Self {
        self.watch.repeats = Some(limit);
        self
    }

    /// Makes the pool and its first connections, so that what is wrong shows here.
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a URL or a certificate that cannot be read; `Error::Connection` when no
    /// server can be reached or all refuse.
    pub async fn connect(self) -> Result<Database> {
        let first = self.min_connections.clamp(1, self.max_connections.max(1));
        let limits = self.limits;
        let database = self.build()?;
        database.open_connections(first).await?;
        database.keep(limits);
        Ok(database)
    }

    fn build(self) -> Result<Database> {
        if self.max_connections == 0 {
            return Err(Error::usage("`max_connections` is 0; a pool needs at least one"));
        }
        let url::Parsed { config, ssl, attrs, balance, connect_timeout } = self.parsed?;
        let config = with_user(with_address(config, self.hosts, self.port))?;
        let places = hosts::places(&config)?;
        let target = target(&config, &places);
        let tls = Tls::new(&ssl)?;
        let events = Arc::new(Events::new(target.clone(), self.watch));
        for hook in self.hooks {
            events.add(hook);
        }
        let shared = Arc::new(Shared {
            events,
            names: NamedTypes::default(),
            statement_cache: self.statement_cache,
            time_zone: self.time_zone,
            search_path: self.search_path,
            after_connect: self.after_connect,
            tls: tls.clone(),
            limits: self.limits,
        });
        let limit = self.connect_timeout.or(connect_timeout).unwrap_or(Duration::from_secs(10));
        let connector = Arc::new(Connector {
            places,
            ssl_mode: ssl.mode(),
            attrs: attrs.unwrap_or_default(),
            balance: balance.unwrap_or(false),
            password: self.password,
            tls,
            target: target.clone(),
            limit,
        });
        let open = Arc::new(watch::Sender::new(0));
        let manager = Manager { connector, shared: shared.clone(), open: open.clone() };
        let timeouts = Timeouts { wait: self.wait_timeout, ..Timeouts::new() };
        let queue_mode = match self.queue_mode {
            QueueMode::Lifo => managed::QueueMode::Lifo,
            QueueMode::Fifo => managed::QueueMode::Fifo,
        };
        let pool = Pool::builder(manager)
            .config(PoolConfig { max_size: self.max_connections, timeouts, queue_mode })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| Error::Usage(e.to_string()))?;
        Ok(Database::new(pool, shared, target, open, self.shared_reads))
    }

    fn with(mut self, change: impl FnOnce(&mut url::Parsed)) -> Self {
        if let Ok(parsed) = &mut self.parsed {
            change(parsed);
        }
        self
    }

    fn set(self, change: impl FnOnce(&mut Config) -> &mut Config) -> Self {
        self.with(|parsed| {
            change(&mut parsed.config);
        })
    }
}

impl fmt::Debug for DatabaseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseBuilder")
            .field("max_connections", &self.max_connections)
            .field("wait_timeout", &self.wait_timeout)
            .field("queue_mode", &self.queue_mode)
            .field("limits", &self.limits)
            .field("shared_reads", &self.shared_reads)
            .field("statement_cache", &self.statement_cache)
            .field("time_zone", &self.time_zone)
            .finish_non_exhaustive()
    }
}

/// The configuration with the hosts and the port of the builder's methods over those of the URL.
fn with_address(
    old: Config,
    hosts: Option<Vec<(String, Option<u16>)>>,
    port: Option<u16>,
) -> Config {
    if hosts.is_none() && port.is_none() {
        return old;
    }
    let mut config = hosts::without_hosts(&old);
    let default = port.or_else(|| old.get_ports().first().copied()).unwrap_or(5432);
    match hosts {
        Some(hosts) => {
            for (host, port) in hosts {
                config.host(host).port(port.unwrap_or(default));
            }
        }
        None => {
            hosts::add_hosts(&mut config, old.get_hosts());
            old.get_hostaddrs().iter().for_each(|address| {
                config.hostaddr(*address);
            });
            config.port(default);
        }
    }
    config
}

fn with_user(mut config: Config) -> Result<Config> {
    if config.get_user().is_none() {
        let user = std::env::var("USER").map_err(|_| {
            Error::usage("no user to connect as; name one in the URL or with `user`")
        })?;
        config.user(user);
    }
    Ok(config)
}

fn target(config: &Config, places: &[Place]) -> Target {
    let user = config.get_user().unwrap_or_default().to_owned();
    let first = places.first();
    let hosts: Vec<String> = places.iter().map(ToString::to_string).collect();
    Target {
        host: first.map(|place| place.host.clone()).unwrap_or_default(),
        port: first.map_or(5432, |place| place.port),
        hosts: hosts.join(", "),
        database: config.get_dbname().unwrap_or(&user).to_owned(),
        user,
    }
}
