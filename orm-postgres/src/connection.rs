//! One connection: prepares statements, remembers them, runs them.

mod at;
mod enclosed;
mod prepare;
mod run;
mod state;
mod tidy;

pub(crate) use at::At;
pub(crate) use enclosed::{Enclosure, has_begun, with_end};
pub(crate) use state::State;
pub(crate) use tidy::Tidy;

use crate::choices::OnReturn;
use crate::error::Failed;
use crate::unnamed;
use crate::wire::{Held, Wire};
use orm_sql::exec::Settings;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A connection in use, with what is known of it.
pub(crate) struct Connection {
    /// In a box, since a connection is moved about.
    held: Box<Held<Arc<State>>>,
    state: Arc<State>,
}

/// Whether a statement that the server does not know any more may be prepared once more. In a
/// transaction the error has already ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outdated {
    PrepareAgain,
    Fail,
}

impl Connection {
    pub(crate) fn new(held: Held<Arc<State>>, state: Arc<State>) -> Self {
        Connection { held: Box::new(held), state }
    }

    #[inline]
    pub(crate) fn wire(&self) -> Wire<'_> {
        self.held.wire()
    }

    /// True when the connection is open and nothing is left behind on it.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.is_idle(self.wire())
    }

    /// True when the connection was lost, or must not be used again.
    pub(crate) fn is_of_no_use(&self) -> bool {
        self.is_retired() || self.wire().is_closed()
    }

    /// True when the next user can be given the connection as it is, though it is busy.
    pub(crate) fn can_wait(&self) -> bool {
        self.take_quick_end() && !self.is_of_no_use()
    }

    /// True when somebody waits for a connection of its pool.
    pub(crate) fn others_wait(&self) -> bool {
        self.held.others_wait()
    }

    /// True where the driver can look up types, or has learnt those of the database.
    #[inline]
    pub(crate) fn knows_types(&self) -> bool {
        self.prepares() || self.known_types().get().is_some()
    }

    /// Has the driver learn the types of the database, where it must not look them up later.
    pub(crate) async fn learn_types(&self) -> Result<(), Failed> {
        if self.knows_types() {
            return Ok(());
        }
        let known = Box::pin(unnamed::learn(self.wire(), &self.shared().names)).await?;
        self.known_types().get_or_init(|| known);
        Ok(())
    }

    /// Undoes what the last user has changed in the session, where the pool says so; false where the
    /// connection is of no more use.
    pub(crate) async fn renews(&self) -> bool {
        let shared = self.shared();
        let Some(session) = &shared.session else { return true };
        let (how, limit) = (shared.limits.on_return, shared.limits.recycle_timeout);
        let renewed = tokio::time::timeout(limit, session.renew(how, self.wire())).await;
        if !matches!(renewed, Ok(Ok(()))) {
            return false;
        }
        if how != OnReturn::Keep {
            self.settings().reset();
        }
        self.set_busy(false);
        true
    }

    /// The path of the pool, in which names are looked up.
    pub(crate) fn path(&self) -> Option<&str> {
        self.shared().session.as_ref().and_then(|session| session.search_path.as_deref())
    }

    /// It for statements under settings of the session.
    pub(crate) fn at<'a>(&'a self, settings: &'a Settings) -> At<'a> {
        At::new(self, settings)
    }

    /// Asks the server to give up what runs on it.
    pub(crate) fn cancel_work(&self) {
        self.set_busy(true);
        self.state.cancel(self.wire());
    }

    /// Closes it: its pool can make another one in its place. What still runs on it is cancelled.
    pub(crate) fn close(self) {
        let Connection { held, state } = self;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !state.prepares() => {
                let held = held.out_of_pool();
                runtime.spawn(async move { state.leave(held.wire()).await });
            }
            _ => {
                state.cancel(held.wire());
                drop(held.out_of_pool());
            }
        }
    }
}

impl Deref for Connection {
    type Target = State;

    #[inline]
    fn deref(&self) -> &State {
        &self.state
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("state", &self.state).finish_non_exhaustive()
    }
}
