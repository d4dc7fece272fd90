//! Beginning a transaction.

use super::scope::Scope;
use super::session;
use crate::connection::{Connection, beginning};
use crate::error::{DriverError, Failed};
use crate::pool::Pool;
use crate::settings::OWN;
use orm_sql::exec::Settings;
use orm_sql::exec::transaction::TransactionOptions;
use orm_sql::sql::{Limit, Session};
use orm_sql::{Error, Result};
use std::ops::ControlFlow;
use std::time::Duration;

/// Begins a transaction on a connection of the pool.
pub(crate) async fn begin(
    pool: &Pool,
    settings: &Settings,
    options: TransactionOptions,
) -> Result<Scope> {
    let mut sql = sql(&options);
    let set_inside = pool.shared().is_passed_on() && *settings != OWN;
    let mut attempts = pool.attempts();
    loop {
        let loan = pool.check_out().await?;
        let own = set_inside.then(|| settings.clone());
        if own.is_some() {
            sql = beginning(&self::sql(&options), settings, loan.path());
        } else {
            drop(loan.at(settings).lead().enter());
        }
        loan.settings().begin(own);
        // Before BEGIN is sent, so that dropping this future in between rolls back.
        let one_state = options.sees_one_state();
        let mut tx =
            Scope::new(session::Session::new(loan, settings.clone(), sql.clone(), one_state));
        let result = sent(&tx.session()?.connection, &sql).await.map_err(Failed::harmless);
        if result.is_err() {
            tx.not_begun(&result);
        }
        if let ControlFlow::Break(result) = attempts.settle(result) {
            return result.map(|()| tx);
        }
    }
}

/// Begins it, with the first statement where this is one command.
async fn sent(connection: &Connection, sql: &str) -> Result<(), DriverError> {
    match sql.contains(';') || !connection.hold(sql)? {
        true => connection.command(sql).await,
        false => Ok(()),
    }
}

/// A savepoint has no options of its own.
pub(super) fn refuse_options(options: &TransactionOptions) -> Result<()> {
    if options.durable {
        return Err(Error::usage(
            "a durable transaction was begun inside of another one, where it would be a \
             savepoint, which is undone with that one; begin it on the database",
        ));
    }
    if *options != TransactionOptions::default() {
        return Err(Error::usage(
            "options of a transaction were given inside of another one, where `begin` makes a \
             savepoint, which has none; give them to the outermost transaction",
        ));
    }
    Ok(())
}

fn sql(options: &TransactionOptions) -> String {
    let limits = [
        (Limit::Statement, options.statement_timeout),
        (Limit::Lock, options.lock_timeout),
        (Limit::Idle, options.idle_timeout),
    ];
    let limits = limits.into_iter().filter_map(|(limit, time)| Some((limit, milliseconds(time?))));
    let limits: Vec<(Limit, u64)> = limits.collect();
    let TransactionOptions { isolation, read_only, deferrable, .. } = *options;
    Session::Begin { isolation, read_only, deferrable, limits: &limits }.sql()
}

/// As the server counts limits: up, so that a short one does not become none, and at most as many
/// as it takes, which are 24 days.
fn milliseconds(limit: Duration) -> u64 {
    const MOST: u64 = 2_147_483_647;
    u64::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(MOST).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;
    use std::time::Duration;

    #[test]
    fn limits_are_rounded_up_and_bounded() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_nanos(1)), 1);
        assert_eq!(milliseconds(Duration::from_micros(1001)), 2);
        assert_eq!(milliseconds(Duration::from_secs(5)), 5000);
        assert_eq!(milliseconds(Duration::MAX), 2_147_483_647);
    }
}
