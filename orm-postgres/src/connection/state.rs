//! What is known of a connection of the server, from one user to the next.

use crate::cache::PreparedStatements;
use crate::choices::{HealthCheck, StatementCache};
use crate::error::{self, Failed};
use crate::names::NamedTypes;
use crate::settings::Current;
use crate::shared::Shared;
use crate::wire::Wire;
use postgres_types::Oid;
use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a connection may take to finish what its last user left behind.
const LEFTOVERS: Duration = Duration::from_millis(50);

/// What is known of a connection.
pub(crate) struct State {
    shared: Arc<Shared>,
    cache: Mutex<PreparedStatements>,
    names: NamedTypes,
    /// What the session was set to for tenants.
    settings: Current,
    /// How many statements of queries were sent.
    sent: AtomicUsize,
    /// How often statements had been found outdated when this connection last forgot its own.
    outdated: AtomicUsize,
    /// Types that the driver was told of, where it cannot look them up later.
    known_types: OnceLock<HashSet<Oid>>,
    /// How many nanoseconds the call waited for this connection whose statement comes next, where
    /// somebody wants to know; otherwise 0.
    wait: AtomicU64,
    /// True while something is under way: whoever gets the connection next must wait for its end.
    busy: AtomicBool,
    /// True while what is under way can only be short, such as a ROLLBACK.
    ends_soon: AtomicBool,
    /// True for one that must not be used again, though it could.
    retired: AtomicBool,
    made: Instant,
    /// When it was given back, in milliseconds after it was made.
    given_back: AtomicU64,
    /// How often a pool that others use, too, had given it to somebody when we got it last.
    uses: AtomicUsize,
}

