//! The pool as users see it.

mod executor;
mod joint;
mod lent;
mod listen;
mod server;

pub(crate) use lent::Lent;

use crate::event::{QueryEvent, Subscription};
use crate::hosts::Target;
use crate::pool::{OpenCount, Pool};
use crate::shared_reads::SharedReads;
use orm_sql::Result;
use orm_sql::exec::Executor;
use orm_sql::exec::transaction::{Begin, Work};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// A pool of connections to a PostgreSQL server. Cloning it is cheap and gives the same pool.
///
/// # Examples
///
/// ```no_run
/// # async fn connect() -> orm_sql::Result<()> {
/// use orm_postgres::Database;
///
/// let db = Database::connect("postgres://app:secret@localhost/shop").await?;
/// let n = db.transaction(async |tx| {
///     tx.batch_execute("UPDATE stock SET n = n - 1").await?;
///     Ok(1)
/// }).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    /// One count for all of it: handlers on many threads clone it for each request.
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    target: Target,
    open: OpenCount,
    closed: watch::Sender<bool>,
    shared_reads: Option<SharedReads>,
}

/// How a pool is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many connections there are.
    pub connections: usize,
    /// How many of them are free.
    pub idle: usize,
    /// How many calls wait for one.
    pub waiting: usize,
}

impl Database {
    pub(crate) fn new(pool: Pool, target: Target, open: OpenCount, shared_reads: usize) -> Self {
        let closed = watch::Sender::new(false);
        let shared_reads = (shared_reads > 0).then(|| SharedReads::new(shared_reads));
        Database { inner: Arc::new(Inner { pool, target, open, closed, shared_reads }) }
    }

    /// Begins a transaction. Without [`Transaction::commit`](crate::Transaction::commit) it is rolled back.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// use orm_postgres::IsolationLevel::Serializable;
    /// let tx = db.begin().isolation(Serializable).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn begin(&self) -> Begin<'_> {
        Begin::new(self)
    }

    /// Runs a closure in a transaction:
    /// [`Transactions::transaction`](orm_sql::exec::transaction::Transactions::transaction).
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// db.transaction(async |tx| {
    ///     tx.batch_execute("UPDATE account SET balance = balance - 5 WHERE id = 1").await?;
    ///     tx.batch_execute("UPDATE account SET balance = balance + 5 WHERE id = 2").await
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with.
    pub fn transaction<T>(&self, work: impl Work<T, Of: Sized>) -> impl Future<Output = Result<T>> {
        self.begin().transaction(work)
    }

    /// Runs SQL without parameters, such as a script of DDL, on one connection. Several
    /// statements run as one transaction, unless they say otherwise. A transaction that the text
    /// begins and does not end is rolled back.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// db.batch_execute("CREATE TABLE a (id int); CREATE TABLE b (id int)").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the first statement that fails.
    pub async fn batch_execute(&self, sql: &str) -> Result<()> {
        Executor::batch_execute(self, sql).await
    }

    /// Calls a function after each statement, until the returned value is dropped.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// let _watch = db.on_query(|event| eprintln!("{} ({} rows)", event.sql, event.rows));
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_query(&self, hook: impl Fn(&QueryEvent<'_>) + Send + Sync + 'static) -> Subscription {
        self.inner.pool.shared().events.subscribe(Arc::new(hook))
    }

    /// Closes the pool and waits until its connections are closed; those in use are when their
    /// work is done. Calls from now on fail with `Error::Pool`.
    ///
    /// The pool of [`Database::from_pool`] is closed for the application as well, and is not waited
    /// for.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// db.close().await;
    /// assert!(db.begin().await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(&self) {
        self.inner.pool.close();
        self.inner.closed.send_replace(true);
        if let Some(shared) = &self.inner.shared_reads {
            shared.close();
        }
        let mut open = self.inner.open.subscribe();
        // Fails only when the sender is gone, and `self` holds it.
        open.wait_for(|open| *open == 0).await.ok();
    }

    /// How the pool is doing.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// let status = db.status();
    /// let in_use = status.connections - status.idle;
    /// println!("{in_use} of {} connections are in use", status.max_connections);
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> PoolStatus {
        let status = self.inner.pool.status();
        PoolStatus {
            max_connections: status.max_size,
            connections: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// The server's name, address, or directory of its socket. This and the three below are empty
    /// or 0 of a pool that the application made, which keeps them to itself.
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::connect("postgres://app@db.example:5433/shop").await?;
    /// assert_eq!(db.host(), "db.example");
    /// # Ok(())
    /// # }
    /// ```
    pub fn host(&self) -> &str {
        &self.inner.target.host
    }

    /// The server's port.
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::connect("postgres://app@db.example:5433/shop").await?;
    /// assert_eq!(db.port(), 5433);
    /// # Ok(())
    /// # }
    /// ```
    pub fn port(&self) -> u16 {
        self.inner.target.port
    }

    /// The role that the connections log in as.
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::connect("postgres://app@db.example:5433/shop").await?;
    /// assert_eq!(db.user(), "app");
    /// # Ok(())
    /// # }
    /// ```
    pub fn user(&self) -> &str {
        &self.inner.target.user
    }

    /// The database.
    ///
    /// ```no_run
    /// # async fn f() -> orm_sql::Result<()> {
    /// let db = orm_postgres::Database::connect("postgres://app@db.example:5433/shop").await?;
    /// assert_eq!(db.dbname(), "shop");
    /// # Ok(())
    /// # }
    /// ```
    pub fn dbname(&self) -> &str {
        &self.inner.target.database
    }

    /// Makes so many connections, and keeps as many and as young ones as its limits say.
    pub(crate) async fn open_connections(&self, connections: usize) -> Result<()> {
        let mut loans = Vec::new();
        for _ in 0..connections {
            loans.push(self.inner.pool.check_out().await?);
        }
        drop(loans);
        self.inner.pool.keep();
        Ok(())
    }

    /// Changes how many connections there may be at once. Those above it are closed as soon as
    /// they are free.
    ///
    /// ```no_run
    /// # async fn f(db: orm_postgres::Database) -> orm_sql::Result<()> {
    /// db.set_max_connections(50);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_max_connections(&self, connections: usize) {
        self.inner.pool.resize(connections.max(1));
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.inner.pool.maker() {
            Some(_) => write!(f, "Database({})", self.inner.target),
            None => f.write_str("Database(a pool of the application's)"),
        }
    }
}
