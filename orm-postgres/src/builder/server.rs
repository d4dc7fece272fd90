//! Where to connect to, and as whom.

use super::DatabaseBuilder;
use crate::choices::{SslMode, TargetSessionAttrs};
use crate::hosts::Target;
use crate::url;
use orm_sql::{Error, Result};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_postgres::Config;

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
    /// # async fn token() -> orm_sql::Result<String> { Ok(String::new()) }
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

    /// The database that this would connect to.
    ///
    /// ```
    /// let builder = orm_postgres::Database::builder().url("postgres://app@db.example/shop");
    /// assert_eq!(builder.get_dbname().unwrap(), "shop");
    /// ```
    ///
    /// # Errors
    ///
    /// `Error::Usage` for a URL that cannot be read.
    pub fn get_dbname(&self) -> Result<String> {
        let parsed = self.parsed.as_ref().map_err(|error| Error::usage(error.to_string()))?;
        Ok(Target::new(&parsed.config, &[]).database)
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
