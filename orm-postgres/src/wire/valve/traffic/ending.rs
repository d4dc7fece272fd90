//! How a connection ends: at once, or when all that was sent is answered.

use super::{Broken, Frame, Owner, Traffic, put_aside};
use crate::error::ServerError;
use std::task::{Context, Poll};

impl Traffic {
    /// Nothing comes any more.
    pub(super) fn lose(&mut self, why: Broken) {
        self.drains = false;
        self.break_off(why);
    }

    /// The connection is of no more use: everybody is told.
    pub(in crate::wire::valve) fn break_off(&mut self, why: Broken) {
        self.broken.get_or_insert(why);
        self.wake_callers();
        self.wake_driver();
    }

    /// Something has failed that must succeed; false where nothing more is to be read.
    #[cold]
    pub(super) fn fails(&mut self, owner: Owner) -> bool {
        let Ok(Some(frame)) = Frame::first(self.incoming.there()) else { return false };
        let error = frame.whole.to_vec();
        let behind =
            |passed: fn(Owner) -> bool| self.queue.iter().copied().find(|owner| !passed(*owner));
        match owner {
            // The transaction has failed, which is what the request behind it would be told.
            Owner::Guard => {
                while self.queue.front() == Some(&Owner::Guard) {
                    self.queue.pop_front();
                }
                return true;
            }
            // What is behind it is carried out. It would be the rows of another tenant: one that only reads
            // gets this error in their place.
            Owner::Setting => self.not_begun(behind(|owner| owner == Owner::Setting), &error),
            // The next who gets the connection would be in a transaction of somebody else.
            Owner::End => self.give_up_the_rest(error.len()),
            // Its error is that of the request behind it, which is not carried out. What was sent after that
            // is answered as if it had succeeded, and nobody must see it.
            _ => {
                let request = behind(Owner::is_in_front);
                // No statement of a transaction that has not begun is carried out.
                if owner == Owner::Begin {
                    self.refused = ServerError::read(frame.body);
                }
                self.not_begun(request, &error);
            }
        }
        false
    }

    /// An error is that of a request which was not carried out, or finds nothing; with it the connection
    /// ends.
    #[cold]
    fn not_begun(&mut self, request: Option<Owner>, error: &[u8]) {
        if let Some(Owner::Caller(caller)) = request {
            put_aside(&mut self.mail, caller, error);
            self.not_begun = Some(caller);
        }
        self.give_up_the_rest(error.len());
    }

    /// Answers belong to nobody any more, and nothing more is sent. `error`: the length of the message that
    /// says why.
    #[cold]
    fn give_up_the_rest(&mut self, error: usize) {
        self.incoming.take(error);
        self.queue.retain(|owner| !owner.is_in_front());
        for owner in self.queue.iter_mut().filter(|owner| **owner != Owner::Driver) {
            *owner = Owner::Nobody;
        }
        // What was not sent so far must not be, and has no answer.
        self.drains = self.out.is_empty();
        self.out.clear();
        self.break_off(Broken::Closed);
    }

    /// Waits until all that was sent is answered, or the connection ends.
    pub(in crate::wire::valve) fn poll_settled(
        &mut self,
        waiter: u64,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        loop {
            while self.route() {}
            if self.queue.is_empty() || self.stream.is_none() {
                return Poll::Ready(());
            }
            if self.broken.is_some() && !self.drains {
                return Poll::Ready(());
            }
            let _ = self.poll_send(cx);
            if !self.may_read_on() || self.poll_receive(cx).is_pending() {
                self.wait(waiter, cx);
                return Poll::Pending;
            }
        }
    }

    /// True while answers are waited for of a connection that is of no more use.
    pub(in crate::wire::valve) fn is_draining(&self) -> bool {
        self.drains && !self.queue.is_empty()
    }
}
