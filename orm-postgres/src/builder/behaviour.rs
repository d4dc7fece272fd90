//! How the pool behaves.

use super::DatabaseBuilder;
use crate::choices::{HealthCheck, OnReturn, PrefetchMode, QueueMode, StatementCache};
use crate::event::QueryEvent;
use std::sync::Arc;
use std::time::Duration;

/// How the pool behaves.
impl DatabaseBuilder {
    /// How long making a connection to one host may take; 10 seconds.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// How many connections there may be at once; 10.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.size.max = connections;
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
        self.size.wait = limit.into();
        self
    }

    /// Which free connection is used first; the one that was used last.
    pub fn queue_mode(mut self, mode: QueueMode) -> Self {
        self.size.order = mode;
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
    /// It gets 50 ms to end by itself, and its connection is not used in the meantime; less, when
    /// a call waits for a connection. With `false`, that happens when the connection is needed next.
    pub fn cancel_on_drop(mut self, cancel: bool) -> Self {
        self.limits.cancel_on_drop = cancel;
        self
    }

    /// Sends reads outside of transactions over so many connections that all callers share,
    /// without waiting for each other's answers; 0, which is not at all.
    ///
    /// They are connections beside those of the pool, made when they are needed. With many tasks
    /// and small queries that was 1.2 to 1.4 times the throughput of a hand-written pool on two
    /// busy cores; `cargo run --release -- pool` in `benches/` measures it. What it costs: a slow query
    /// holds up those that were sent after it on its connection, a read whose future is dropped
    /// runs to its end, and with [`driver_only`](Self::driver_only) all rows of a statement are in
    /// memory before the first is decoded.
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

    /// How many bytes of text the prepared statements of a connection may have together, beside their
    /// number; 1 MiB. A text of more than a quarter of that is not kept: it is sent anew each time.
    ///
    /// The server keeps for each of them, and in each of its processes, about 25 times as much as
    /// their text.
    ///
    /// ```
    /// # use orm_postgres::Database;
    /// let builder = Database::builder().statement_cache_bytes(256 << 10);
    /// ```
    pub fn statement_cache_bytes(mut self, bytes: usize) -> Self {
        self.statement_bytes = bytes;
        self
    }

    /// How the levels of `prefetch_related` are loaded: [`PrefetchMode`]; at once where the server is
    /// more than a millisecond away and finds the rows above in less time than that.
    ///
    /// At once, `Author::objects().prefetch_related(|a| a.books())` is
    /// `BEGIN ISOLATION LEVEL REPEATABLE READ`, `SELECT … FROM author`,
    /// `SELECT … FROM book WHERE author_id IN (SELECT id FROM author)` and `COMMIT`, sent together.
    /// That is for query sets whose rows can be found again: of a table, by conditions that compare
    /// columns and values, and where they have a limit, ordered by their key at the end. In a transaction
    /// of the program's own it must be REPEATABLE READ or SERIALIZABLE by its options. Statements that
    /// a test counts or compares are better `ByKeys`.
    ///
    /// ```
    /// use orm_postgres::{Database, PrefetchMode};
    ///
    /// let builder = Database::builder().prefetch_mode(PrefetchMode::ByKeys);
    /// ```
    pub fn prefetch_mode(mut self, mode: PrefetchMode) -> Self {
        self.prefetch_mode = mode;
        self
    }

    /// Has the driver, tokio-postgres, read and write the sockets alone.
    ///
    /// Otherwise statements are written to the socket, and their rows read from it, in the task of
    /// their caller, which takes less time of the processor, most where there are many rows. This is
    /// for those who want to compare. Pools that the application made are so anyway.
    ///
    /// ```
    /// # use orm_postgres::Database;
    /// let builder = Database::builder().driver_only();
    /// ```
    pub fn driver_only(mut self) -> Self {
        self.driver_only = true;
        self
    }

    /// What is done with a connection when a call has given it back: [`OnReturn`]; nothing.
    ///
    /// For programs whose raw SQL changes the session (`SET search_path`, `SET ROLE`, temporary
    /// tables). It costs a round trip for each call that took a connection, which nobody waits for
    /// but who needs that connection meanwhile; the settings of the pool and the SQL of
    /// [`after_connect`](Self::after_connect) are given again, which costs one more for each. What is
    /// meant for one transaction needs none of this: `SET LOCAL` in the transaction ends with it. What
    /// is meant for all sessions is for `after_connect`.
    ///
    /// ```
    /// use orm_postgres::{Database, OnReturn};
    ///
    /// let builder = Database::builder().on_return(OnReturn::ResetAll);
    /// ```
    pub fn on_return(mut self, how: OnReturn) -> Self {
        self.limits.on_return = how;
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

    /// Calls a function after each statement; see also [`Database::on_query`](crate::Database::on_query).
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
    /// [`orm_sql::exec::n_plus_one::request`]; more are logged by `tracing`, with the target
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
}
