//! Running a whole transaction again.

use super::{Begin, IsolationLevel, TransactionError, Work};
use crate::error::{Error, Result};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// A transaction that is run again when it could not be serialized (40001) or was the victim of a
/// deadlock (40P01). Made by [`Transactions::retry`](super::Transactions::retry) and
/// [`Begin::retry`].
///
/// Between the attempts it waits: a random part of the base delay, twice as much after each
/// attempt, and never more than the maximum.
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `.transaction(…)`"]
pub struct Retry<'a> {
    begin: Begin<'a>,
    attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
}

/// Closures that can be run again: all that are `Clone`, as those are which hold what they use by
/// reference.
#[diagnostic::on_unimplemented(
    message = "this closure cannot be run again, because it is not `Clone`",
    label = "it changes something outside of it, or has moved something that is not `Clone`",
    note = "return what it has found, or use an atomic; a failed attempt is not undone outside of \
            the database"
)]
pub trait Repeatable: Clone {}

#[diagnostic::do_not_recommend]
impl<F: Clone> Repeatable for F {}

/// An attempt that failed.
struct Failure<E> {
    error: E,
    /// Another one may succeed.
    again: bool,
}

impl<'a> Retry<'a> {
    pub(super) fn new(begin: Begin<'a>, attempts: u32) -> Self {
        let (base_delay, max_delay) = (Duration::from_millis(10), Duration::from_secs(1));
        Retry { begin, attempts, base_delay, max_delay }
    }

    /// Another isolation level than the server's default. For other options begin with
    /// [`Executor::begin`](crate::exec::Executor::begin): `db.begin().lock_timeout(…).retry(5)`.
    pub fn isolation(mut self, level: IsolationLevel) -> Self {
        self.begin = self.begin.isolation(level);
        self
    }

    /// The longest wait before the second attempt; 10 ms where it is not said.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The longest wait before any attempt; 1 s where it is not said.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Runs the closure in a transaction, and all of it again while the server asks for that.
    ///
    /// Each attempt runs a clone of the closure. It holds what it uses by reference, so there is
    /// nothing to do for that, unless it is a `move` closure or changes something outside: what
    /// an attempt did outside of the database is not undone.
    /// [`on_commit`](super::Transactions::on_commit) is for such things; the work of attempts
    /// that failed is forgotten.
    ///
    /// # Errors
    ///
    /// The closure's, or what BEGIN and COMMIT fail with; after the last attempt what the server
    /// said to that one. `Error::Usage` inside of another transaction: only the whole of it can
    /// be run again.
    pub async fn transaction<T>(self, work: impl Work<T, Of: Sized> + Repeatable) -> Result<T> {
        self.run(work, |error, failed| failed || error.is_retryable()).await
    }

    /// The same with an error type of your own. It is run again when the last statement in it
    /// failed in such a way, whatever the closure made of the error.
    ///
    /// # Errors
    ///
    /// Those of [`Retry::transaction`].
    pub async fn try_transaction<T, E: TransactionError>(
        self,
        work: impl Work<T, E, Of: Sized> + Repeatable,
    ) -> Result<T, E> {
        self.run(work, |_, failed| failed).await
    }

    async fn run<T, E: TransactionError>(
        self,
        work: impl Work<T, E, Of: Sized> + Repeatable,
        again: fn(&E, bool) -> bool,
    ) -> Result<T, E> {
        let executor = self.begin.executor;
        if executor.in_transaction() {
            return Err(Error::usage(
                "`retry` inside of a transaction: the server wants the whole of it again; call \
                 `retry` where the outermost transaction begins",
            )
            .into());
        }
        let mut attempt = 1;
        loop {
            let failure = match self.attempt(work.clone(), again).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            if !failure.again || attempt >= self.attempts {
                return Err(failure.error);
            }
            let delay = self.delay(attempt);
            tracing::debug!(target: "orm::transaction", attempt, ?delay, "a transaction is run again");
            executor.sleep(delay).await;
            attempt += 1;
        }
    }

    async fn attempt<T, E: TransactionError>(
        &self,
        work: impl Work<T, E, Of: Sized>,
        again: fn(&E, bool) -> bool,
    ) -> Result<T, Failure<E>> {
        let tx = self.begin.clone().await.map_err(Failure::of_server)?;
        let result = work(&tx).await;
        let failed = tx.0.may_succeed_again();
        match result {
            Ok(value) => {
                let committed = tx.commit().await.map_err(Failure::of_server);
                committed.map_err(|e| Failure { again: e.again || failed, ..e })?;
                Ok(value)
            }
            Err(error) => {
                // It can fail only because the connection was lost, and then it is undone.
                tx.rollback().await.ok();
                Err(Failure { again: again(&error, failed), error })
            }
        }
    }

    /// How long to wait after an attempt.
    fn delay(&self, attempt: u32) -> Duration {
        // Those who stood in each other's way must not meet again at the same time. A random
        // number for that need not be a good one; a new hasher has one.
        let random = RandomState::new().build_hasher().finish() >> 32;
        let part = random as f64 / f64::from(u32::MAX);
        longest_delay(attempt, self.base_delay, self.max_delay).mul_f64(part)
    }
}

/// Twice as long after each attempt.
fn longest_delay(attempt: u32, base: Duration, max: Duration) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    base.saturating_mul(factor).min(max)
}

impl<E: TransactionError> Failure<E> {
    fn of_server(error: Error) -> Self {
        Failure { again: error.is_retryable(), error: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::longest_delay;
    use std::time::Duration;

    #[test]
    fn delays_double_up_to_their_limit() {
        let ms = Duration::from_millis;
        let delay = |attempt| longest_delay(attempt, ms(10), ms(1000)).as_millis();
        assert_eq!([1, 2, 3, 7, 8, 40, u32::MAX].map(delay), [10, 20, 40, 640, 1000, 1000, 1000]);
        assert_eq!(longest_delay(u32::MAX, Duration::MAX, Duration::MAX), Duration::MAX);
        assert_eq!(longest_delay(3, Duration::ZERO, ms(1)), Duration::ZERO);
    }
}
