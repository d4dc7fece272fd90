//! What a pool of ours asks of a free connection before it gives it away.

use super::states::States;
use crate::wire::Wire;
use deadpool_postgres::{ClientWrapper, Hook, HookError};
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

type Outcome = Result<(), HookError>;

/// Lets those pass that are young, open and clean.
pub(super) fn hook(states: Arc<States>) -> Hook {
    Hook::async_fn(move |client, metrics| {
        let client: &ClientWrapper = client;
        let (state, wire) = (states.of(client), Wire::of_client(client));
        if state.is_too_old(metrics.age()) {
            return Box::pin(ready(Err(HookError::message("it is too old, or was idle too long"))));
        }
        if state.is_ready(wire) {
            return Box::pin(Fine);
        }
        Box::pin(async move {
            if state.becomes_ready(wire).await {
                return Ok(());
            }
            state.cancel(wire);
            Err(HookError::message("it was lost, or is still at work"))
        })
    })
}

/// What passes at once. It has no size, so that a box of it takes no memory.
struct Fine;

impl Future for Fine {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Outcome> {
        Poll::Ready(Ok(()))
    }
}
