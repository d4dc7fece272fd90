//! What all connections of a pool have in common.

use crate::choices::{HealthCheck, OnReturn, StatementCache};
use crate::distance::Distance;
use crate::event::Events;
use crate::names::KnownNames;
use crate::queue::Queue;
use crate::server::Server;
use crate::session::SessionSettings;
use crate::tls::Tls;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How many bytes of text the prepared statements of a connection have, where nothing is said. The
/// server needs about 25 times as much memory for them.
pub(crate) const STATEMENT_BYTES: usize = 1 << 20;

/// What all connections of a pool have in common.
pub(crate) struct Shared {
    pub(crate) events: Arc<Events>,
    pub(crate) names: KnownNames,
    pub(crate) statement_cache: StatementCache,
    /// How many bytes of text the prepared statements of a connection may have.
    pub(crate) statement_bytes: usize,
    pub(crate) time_zone: String,
    /// What each session is given; `None` for a pool that the application made.
    pub(crate) session: Option<Arc<SessionSettings>>,
    /// What requests to cancel travel through; `None` where no encryption can be set up.
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: Limits,
    /// How often the prepared form of a statement was found not to fit any more.
    pub(crate) outdated: AtomicUsize,
    /// How far away the server is.
    pub(crate) distance: Distance,
    /// Those who wait for a connection.
    pub(crate) queue: Queue,
    /// What server this is, once somebody has asked.
    pub(crate) server: OnceCell<Server>,
}

impl Shared {
    /// True where nothing may be set for the session: on connections of a pooler, whose sessions
    /// others have next, and on those of the application's pool.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.statement_cache == StatementCache::Unnamed || self.session.is_none()
    }
}

/// How long connections live, and what is asked of them before they are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) health_check: HealthCheck,
    pub(crate) recycle_timeout: Duration,
    pub(crate) max_lifetime: Option<Duration>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) min_idle: usize,
    pub(crate) cancel_on_drop: bool,
    pub(crate) on_return: OnReturn,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            health_check: HealthCheck::Fast,
            recycle_timeout: Duration::from_secs(1),
            max_lifetime: None,
            idle_timeout: None,
            min_idle: 0,
            cancel_on_drop: true,
            on_return: OnReturn::default(),
        }
    }
}
