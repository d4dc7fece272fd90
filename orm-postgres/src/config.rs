//! How to connect, and how the pool behaves.

use crate::database::Database;
use crate::event::{Events, Hook, QueryEvent, Watch};
use crate::names::NamedTypes;
use crate::pool::{Manager, Pool, Shared, Target};
use deadpool::Runtime;
use deadpool::managed::{PoolConfig, QueueMode, Timeouts};
use orm_core::{Error, Result};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// What a [`Database`] is made from; see [`Database::builder`].
///
/// What is set by a method wins over what the URL says.
///
/// # Examples
///
/// ```no_run
/// # async fn connect() -> orm_core::Result<()> {
/// use orm_postgres::Database;
/// use std::time::Duration;
///
/// let db = Database::builder()
///     .url("postgres://app@db.example/shop")
///     .password("from the vault")
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
    config: Result<Config>,
    host: Option<String>,
    port: Option<u16>,
    connect_timeout: Duration,
    max_connections: usize,
    min_connections: usize,
    wait_timeout: Duration,
    statement_cache: usize,
    time_zone: String,
    search_path: Option<String>,
    hooks: Vec<Hook>,
    watch: Watch,
}

impl Default for DatabaseBuilder {
    fn default() -> Self {
        DatabaseBuilder {
            config: Ok(Config::new()),
            host: None,
            port: None,
            connect_timeout: Duration::from_secs(10),
            max_connections: 10,
            min_connections: 1,
            wait_timeout: Duration::from_secs(30),
            statement_cache: 256,
            time_zone: "UTC".to_owned(),
            search_path: None,
            hooks: Vec::new(),
            watch: Watch::default(),
        }
    }
}

impl DatabaseBuilder {
    /// `postgres://user:password@host:port/database?option=value`, or libpq's `key=value` form.
    ///
    /// It replaces what `user`, `password`, `dbname` and `application_name` have set so far.
    pub fn url(mut self, url: &str) -> Self {
        self.config = parse(url);
        self
    }

    /// The server's name, address, or directory of its socket.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The server's port; 5432 where nothing is said.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The role to log in as.
    pub fn user(self, user: impl Into<String>) -> Self {
        self.set(|config| config.user(user.into()))
    }

    /// The role's password. It appears in no message and no `Debug`.
    pub fn password(self, password: impl AsRef<[u8]>) -> Self {
        self.set(|config| config.password(password))
    }

    /// The database; the one named as the role where nothing is said.
    pub fn dbname(self, dbname: impl Into<String>) -> Self {
        self.set(|config| config.dbname(dbname.into()))
    }

    /// The name that the server shows for the sessions.
    pub fn application_name(self, name: impl Into<String>) -> Self {
        self.set(|config| config.application_name(name.into()))
    }

    /// How long making one connection may take; 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
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

    /// How long a call waits for a connection while all are in use; 30 seconds.
    pub fn wait_timeout(mut self, limit: Duration) -> Self {
        self.wait_timeout = limit;
        self
    }

    /// How many prepared statements each connection keeps; 256. With 0 every statement is sent
    /// anew, as poolers between here and the server may need it.
    pub fn statement_cache(mut self, limit: usize) -> Self {
        self.statement_cache = limit;
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
    /// [`orm_core::n_plus_one::request`]; more are told by `tracing`, with the target
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
    /// `Error::Usage` for a URL that cannot be read; `Error::Connection` when the server cannot
    /// be reached or refuses.
    pub async fn connect(self) -> Result<Database> {
        let first = self.min_connections.clamp(1, self.max_connections.max(1));
        let database = self.build()?;
        database.open_connections(first).await?;
        Ok(database)
    }

    fn build(self) -> Result<Database> {
        if self.max_connections == 0 {
            return Err(Error::usage("`max_connections` is 0; a pool needs at least one"));
        }
        let config = resolve(self.config?, self.host, self.port)?;
        let target = target(&config);
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
        });
        let open = Arc::new(watch::Sender::new(0));
        let manager = Manager {
            config,
            target: target.clone(),
            connect_timeout: self.connect_timeout,
            shared: shared.clone(),
            open: open.clone(),
        };
        let timeouts = Timeouts { wait: Some(self.wait_timeout), ..Timeouts::new() };
        let pool = Pool::builder(manager)
            .config(PoolConfig {
                max_size: self.max_connections,
                timeouts,
                // The connection that was used last has the warmest statement cache.
                queue_mode: QueueMode::Lifo,
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| Error::Usage(e.to_string()))?;
        Ok(Database::new(pool, shared, target, open))
    }

