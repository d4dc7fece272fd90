//! What ran: an event for `tracing`, and hooks for counting.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A statement that ran.
///
/// It never carries the values of parameters.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QueryEvent<'a> {
    /// The text, with placeholders.
    pub sql: &'a str,
    /// How many rows it returned or changed; 0 where it failed.
    pub rows: u64,
    /// From before it was sent to after its last row was read.
    pub duration: Duration,
}

pub(crate) type Hook = Arc<dyn Fn(&QueryEvent<'_>) + Send + Sync>;

/// Keeps a hook of [`crate::Database::on_query`] alive; dropped, it is called no more.
#[must_use = "the hook is removed when this is dropped"]
pub struct Subscription {
    events: Arc<Events>,
    id: usize,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut hooks = self.events.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.retain(|hook| hook.0 != self.id);
        self.events.count.store(hooks.len(), Ordering::Relaxed);
    }
}

/// Those who want to know what runs.
#[derive(Default)]
pub(crate) struct Events {
    /// How many hooks there are: all that is read where there are none.
    count: AtomicUsize,
    next: AtomicUsize,
    hooks: RwLock<Vec<(usize, Hook)>>,
}

impl Events {
    /// Adds a hook and returns its number.
    pub(crate) fn add(&self, hook: Hook) -> usize {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let mut hooks = self.hooks.write().unwrap_or_else(PoisonError::into_inner);
        hooks.push((id, hook));
        self.count.store(hooks.len(), Ordering::Relaxed);
        id
    }

    pub(crate) fn subscribe(self: &Arc<Self>, hook: Hook) -> Subscription {
        Subscription { events: self.clone(), id: self.add(hook) }
    }

    /// The time, if anybody wants to know how long the statement takes.
    #[inline]
    pub(crate) fn start(&self) -> Option<Instant> {
        let wanted = self.count.load(Ordering::Relaxed) > 0
            || tracing::enabled!(target: "orm::query", tracing::Level::DEBUG);
        wanted.then(Instant::now)
    }

    /// Tells of a statement that has ended.
    #[inline]
    pub(crate) fn finish(&self, started: Option<Instant>, sql: &str, rows: u64) {
        if let Some(started) = started {
            self.tell(&QueryEvent { sql, rows, duration: started.elapsed() });
        }
    }

    fn tell(&self, event: &QueryEvent<'_>) {
        tracing::event!(
            target: "orm::query",
            tracing::Level::DEBUG,
            db.query.text = event.sql,
            rows = event.rows,
            duration = ?event.duration,
            "query"
        );
        // Copied, so that a hook may subscribe and unsubscribe.
        let hooks = self.hooks.read().unwrap_or_else(PoisonError::into_inner).clone();
        for (_, hook) in hooks {
            hook(event);
        }
    }
}
