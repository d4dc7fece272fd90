//! A request of ours, until its answer has come.

use super::Valve;
use super::incoming::Frame;
use super::traffic::{Broken, Gathers, Traffic};
use crate::error::{DriverError, ServerError};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A request that was written down. Dropped before its answer has come, the connection passes over
/// the rest of that.
pub(crate) struct Call {
    valve: Arc<Valve>,
    id: u64,
    open: bool,
}

/// What comes of a message: more are wanted, or this.
pub(crate) type Taken<T> = ControlFlow<T>;

impl Call {
    pub(super) fn new(valve: Arc<Valve>, id: u64) -> Self {
        Call { valve, id, open: true }
    }

    /// Gives the messages of the answer to a function until that has what it wants. An error of the
    /// server's is returned as one.
    #[inline]
    pub(crate) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(Frame<'_>) -> Taken<Result<T, DriverError>>,
    ) -> Poll<Result<T, DriverError>> {
        loop {
            // Taken anew for what is read next: others may wait for it, who share the connection.
            let mut traffic = self.valve.traffic();
            let traffic = &mut *traffic;
            // Before something is sent: from then on the answer may come at any moment, and what comes wakes
            // who has looked last. That would be the driver's task, which another thread would run, and
            // which would wait there for what is held here.
            let looked =
                traffic.sends() && traffic.may_read_on() && traffic.poll_receive(cx).is_pending();
            let sent = match traffic.gathers {
                Gathers::Nothing => traffic.poll_send(cx),
                // The driver's task sends it.
                Gathers::Asked | Gathers::Waited => Poll::Ready(()),
            };
            if let Some(result) = next(traffic, self.id, &mut self.open, &mut take) {
                return Poll::Ready(result);
            }
            if let Some(why) = traffic.broken {
                let refused =
                    traffic.refused.clone().map(|error| DriverError::Server(error.into()));
                return Poll::Ready(Err(refused.unwrap_or_else(|| lost(why))));
            }
            if looked || !traffic.may_read_on() || traffic.poll_receive(cx).is_pending() {
                // What was sent meanwhile may have been all that kept the server from reading.
                if sent.is_pending() {
                    let _ = traffic.poll_send(cx);
                }
                traffic.wait(self.id, cx);
                return Poll::Pending;
            }
        }
    }
}

/// Takes the messages that are there, until the caller has what it wants.
#[inline]
fn next<T>(
    traffic: &mut Traffic,
    caller: u64,
    open: &mut bool,
    take: &mut impl FnMut(Frame<'_>) -> Taken<Result<T, DriverError>>,
) -> Option<Result<T, DriverError>> {
    if !traffic.mail.is_empty()
        && let Some(result) = from_mail(traffic, caller, open, take)
    {
        return Some(result);
    }
    loop {
        if !traffic.is_head(caller) {
            if *open && traffic.route() {
                continue;
            }
            // What stood in front of it may have failed: why is put aside for it.
            return from_mail(traffic, caller, open, take);
        }
        let Ok(Some(frame)) = Frame::first(traffic.incoming.there()) else {
            // Where it is no message, that is said there.
            if !traffic.route() {
                return None;
            }
            continue;
        };
        if frame.is_asynchronous() {
            traffic.route();
            continue;
        }
        let length = frame.whole.len();
        let ends = frame.tag == b'Z';
        let taken = step(frame, take);
        traffic.incoming.take(length);
        if ends {
            *open = false;
            traffic.queue.pop_front();
        }
        if let ControlFlow::Break(result) = taken {
            return Some(result);
        }
        if ends {
            return Some(Err(ended_early()));
        }
    }
}

/// The same of what another caller has put aside.
#[cold]
fn from_mail<T>(
    traffic: &mut Traffic,
    caller: u64,
    open: &mut bool,
    take: &mut impl FnMut(Frame<'_>) -> Taken<Result<T, DriverError>>,
) -> Option<Result<T, DriverError>> {
    let place = traffic.mail.iter().position(|mail| mail.owner == caller)?;
    let not_begun = traffic.not_begun == Some(caller);
    let mail = traffic.mail.get_mut(place)?;
    while let Ok(Some(frame)) = Frame::first(mail.bytes.get(mail.read..).unwrap_or_default()) {
        let length = frame.whole.len();
        let ends = frame.tag == b'Z';
        let taken = step(frame, take);
        mail.read += length;
        *open &= !ends;
        if let ControlFlow::Break(result) = taken {
            if ends {
                traffic.mail.swap_remove(place);
            }
            return Some(if not_begun {
                result.map_err(DriverError::of_preceding)
            } else {
                result
            });
        }
        if ends {
            traffic.mail.swap_remove(place);
            return Some(Err(ended_early()));
        }
    }
    traffic.mail.swap_remove(place);
    None
}

#[cold]
fn ended_early() -> DriverError {
    DriverError::Unexpected("the answer has ended too early")
}

#[inline]
fn step<T>(
    frame: Frame<'_>,
    take: &mut impl FnMut(Frame<'_>) -> Taken<Result<T, DriverError>>,
) -> Taken<Result<T, DriverError>> {
    match frame.tag {
        b'E' => ControlFlow::Break(Err(refused(frame))),
        // A statement was closed before.
        b'3' => ControlFlow::Continue(()),
        _ => take(frame),
    }
}

#[cold]
fn refused(frame: Frame<'_>) -> DriverError {
    match ServerError::read(frame.body) {
        Some(error) => DriverError::Server(Box::new(error)),
        None => DriverError::Unexpected("an error that cannot be read"),
    }
}

#[cold]
fn lost(why: Broken) -> DriverError {
    match why {
        Broken::Closed => DriverError::Closed { sent: true },
        Broken::Failed(kind) => DriverError::Io(kind.into()),
        Broken::Malformed => DriverError::Unexpected("what came is no message"),
    }
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        self.valve.traffic().leave(self.id, !self.open);
    }
}
