//! Work that waits for a commit.

use crate::exec::BoxFuture;
use std::fmt::{self, Display};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Work that runs after a commit, as [`Executor::after_commit`](crate::exec::Executor::after_commit)
/// takes it.
///
/// # Examples
///
/// ```
/// use orm_sql::exec::Executor;
/// use orm_sql::exec::transaction::CommitHook;
///
/// fn tell(db: &dyn Executor) {
///     db.after_commit(CommitHook::new(async || println!("committed")));
/// }
/// ```
pub struct CommitHook(Box<dyn FnOnce() -> BoxFuture<'static, Option<String>> + Send>);

impl CommitHook {
    /// Work that returns `()` or a `Result`.
    pub fn new<F, Fut>(work: F) -> Self
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: CommitOutcome> + Send + 'static,
    {
        CommitHook(Box::new(move || {
            // Called inside of the future, so that a panic is caught with those of the work.
            Box::pin(async move { work().await.failure() })
        }))
    }

    /// Runs the work. What it fails with is logged.
    pub fn run(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let mut work = (self.0)();
            let guarded = poll_fn(|cx| {
                let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
                polled.unwrap_or_else(|_| Poll::Ready(Some("it panicked".to_owned())))
            });
            if let Some(error) = guarded.await {
                tracing::error!(target: "orm::transaction", error, "work after a commit failed");
            }
        })
    }
}

impl fmt::Debug for CommitHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommitHook")
    }
}

/// What work after a commit may return: nothing, or a `Result` whose error is logged.
#[diagnostic::on_unimplemented(
    message = "work after a commit returns `()` or a `Result`, not `{Self}`",
    label = "end the work with `;`, or with a `Result` whose error can be logged",
    note = "nobody takes what it returns: it runs after the transaction has ended"
)]
pub trait CommitOutcome {
    /// The error, for people.
    fn failure(self) -> Option<String>;
}

impl CommitOutcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<T, E: Display> CommitOutcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

/// Work that was registered, or that runs: what [`on_commit`](super::Transactions::on_commit)
/// returns.
///
/// Inside of a transaction it is ready at once. Outside of one it is the work itself; dropped
/// before its end, the work goes on in a task.
pub struct OnCommit(Option<BoxFuture<'static, ()>>);

impl OnCommit {
    /// The work waits for its commit.
    pub fn registered() -> Self {
        OnCommit(None)
    }

    /// There is no transaction to wait for. The future must look after its own end when dropped.
    pub fn running(work: BoxFuture<'static, ()>) -> Self {
        OnCommit(Some(work))
    }
}

impl Future for OnCommit {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let polled = match &mut self.0 {
            Some(work) => work.as_mut().poll(cx),
            None => Poll::Ready(()),
        };
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl fmt::Debug for OnCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnCommit").field("runs", &self.0.is_some()).finish()
    }
}