    fn set(mut self, change: impl FnOnce(&mut Config) -> &mut Config) -> Self {
        if let Ok(config) = &mut self.config {
            change(config);
        }
        self
    }
}

impl fmt::Debug for DatabaseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseBuilder")
            .field("max_connections", &self.max_connections)
            .field("statement_cache", &self.statement_cache)
            .field("time_zone", &self.time_zone)
            .finish_non_exhaustive()
    }
}

fn parse(url: &str) -> Result<Config> {
    if let Some((scheme, _)) = url.split_once("://")
        && !matches!(scheme, "postgres" | "postgresql")
    {
        return Err(Error::Usage(format!(
            "the database URL has the scheme `{scheme}`; it begins with `postgres://`"
        )));
    }
    url.parse::<Config>().map_err(|error| {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        // A password with unescaped characters can end up in the name of an unknown option.
        let reason = source.filter(|r| !r.starts_with("unknown option") || is_plain(r));
        Error::Usage(format!(
            "the database URL cannot be read: {}; it looks like \
             `postgres://user:password@host:5432/database`, with other characters than letters \
             and digits as `%40`",
            reason.as_deref().unwrap_or("it has an unknown option")
        ))
    })
}

fn is_plain(reason: &str) -> bool {
    reason.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '_' | ' ' | '`'))
}

/// The configuration with host and port from the builder's methods, or else the defaults.
fn resolve(mut config: Config, host: Option<String>, port: Option<u16>) -> Result<Config> {
    if host.is_some() || port.is_some() {
        config = with_address(config, host, port);
    } else if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host("localhost");
    }
    if config.get_user().is_none() {
        let user = std::env::var("USER").map_err(|_| {
            Error::usage("no user to connect as; name one in the URL or with `user`")
        })?;
        config.user(user);
    }
    Ok(config)
}

/// The driver's configuration only ever adds hosts and ports, so another is made.
fn with_address(old: Config, host: Option<String>, port: Option<u16>) -> Config {
    let mut config = Config::new();
    if let Some(user) = old.get_user() {
        config.user(user);
    }
    if let Some(password) = old.get_password() {
        config.password(password);
    }
    if let Some(dbname) = old.get_dbname() {
        config.dbname(dbname);
    }
    if let Some(options) = old.get_options() {
        config.options(options);
    }
    if let Some(name) = old.get_application_name() {
        config.application_name(name);
    }
    config.ssl_mode(old.get_ssl_mode());
    match (host, old.get_hosts().first()) {
        (Some(host), _) => config.host(host),
        (None, Some(Host::Tcp(host))) => config.host(host),
        #[cfg(unix)]
        (None, Some(Host::Unix(path))) => config.host_path(path),
        (None, _) => config.host("localhost"),
    };
    if let Some(port) = port.or_else(|| old.get_ports().first().copied()) {
        config.port(port);
    }
    config
}

fn target(config: &Config) -> Target {
    let user = config.get_user().unwrap_or_default().to_owned();
    let host = match (config.get_hosts().first(), config.get_hostaddrs().first()) {
        (Some(Host::Tcp(host)), _) => host.clone(),
        #[cfg(unix)]
        (Some(Host::Unix(path)), _) => path.display().to_string(),
        (_, Some(address)) => address.to_string(),
        _ => "localhost".to_owned(),
    };
    Target {
        host,
        port: config.get_ports().first().copied().unwrap_or(5432),
        database: config.get_dbname().unwrap_or(&user).to_owned(),
        user,
    }
}
