//! Those who wait for a connection, and connections that could be closed for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// How often a pool is looked at whose other users do not tell us that they wait.
const LOOK: Duration = Duration::from_millis(5);

/// Calls that wait for a connection, and connections on which something was given up.
pub(crate) struct Queue {
    waiting: AtomicUsize,
    leaving: AtomicUsize,
    wanted: Notify,
    /// True where others wait as well, whom nobody counts here.
    is_lent: bool,
}

impl Queue {
    pub(crate) fn new(is_lent: bool) -> Self {
        Queue {
            waiting: AtomicUsize::new(0),
            leaving: AtomicUsize::new(0),
            wanted: Notify::new(),
            is_lent,
        }
    }

    pub(crate) fn is_lent(&self) -> bool {
        self.is_lent
    }

    /// Waits, for as long as the returned value lives.
    pub(crate) fn wait(&self) -> Counted<'_> {
        let counted = Counted::new(&self.waiting);
        if self.leaving.load(Ordering::SeqCst) > 0 {
            self.wanted.notify_one();
        }
        counted
    }

    /// True when somebody waits for a place in the pool.
    #[inline]
    pub(crate) fn is_waited(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Comes to its end when somebody waits for a place in the pool; others are asked for by
    /// `others_wait`.
    pub(crate) async fn is_wanted(&self, others_wait: impl Fn() -> bool) {
        let _leaving = Counted::new(&self.leaving);
        while !(self.is_waited() || self.is_lent && others_wait()) {
            let notified = self.wanted.notified();
            match self.is_lent {
                true => drop(tokio::time::timeout(LOOK, notified).await),
                false => notified.await,
            }
        }
    }
}

/// Counts while it lives.
pub(crate) struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Counted(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
