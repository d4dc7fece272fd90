//! What is under way on a socket, and whose it is.
//!
//! The server answers requests in their order, each answer with a ReadyForQuery at its end. So a
//! queue says whose the next message is, whoever reads it. What belongs to another who waits is
//! put aside for it.

mod ending;

use super::bell::Bell;
use super::incoming::{Frame, Incoming, NoMessage};
use super::preceding::{Held, Owner};
use crate::error::ServerError;
use crate::wire::stream::Stream;
use bytes::BytesMut;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tokio::io::AsyncWrite;

/// A larger buffer for what is sent is given back once it is empty.
const LARGE: usize = 1 << 20;

/// So much is put aside for the driver, which stops others from reading on.
const MOST_FOR_DRIVER: usize = 1 << 20;

/// Why a connection is of no more use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Closed,
    Failed(io::ErrorKind),
    Malformed,
}

/// What came for a caller while another one read.
pub(super) struct Mail {
    pub(super) owner: u64,
    pub(super) bytes: Vec<u8>,
    pub(super) read: usize,
}

pub(super) struct Traffic {
    pub(super) stream: Option<Stream>,
    /// What is to be sent.
    pub(super) out: BytesMut,
    /// An encrypted stream holds back what was written to it.
    unflushed: bool,
    pub(super) incoming: Incoming,
    /// Whose answers are under way, in their order.
    pub(super) queue: VecDeque<Owner>,
    next: u64,
    pub(super) mail: Vec<Mail>,
    /// Callers that wait.
    waiting: Vec<(u64, Waker)>,
    pub(super) for_driver: BytesMut,
    /// Wakes the driver's task.
    pub(super) bell: Arc<Bell>,
    /// The same as a waker.
    ringing: Waker,
    /// It is the driver's task that the socket wakes.
    pub(super) wakes_driver: bool,
    /// By the bell.
    rings: bool,
    pub(super) broken: Option<Broken>,
    /// It is, but its answers are still waited for: a pooler can give them to another client, where it takes
    /// the connection back before.
    drains: bool,
    /// Why, where a transaction has not begun.
    pub(super) refused: Option<ServerError>,
    /// The server has said goodbye.
    pub(super) leaving: bool,
    /// The driver copies: what the server says meanwhile is the driver's.
    copying: bool,
    /// What goes with the next request.
    pub(super) held: Held,
    /// Whose request was passed over, since what stood in front of it has failed.
    pub(super) not_begun: Option<u64>,
    /// Whether what is to be sent waits a moment.
    pub(super) gathers: Gathers,
}

/// Whether what is to be sent waits for what others have to send in a moment: one call of the system and
/// one turn of the server do for many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gathers {
    Nothing,
    /// The driver's task is woken. It goes to the end of its queue, behind those who are ready.
    Asked,
    /// It is there, and sends all when its turn comes.
    Waited,
}

impl Traffic {
    pub(super) fn new(stream: Stream) -> Self {
        let bell = Arc::new(Bell::default());
        Traffic {
            stream: Some(stream),
            out: BytesMut::new(),
            unflushed: false,
            incoming: Incoming::default(),
            queue: VecDeque::new(),
            next: 0,
            mail: Vec::new(),
            waiting: Vec::new(),
            for_driver: BytesMut::new(),
            ringing: bell.clone().into(),
            bell,
            wakes_driver: false,
            rings: false,
            broken: None,
            drains: false,
            refused: None,
            leaving: false,
            copying: false,
            held: Held::default(),
            not_begun: None,
            gathers: Gathers::Nothing,
        }
    }

    /// Writes down what goes with the next request, and for one that is `guarded` what fails where the
    /// transaction around it has not begun.
    pub(super) fn write_preceding(&mut self, guarded: bool) -> io::Result<()> {
        if guarded && self.queue.contains(&Owner::Begin) {
            self.held.guard()?;
        }
        self.held.write(&mut self.out);
        Ok(())
    }

    /// It was written down, together with the next request.
    #[inline]
    pub(super) fn preceding_goes(&mut self) {
        if !self.held.is_empty() {
            self.queue.extend(self.held.go());
        }
    }

    /// True where nobody knows yet whether something that must succeed has.
    pub(super) fn is_unsure(&self) -> bool {
        self.queue.iter().any(|owner| owner.is_in_front() || *owner == Owner::Setting)
    }

    /// What is to be sent waits for others, where it would wait for their answers anyway.
    pub(super) fn gather(&mut self) {
        if self.gathers == Gathers::Nothing && !self.queue.is_empty() {
            self.gathers = Gathers::Asked;
            self.wake_driver();
        }
    }

    /// A place in the queue for an answer to a caller.
    pub(super) fn enter(&mut self) -> u64 {
        self.next += 1;
        self.queue.push_back(Owner::Caller(self.next));
        self.next
    }

    pub(super) fn is_head(&self, caller: u64) -> bool {
        self.queue.front() == Some(&Owner::Caller(caller))
    }

    /// True where a caller sends something by itself.
    #[inline]
    pub(super) fn sends(&self) -> bool {
        self.gathers == Gathers::Nothing && !self.out.is_empty()
    }

