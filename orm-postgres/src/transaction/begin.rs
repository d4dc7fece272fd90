//! Beginning a transaction.

use super::Transaction;
use crate::database::{Database, is_unfinished};
use crate::error::Failed;
use orm_core::Result;
use orm_core::exec::BoxFuture;
use std::ops::ControlFlow;

/// How much a transaction sees of what others do meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsolationLevel {
    /// Each statement sees what was committed before it began. The server's default.
    ReadCommitted,
    /// All statements see what was committed before the first one began.
    RepeatableRead,
    /// As if transactions ran one after another; where that cannot be, one of them fails with
    /// `Error::Serialization`.
    Serializable,
}

/// A transaction about to begin; `.await` it. Made by [`Database::begin`].
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `.await`"]
pub struct Begin<'a> {
    database: &'a Database,
    isolation: Option<IsolationLevel>,
    read_only: bool,
    deferrable: bool,
}

impl<'a> Begin<'a> {
    pub(crate) fn new(database: &'a Database) -> Self {
        Begin { database, isolation: None, read_only: false, deferrable: false }
    }

    /// Another isolation level than the server's default.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.isolation = Some(level);
        self
    }

    /// Refuses writes.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Waits at the start until it can run without the risk of a serialization failure. It has
    /// an effect on transactions that are serializable and read-only.
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    fn sql(&self) -> String {
        let mut sql = String::from("BEGIN");
        sql.push_str(match self.isolation {
            None => "",
            Some(IsolationLevel::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
            Some(IsolationLevel::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
            Some(IsolationLevel::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
        });
        if self.read_only {
            sql.push_str(" READ ONLY");
        }
        if self.deferrable {
            sql.push_str(" DEFERRABLE");
        }
        sql
    }

    async fn start(self) -> Result<Transaction> {
        let sql = self.sql();
        let mut attempts = self.database.attempts();
        loop {
            // Before BEGIN is sent, so that dropping this future in between rolls back.
            let mut tx = Transaction::new(self.database.check_out().await?);
            let result = tx.connection().command(&sql).await.map_err(Failed::harmless);
            if result.is_err() {
                tx.finish(is_unfinished(&result));
            }
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result.map(|()| tx);
            }
        }
    }
}

impl<'a> IntoFuture for Begin<'a> {
    type Output = Result<Transaction>;
    type IntoFuture = BoxFuture<'a, Result<Transaction>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}
