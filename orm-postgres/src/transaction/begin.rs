//! Beginning a transaction.

use super::scope::Scope;
use super::session;
use crate::connection::has_begun;
use crate::pool::Pool;
use orm_sql::exec::Settings;
use orm_sql::exec::transaction::TransactionOptions;
use orm_sql::sql::{Limit, Session};
use orm_sql::{Error, Result};
use std::iter;
use std::ops::ControlFlow;
use std::time::Duration;

/// Begins a transaction on a connection of the pool.
pub(crate) async fn begin(
    pool: &Pool,
    settings: &Settings,
    options: TransactionOptions,
) -> Result<Scope> {
    let commands = commands(&options);
    let mut attempts = pool.attempts();
    loop {
        let loan = pool.check_out().await?;
        let commands = loan.at(settings).beginning(commands.clone());
        // Before BEGIN is sent, so that dropping this future in between rolls back.
        let (begin, one_state) = (commands.join("; "), options.sees_one_state());
        let mut tx = Scope::new(session::Session::new(loan, settings.clone(), begin, one_state));
        let session = tx.session()?;
        let result = match session.connection.at(settings).begin(&commands).await {
            Ok(begun) => has_begun(begun).await,
            Err(failed) => Err(failed),
        };
        drop(session);
        // One of several commands may have failed behind BEGIN; dropped, `tx` rolls back then.
        if result.is_err() && commands.len() == 1 {
            tx.not_begun(&result);
        }
        if let ControlFlow::Break(result) = attempts.settle(result) {
            return result.map(|()| tx);
        }
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

/// What begins it.
fn commands(options: &TransactionOptions) -> Vec<String> {
    let limits = [
        (Limit::Statement, options.statement_timeout),
        (Limit::Lock, options.lock_timeout),
        (Limit::Idle, options.idle_timeout),
    ];
    let limits = limits.into_iter().filter_map(|(limit, time)| Some((limit, milliseconds(time?))));
    let TransactionOptions { isolation, read_only, deferrable, .. } = *options;
    let begin = Session::Begin { isolation, read_only, deferrable };
    let limits = limits.map(|(limit, time)| Session::Limit(limit, time));
    iter::once(begin).chain(limits).map(|command| command.sql()).collect()
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
