//! SQL of the user's that may begin a transaction of its own.

use crate::connection::Connection;

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
        self.0.send("ROLLBACK");
        if has_ended {
            self.0.note_quick_end();
        }
    }
}

/// True where BEGIN or START TRANSACTION could be in a text. Wrong for functions in PL/pgSQL and
/// the like, which costs a ROLLBACK of nothing.
fn may_begin(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    sql.contains("begin") || (sql.contains("start") && sql.contains("transaction"))
}

#[cfg(test)]
mod tests {
    use super::may_begin;

    #[test]
    fn texts_that_may_begin_a_transaction() {
        for sql in ["BEGIN", "SELECT 1; begin isolation level serializable", "Start\n transaction"]
        {
            assert!(may_begin(sql), "{sql}");
        }
        for sql in ["", "SELECT 1", "CREATE TABLE book (id int)", "COMMIT", "SET TRANSACTION"] {
            assert!(!may_begin(sql), "{sql}");
        }
    }
}
