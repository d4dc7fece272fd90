//! After SQL of the user's that may begin a transaction of its own.

use super::Connection;
use crate::sql_text::may_begin;
use orm_sql::sql::ROLLBACK;

/// Ends what a text has begun and not ended, when this is dropped: before its connection goes
/// back to the pool, also after an error in the middle and when its future is given up.
pub(crate) struct Tidy<'a>(&'a Connection);

impl<'a> Tidy<'a> {
    /// For a text that is about to be sent, if it may begin a transaction.
    pub(crate) fn after(connection: &'a Connection, sql: &str) -> Option<Self> {
        // Not `then_some`, which would make one in either case, and drop it.
        may_begin(sql).then(|| Tidy(connection))
    }
}

impl Drop for Tidy<'_> {
    fn drop(&mut self) {
        let has_ended = self.0.is_idle();
        // The pool waits for the end of this.
        self.0.set_busy(true);
        self.0.send(ROLLBACK);
        if has_ended {
            self.0.note_quick_end();
        }
    }
}
