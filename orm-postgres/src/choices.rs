//! Settings that are a choice of few.

/// How statements are sent; see [`DatabaseBuilder::statement_cache`](crate::DatabaseBuilder::statement_cache).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementCache {
    /// Each connection keeps so many statements prepared, by names of its own; the least recently
    /// used goes first.
    Named(usize),
    /// Nothing is prepared and nothing is kept: each statement is sent with the types of its
    /// parameters, in one round trip. For poolers that give each transaction another connection
    /// of the server, such as pgbouncer in transaction mode.
    Unnamed,
}

impl Default for StatementCache {
    /// 256 prepared statements for each connection.
    fn default() -> Self {
        StatementCache::Named(256)
    }
}

impl From<usize> for StatementCache {
    /// So many prepared statements; 0 is [`StatementCache::Unnamed`].
    fn from(limit: usize) -> Self {
        if limit == 0 { StatementCache::Unnamed } else { StatementCache::Named(limit) }
    }
}

/// What is done with a connection when a call has given it back; see
/// [`DatabaseBuilder::on_return`](crate::DatabaseBuilder::on_return).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnReturn {
    /// Nothing: what raw SQL has changed in the session (`SET`, temporary tables, advisory locks of
    /// the session, LISTEN) stays for the next call that gets the connection.
    #[default]
    Keep,
    /// `RESET ALL`: settings get the values that they had at the start.
    ResetAll,
    /// What `DISCARD ALL` does, but for prepared statements, which are the pool's own: settings,
    /// roles, temporary tables, advisory locks, channels, cursors, sequences.
    DiscardAll,
}

/// How the levels of `prefetch_related` are loaded; see
/// [`DatabaseBuilder::prefetch_mode`](crate::DatabaseBuilder::prefetch_mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefetchMode {
    /// [`AtOnce`](Self::AtOnce) where the server's answers take more than a millisecond to come, as was
    /// measured by the first statements of its connections, the statement of the rows above needs less
    /// time on the server than that, and it was faster before; otherwise [`ByKeys`](Self::ByKeys).
    #[default]
    Auto,
    /// One after the other: the rows of each level by the keys of those above.
    ByKeys,
    /// All levels in one round trip, in one transaction that is REPEATABLE READ: the rows of each by a
    /// sub-select of those above, which the server finds twice. Where the rows above cannot be found
    /// again for certain, by keys.
    AtOnce,
}

/// Which free connection a pool gives first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueMode {
    /// The one that was used last: its statement cache is the warmest, and those that are not
    /// needed stay idle.
    #[default]
    Lifo,
    /// The one that was idle for longest: all are used alike.
    Fifo,
}

/// What is asked of a free connection before a call gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HealthCheck {
    /// Nothing that needs the network: a connection whose end was noticed is replaced, and a
    /// statement that finds the connection dead before the server began is run on another one.
    #[default]
    Fast,
    /// One round trip each time, so that a server that is gone without a word is noticed before a
    /// statement is sent. It halves the throughput of small queries.
    RoundTrip,
}

/// Whether connections are encrypted, and what the server must prove: libpq's `sslmode`.
///
/// | mode | encrypted | certificate |
/// |---|---|---|
/// | `Disable` | no | – |
/// | `Prefer` (default) | where the server can | not looked at |
/// | `Require` | yes | not looked at, unless there is a root certificate: then as `VerifyCa` |
/// | `VerifyCa` | yes | made by a known authority |
/// | `VerifyFull` | yes | made by a known authority, for the name of the host |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SslMode {
    /// Never encrypted.
    Disable,
    /// Encrypted where the server can.
    Prefer,
    /// Encrypted, or there is no connection.
    Require,
    /// Encrypted, with a certificate of an authority that we know.
    VerifyCa,
    /// Encrypted, with a certificate of an authority that we know, for this host.
    VerifyFull,
}

/// Which of several hosts will do: libpq's `target_session_attrs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetSessionAttrs {
    /// The first that can be reached.
    #[default]
    Any,
    /// One whose sessions may write.
    ReadWrite,
    /// One whose sessions may not write.
    ReadOnly,
    /// One that is not a standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby, or any host where there is none.
    PreferStandby,
}
