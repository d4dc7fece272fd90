//! Beginning a transaction.

use super::Scope;
use crate::database::{Database, is_unfinished};
use crate::error::Failed;
use orm_core::transaction::{IsolationLevel, TransactionOptions};
use orm_core::{Error, Result};
use std::ops::ControlFlow;

/// Begins a transaction on a connection of the pool.
pub(crate) async fn begin(database: &Database, options: TransactionOptions) -> Result<Scope> {
    let sql = sql(&options);
    let mut attempts = database.attempts();
    loop {
        // Before BEGIN is sent, so that dropping this future in between rolls back.
        let mut tx = Scope::new(database.check_out().await?);
        let result = tx.connection().command(&sql).await.map_err(Failed::harmless);
        if result.is_err() {
            tx.finish(is_unfinished(&result));
        }
        if let ControlFlow::Break(result) = attempts.settle(result) {
            return result.map(|()| tx);
        }
    }
}

/// A savepoint has no options of its own.
pub(super) fn refuse_options(options: &TransactionOptions) -> Result<()> {
    if *options == TransactionOptions::default() {
        return Ok(());
    }
    Err(Error::usage(
        "options of a transaction were given inside of another one, where `begin` makes a \
         savepoint, which has none; give them to the outermost transaction",
    ))
}

fn sql(options: &TransactionOptions) -> String {
    let mut sql = String::from("BEGIN");
    sql.push_str(match options.isolation {
        None => "",
        Some(IsolationLevel::ReadCommitted) => " ISOLATION LEVEL READ COMMITTED",
        Some(IsolationLevel::RepeatableRead) => " ISOLATION LEVEL REPEATABLE READ",
        Some(IsolationLevel::Serializable) => " ISOLATION LEVEL SERIALIZABLE",
    });
    if options.read_only {
        sql.push_str(" READ ONLY");
    }
    if options.deferrable {
        sql.push_str(" DEFERRABLE");
    }
    sql
}