impl State {
    /// For a connection that nobody of us has used.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let limit = match shared.statement_cache {
            StatementCache::Named(limit) => limit,
            StatementCache::Unnamed => 0,
        };
        let outdated = AtomicUsize::new(shared.outdated.load(Ordering::Relaxed));
        shared.distance.measure();
        let cache = Mutex::new(PreparedStatements::new(limit, shared.statement_bytes));
        State {
            shared,
            cache,
            names: NamedTypes::default(),
            settings: Current::default(),
            sent: AtomicUsize::new(0),
            outdated,
            known_types: OnceLock::new(),
            wait: AtomicU64::new(0),
            busy: AtomicBool::new(false),
            ends_soon: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            made: Instant::now(),
            given_back: AtomicU64::new(0),
            uses: AtomicUsize::new(0),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The statements that are prepared on it.
    pub(super) fn cache(&self) -> MutexGuard<'_, PreparedStatements> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The types that it has found by their names.
    pub(crate) fn named_types(&self) -> &NamedTypes {
        &self.names
    }

    /// What the session was set to for tenants.
    pub(crate) fn settings(&self) -> &Current {
        &self.settings
    }

    /// How many statements of queries were sent.
    pub(super) fn sent_count(&self) -> &AtomicUsize {
        &self.sent
    }

    /// SQL of the user's has run, which may have set anything.
    pub(crate) fn note_foreign_sql(&self) {
        self.names.note_foreign_sql();
        self.settings.doubt();
    }

    /// The prepared form of a statement does not fit any more: those of the others, here and on the
    /// other connections, may not either.
    pub(super) fn found_outdated(&self) {
        let times = self.shared.outdated.fetch_add(1, Ordering::Relaxed);
        self.outdated.store(times + 1, Ordering::Relaxed);
        self.cache().clear();
    }

    /// Forgets what is prepared where statements were found outdated meanwhile: before a
    /// transaction, in which nothing can be prepared again once it has failed.
    pub(crate) fn forget_outdated(&self) {
        let times = self.shared.outdated.load(Ordering::Relaxed);
        if self.outdated.swap(times, Ordering::Relaxed) != times {
            self.cache().clear();
            self.names.forget_all();
        }
    }

    pub(super) fn known_types(&self) -> &OnceLock<HashSet<Oid>> {
        &self.known_types
    }

    /// False where the next statement may run on another connection of the server.
    pub(super) fn prepares(&self) -> bool {
        self.shared.statement_cache != StatementCache::Unnamed
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    /// What a call has left behind on it.
    pub(crate) fn settle<T>(&self, result: &Result<T, Failed>) {
        let failed = result.as_ref().err();
        self.set_busy(failed.is_some_and(|failed| failed.unfinished));
        // In a transaction that has failed, though nobody has one: its end has failed as well.
        if failed.is_some_and(|failed| failed.malformed || error::is_aborted(&failed.error)) {
            self.retire();
        }
    }

    /// It must not be used again.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Relaxed)
    }

    /// What is under way is short: whoever gets the connection next may well wait for it.
    pub(crate) fn note_quick_end(&self) {
        self.ends_soon.store(true, Ordering::Relaxed);
    }

    /// True, once, when what is under way is short.
    pub(super) fn take_quick_end(&self) -> bool {
        self.ends_soon.swap(false, Ordering::Relaxed)
    }

    /// Remembers that nobody uses it from now on, where anybody wants to know.
    pub(crate) fn note_idle(&self) {
        if self.shared.limits.idle_timeout.is_some() {
            let age = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.given_back.store(age, Ordering::Relaxed);
        }
    }

    pub(crate) fn age(&self) -> Duration {
        self.made.elapsed()
    }

    /// True for a connection that is to be replaced before it is used again.
    pub(crate) fn is_too_old(&self, age: Duration) -> bool {
        let limits = &self.shared.limits;
        limits.max_lifetime.is_some_and(|limit| age >= limit)
            || limits.idle_timeout.is_some_and(|limit| self.idle_for() >= limit)
    }

    /// True for one that is to be replaced, where a limit says how long one lives or is idle.
    #[inline]
    pub(crate) fn has_expired(&self) -> bool {
        let limits = &self.shared.limits;
        (limits.max_lifetime.is_some() || limits.idle_timeout.is_some())
            && self.is_too_old(self.age())
    }

    /// How long nobody has used it; it is not in use.
    fn idle_for(&self) -> Duration {
        let given_back = Duration::from_millis(self.given_back.load(Ordering::Relaxed));
        self.made.elapsed().saturating_sub(given_back)
    }

    /// Remembers how often its pool has given it to somebody. True when that was somebody else
    /// since we had it.
    pub(crate) fn note_use(&self, uses: usize) -> bool {
        // The count goes up by one each time, beginning with 0 for the first.
        self.uses.swap(uses + 1, Ordering::Relaxed) != uses
    }

    /// Remembers how long the next statement's call has waited for this connection.
    #[cold]
    pub(crate) fn waited(&self, wait: Duration) {
        let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        self.wait.store(nanos.max(1), Ordering::Relaxed);
    }

    #[cold]
    pub(super) fn take_wait(&self) -> Option<Duration> {
        let nanos = self.wait.swap(0, Ordering::Relaxed);
        (nanos > 0).then(|| Duration::from_nanos(nanos))
    }

    /// True when a free connection can be given to the next user without asking the server.
    pub(crate) fn is_ready(&self, wire: Wire<'_>) -> bool {
        self.shared.limits.health_check == HealthCheck::Fast && self.is_idle(wire)
    }

    /// True when the connection is open and nothing is left behind on it.
    pub(crate) fn is_idle(&self, wire: Wire<'_>) -> bool {
        !self.is_busy() && !self.is_retired() && !wire.is_closed()
    }

    /// Whether a free connection that is not [ready](Self::is_ready) becomes so in time.
    #[cold]
    pub(crate) async fn becomes_ready(&self, wire: Wire<'_>) -> bool {
        let limits = &self.shared.limits;
        match limits.health_check {
            HealthCheck::RoundTrip if self.is_idle(wire) => {
                answers_within(wire, limits.recycle_timeout).await
            }
            _ => self.recovers(wire).await,
        }
    }

    /// Waits for what the last user left behind; false when the connection is of no more use.
    pub(crate) async fn recovers(&self, wire: Wire<'_>) -> bool {
        if self.is_retired() || wire.is_closed() || !answers_within(wire, LEFTOVERS).await {
            return false;
        }
        self.set_busy(false);
        true
    }

    /// Waits for the answers to what was sent to a pooler before the connection is closed: one (pgbouncer
    /// before 1.21) that loses its client between two answers gives the second to whoever gets the
    /// server next. What runs for longer is cancelled.
    pub(super) async fn leave(&self, wire: Wire<'_>) {
        for limit in [LEFTOVERS, self.shared.limits.recycle_timeout] {
            if tokio::time::timeout(limit, wire.settled()).await.is_ok() {
                return;
            }
            self.cancel(wire);
        }
    }

    /// Asks the server to give up what runs on a connection that is about to be closed.
    pub(crate) fn cancel(&self, wire: Wire<'_>) {
        if let (true, false, Some(tls)) = (self.is_busy(), wire.is_closed(), &self.shared.tls) {
            wire.cancel(tls.clone());
        }
    }
}

/// True when the server answers in time.
async fn answers_within(wire: Wire<'_>, limit: Duration) -> bool {
    matches!(tokio::time::timeout(limit, wire.round_trip()).await, Ok(Ok(())))
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("busy", &self.busy).finish_non_exhaustive()
    }
}