    /// Sends as much as the socket takes.
    #[inline]
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.out.is_empty() && !self.unflushed {
            return Poll::Ready(());
        }
        self.gathers = Gathers::Nothing;
        match ready!(self.poll_write_out(cx)) {
            Ok(()) => {}
            Err(error) => self.break_off(Broken::Failed(error.kind())),
        }
        Poll::Ready(())
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        while !self.out.is_empty() {
            let count = ready!(Pin::new(&mut *stream).poll_write(cx, &self.out))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = matches!(stream, Stream::Encrypted(_));
            match count == self.out.len() {
                true => self.out.clear(),
                false => drop(self.out.split_to(count)),
            }
        }
        if self.out.capacity() > LARGE {
            self.out = BytesMut::new();
        }
        if self.unflushed {
            ready!(Pin::new(stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what has come. Ready when something has, or nothing will any more.
    pub(super) fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.broken.is_some() && !self.is_draining() {
            return Poll::Ready(());
        }
        (self.wakes_driver, self.rings) = (false, false);
        let Some(stream) = &mut self.stream else {
            self.break_off(Broken::Closed);
            return Poll::Ready(());
        };
        match ready!(self.incoming.poll_fill(stream, cx)) {
            Ok(0) => self.lose(Broken::Closed),
            Ok(_) => {}
            Err(error) => self.lose(Broken::Failed(error.kind())),
        }
        Poll::Ready(())
    }

    /// Gives the next message to its owner; false where none is there.
    pub(super) fn route(&mut self) -> bool {
        let frame = match Frame::first(self.incoming.there()) {
            Ok(Some(frame)) => frame,
            Ok(None) => return false,
            Err(NoMessage) => {
                // The driver has words for it.
                self.for_driver.extend_from_slice(self.incoming.there());
                self.incoming.take(usize::MAX);
                self.break_off(Broken::Malformed);
                return false;
            }
        };
        let (tag, length) = (frame.tag, frame.whole.len());
        let owner = match frame.is_asynchronous() {
            true => None,
            false => self.queue.front().copied(),
        };
        match owner {
            None | Some(Owner::Driver) => {
                self.leaving |= self.queue.is_empty() && tag == b'E' && !self.copying;
                self.for_driver.extend_from_slice(frame.whole);
                self.incoming.take(length);
                self.wake_driver();
            }
            Some(owner) if tag == b'E' && owner.must_succeed() => return self.fails(owner),
            Some(Owner::Caller(caller)) => {
                put_aside(&mut self.mail, caller, frame.whole);
                self.incoming.take(length);
                self.wake(caller);
            }
            Some(_) => self.incoming.take(length),
        }
        // A COPY passes over the Sync that its request ended with, and has one at its own end.
        let begins = tag == b'G' && owner == Some(Owner::Driver);
        let ends = tag == b'Z' || tag == b'C' && owner.is_some_and(Owner::is_in_front);
        if owner.is_some() && (ends || begins) {
            self.queue.pop_front();
            self.copying = begins;
        }
        true
    }

    /// Who waits without a place in the queue.
    pub(super) fn waiter(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// False where others must not read on before the driver has taken what is its own.
    pub(super) fn may_read_on(&self) -> bool {
        self.for_driver.len() < MOST_FOR_DRIVER
    }

    /// True where those who wait read the socket by themselves, and the driver waits for nothing.
    pub(super) fn is_read_by_callers(&self) -> bool {
        let callers = matches!(self.queue.front(), Some(Owner::Caller(_)))
            || !self.queue.is_empty() && !self.waiting.is_empty();
        callers && !self.queue.contains(&Owner::Driver)
    }

    /// A caller waits for what comes next.
    pub(super) fn wait(&mut self, caller: u64, cx: &Context<'_>) {
        match self.waiting.iter_mut().find(|(waiting, _)| *waiting == caller) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => self.waiting.push((caller, cx.waker().clone())),
        }
    }

    fn wake(&self, caller: u64) {
        if let Some((_, waker)) = self.waiting.iter().find(|(waiting, _)| *waiting == caller) {
            waker.wake_by_ref();
        }
    }

    pub(super) fn wake_callers(&self) {
        self.waiting.iter().for_each(|(_, waker)| waker.wake_by_ref());
    }

    pub(super) fn wake_driver(&self) {
        self.bell.wake_driver();
    }

    /// A caller has its answer, or does not want it any more.
    pub(super) fn leave(&mut self, caller: u64, answered: bool) {
        self.waiting.retain(|(waiting, _)| *waiting != caller);
        if !answered {
            if let Some(owner) = self.queue.iter_mut().find(|o| **o == Owner::Caller(caller)) {
                *owner = Owner::Nobody;
            }
            self.mail.retain(|mail| mail.owner != caller);
        }
        // Somebody must look at the socket from now on.
        if self.queue.is_empty() && self.out.is_empty() {
            return self.watch();
        }
        self.wake_callers();
        if self.waiting.is_empty() || self.queue.contains(&Owner::Driver) {
            self.wake_driver();
        }
    }

    /// Has the driver's task woken by what comes while nothing is under way: it sees the end of the
    /// connection, and what the server sends by itself.
    fn watch(&mut self) {
        self.bell.silence();
        let ringing = self.ringing.clone();
        let came = self.poll_receive(&mut Context::from_waker(&ringing)).is_ready();
        (self.wakes_driver, self.rings) = (true, !came);
        if came {
            while self.route() {}
            self.wake_driver();
        }
    }

    /// Takes what has come while nothing was under way, so that a request is not sent to a server
    /// that has gone.
    #[inline]
    pub(super) fn look(&mut self, cx: &mut Context<'_>) {
        if self.rings && !self.bell.has_rung() {
            return;
        }
        while self.broken.is_none() && self.poll_receive(cx).is_ready() {
            while self.route() {}
        }
    }

    /// The same where the next request is not yet to be sent.
    pub(super) fn glance(&mut self) {
        if !self.rings || self.bell.has_rung() {
            self.watch();
        }
    }
}

/// Keeps a message for a caller.
fn put_aside(all: &mut Vec<Mail>, caller: u64, message: &[u8]) {
    match all.iter_mut().find(|mail| mail.owner == caller) {
        Some(mail) => mail.bytes.extend_from_slice(message),
        None => all.push(Mail { owner: caller, bytes: message.to_vec(), read: 0 }),
    }
}
