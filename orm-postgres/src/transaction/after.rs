//! Work that was asked for after the commit.

use orm_sql::exec::BoxFuture;
use orm_sql::exec::transaction::CommitHook;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs each, one after another.
pub(crate) fn run(work: Vec<CommitHook>) -> Detached {
    Detached(Some(Box::pin(async move {
        for hook in work {
            hook.run().await;
        }
    })))
}

/// Work that is done to its end: dropped before that, it goes on in a task of its own.
pub(crate) struct Detached(Option<BoxFuture<'static, ()>>);

impl Future for Detached {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(work) = &mut self.0 else { return Poll::Ready(()) };
        let polled = work.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        let Some(work) = self.0.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(work)),
            Err(_) => tracing::error!(
                target: "orm::transaction",
                "work after a commit was dropped outside of a runtime, and did not run"
            ),
        }
    }
}
