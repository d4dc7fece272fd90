//! A connection on loan, and its way back.

use super::free::Free;
use crate::choices::OnReturn;
use crate::connection::Connection;
use futures_util::future::{Either, select};
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;

/// A connection on loan; it goes back when dropped.
///
/// Where a statement was given up on it, it goes back only once that has ended. It is closed, and
/// its place in the pool is free, as soon as somebody waits for one, or if it takes long: nobody
/// has to wait for what somebody else has given up.
pub(crate) struct Loan {
    connection: Option<Connection>,
    /// Where it goes back to, if nothing is under way on it.
    free: Option<Arc<Free>>,
}

impl Loan {
    pub(super) fn new(connection: Connection, free: Option<&Arc<Free>>) -> Self {
        Loan { connection: Some(connection), free: free.cloned() }
    }

    /// Closes it; the pool can make another one in its place.
    pub(super) fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}

impl Deref for Loan {
    type Target = Connection;

    #[inline]
    #[expect(clippy::expect_used, reason = "only `close` and `drop`, which end it, take it")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a loan has its connection until its end")
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let is_idle = connection.is_idle();
        if let (Some(free), true) = (&self.free, is_idle && connection.knows_types()) {
            connection.note_idle();
            return free.bring(connection);
        }
        if is_idle || connection.can_wait() {
            if connection.shared().limits.on_return != OnReturn::Keep {
                return renew_later(connection);
            }
            // Dropped, it is back in the pool.
            return connection.note_idle();
        }
        if connection.is_of_no_use() {
            return connection.close();
        }
        if !connection.shared().limits.cancel_on_drop {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(leave(connection))),
            // Others would not know that something still runs on it.
            Err(_) if connection.shared().queue.is_lent() => connection.close(),
            Err(_) => {}
        }
    }
}

/// Undoes in a task what the last user has changed in the session. Its connection goes back to the
/// pool then, or is closed where that fails or takes too long.
#[cold]
fn renew_later(connection: Connection) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return connection.close() };
    runtime.spawn(async move {
        match connection.renews().await {
            true => connection.note_idle(),
            false => connection.close(),
        }
    });
}

/// What was given up ends by itself, or is cancelled.
async fn leave(connection: Connection) {
    let ended = {
        let ends = pin!(connection.recovers(connection.wire()));
        let wanted = pin!(connection.shared().queue.is_wanted(|| connection.others_wait()));
        match select(ends, wanted).await {
            Either::Left((in_time, _)) => in_time,
            Either::Right(_) => false,
        }
    };
    if !ended || !connection.renews().await {
        connection.close();
    }
}
