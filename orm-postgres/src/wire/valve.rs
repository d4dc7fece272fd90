//! A way past the driver's task to its socket.
//!
//! The driver connects and logs in on a stream that is a valve: what it writes goes to the socket, and
//! what the server answers to that goes to it. Between its requests ours are written to the same
//! socket and answered in the caller's own task, without a channel, a second task and a row object
//! in between. COPY, cancelling, and types that must be looked up stay with the driver.

mod bell;
mod call;
mod incoming;
pub(super) mod message;
mod preceding;
mod row;
mod tap;
mod traffic;

pub(super) use call::{Call, Taken};
pub(super) use incoming::Frame;
pub(super) use row::{Kept, RowFrame};
pub(super) use tap::Tap;

use super::stream::Stream;
use crate::error::DriverError;
use bytes::BytesMut;
use message::{close, query, sync};
use orm_sql::sql::{COMMIT, ROLLBACK};
use preceding::Owner;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use traffic::{Broken, Traffic};

use postgres_types::{Oid, Type};

/// The socket of a connection, which the driver and callers share.
pub(crate) struct Valve {
    traffic: Mutex<Traffic>,
    /// Until then what the driver writes is no request.
    logged_in: AtomicBool,
    /// Many callers send requests at the same time, who do not know of each other.
    is_shared: AtomicBool,
    /// How many requests are with the driver.
    with_driver: AtomicUsize,
    /// A request of the driver's was given up: it may not have been written yet.
    in_doubt: AtomicBool,
    /// Types of the database's own that the driver has looked up.
    types: Mutex<HashMap<Oid, Type>>,
}

impl Valve {
    /// A valve, and the end of it that the driver takes for the socket.
    pub(super) fn new(stream: Stream) -> (Arc<Valve>, Tap) {
        let valve = Arc::new(Valve {
            traffic: Mutex::new(Traffic::new(stream)),
            logged_in: AtomicBool::new(false),
            is_shared: AtomicBool::new(false),
            with_driver: AtomicUsize::new(0),
            in_doubt: AtomicBool::new(false),
            types: Mutex::default(),
        });
        (valve.clone(), Tap::new(valve))
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The driver has logged in: from now on it writes requests.
    pub(super) fn open(&self) {
        self.logged_in.store(true, Ordering::Relaxed);
    }

    /// From now on many callers send requests at the same time.
    pub(super) fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    /// True once the connection is known to be lost.
    pub(super) fn is_broken(&self) -> bool {
        let traffic = self.traffic();
        traffic.broken.is_some() || traffic.leaving
    }

    /// The connection must not be used any more: whoever waits for an answer is told.
    pub(super) fn break_off(&self) {
        self.traffic().break_off(Broken::Closed);
    }

    /// Writes a request down, which one ReadyForQuery answers. It is sent when its answer is waited
    /// for first. `guarded`: it is not carried out where the transaction around it has not begun; it ends
    /// with a Sync.
    pub(super) fn begin(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
        guarded: bool,
        write: impl FnOnce(&mut BytesMut) -> Result<(), DriverError>,
    ) -> Result<Call, DriverError> {
        let mut traffic = self.traffic();
        if traffic.queue.is_empty() {
            traffic.look(cx);
        }
        if traffic.broken.is_some() || traffic.leaving {
            return Err(DriverError::Closed { sent: false });
        }
        let before = traffic.out.len();
        let preceding = traffic.write_preceding(guarded).map_err(DriverError::Unsent);
        if let Err(error) = preceding.and_then(|()| write(&mut traffic.out)) {
            traffic.out.truncate(before);
            return Err(error);
        }
        traffic.preceding_goes();
        // Where the driver has nothing to do, nothing keeps it from sending.
        if self.is_shared.load(Ordering::Relaxed) && !self.may_overtake() {
            traffic.gather();
        }
        let id = traffic.enter();
        drop(traffic);
        Ok(Call::new(self.clone(), id))
    }

    /// Has commands go with the next request, which is not carried out where one of them fails.
    /// `begins`: the first of them begins a transaction.
    pub(super) fn hold(
        &self,
        commands: &[impl AsRef<str>],
        begins: bool,
    ) -> Result<(), DriverError> {
        let mut traffic = self.traffic();
        if traffic.queue.is_empty() {
            traffic.glance();
        }
        if traffic.broken.is_some() || traffic.leaving {
            return Err(DriverError::Closed { sent: false });
        }
        traffic.held.hold(commands, begins).map_err(DriverError::Unsent)
    }

    /// True where commands wait for the next request.
    #[inline]
    pub(super) fn holds(&self) -> bool {
        !self.traffic().held.is_empty()
    }

    /// True where what is sent next could be carried out though what it stands behind is not.
    pub(super) fn is_unsure(&self) -> bool {
        self.traffic().is_unsure()
    }

    /// Sends a request whose answer nobody waits for.
    pub(super) fn send(&self, sql: &str) {
        let owner = match sql {
            COMMIT | ROLLBACK => Owner::End,
            _ => Owner::Nobody,
        };
        self.let_go();
        self.forget(|out| query(sql, out), owner, true);
    }

    /// Sends settings of the session. Where they fail, what is sent behind them is answered to nobody.
    pub(super) fn set(&self, sql: &str) {
        self.let_go();
        self.forget(|out| query(sql, out), Owner::Setting, true);
    }

    /// What was held is a request by itself.
    fn let_go(&self) {
        let mut traffic = self.traffic();
        if !traffic.held.is_empty() && traffic.write_preceding(false).is_ok() {
            sync(&mut traffic.out);
            traffic.preceding_goes();
            traffic.queue.push_back(Owner::Nobody);
        }
    }

    /// Has the server forget a statement, with what is sent next.
    pub(super) fn close(&self, name: &str) {
        self.forget(|out| close(name, out), Owner::Nobody, false);
    }

    fn forget(&self, write: impl FnOnce(&mut BytesMut) -> io::Result<()>, owner: Owner, now: bool) {
        let mut traffic = self.traffic();
        if traffic.broken.is_some() {
            return;
        }
        let before = traffic.out.len();
        if write(&mut traffic.out).is_err() {
            return traffic.out.truncate(before);
        }
        traffic.queue.push_back(owner);
        if now && traffic.poll_send(&mut Context::from_waker(Waker::noop())).is_pending() {
            traffic.wake_driver();
        }
    }

    /// Comes to its end when all that was sent is answered, or the connection ends.
    pub(super) fn settled(self: &Arc<Self>) -> Settled {
        let waiter = self.traffic().waiter();
        Settled { valve: self.clone(), waiter }
    }

    /// A request goes to the driver.
    pub(super) fn driving(self: &Arc<Self>) -> Driving {
        self.with_driver.fetch_add(1, Ordering::Relaxed);
        Driving { valve: self.clone(), ended: false }
    }

    /// True where a request of the driver's may not have been written yet: ours would overtake it.
    #[inline]
    pub(super) fn may_overtake(&self) -> bool {
        self.with_driver.load(Ordering::Relaxed) > 0 || self.in_doubt.load(Ordering::Relaxed)
    }

    /// Everything that was given to the driver is written, if `settled`.
    pub(super) fn settle(&self, settled: bool) {
        self.in_doubt.store(!settled, Ordering::Relaxed);
    }

    /// A type that is known without asking the server.
    pub(super) fn known_type(&self, oid: Oid) -> Option<Type> {
        Type::from_oid(oid).or_else(|| self.types().get(&oid).cloned())
    }

    /// Remembers a type that the driver has looked up.
    pub(super) fn learn(&self, found: &Type) {
        if Type::from_oid(found.oid()).is_none() {
            self.types().insert(found.oid(), found.clone());
        }
    }

    fn types(&self) -> MutexGuard<'_, HashMap<Oid, Type>> {
        self.types.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for the answers to all that was sent.
pub(super) struct Settled {
    valve: Arc<Valve>,
    waiter: u64,
}

impl Future for Settled {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.valve.traffic().poll_settled(self.waiter, cx)
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        let mut traffic = self.valve.traffic();
        traffic.leave(self.waiter, true);
        // The driver has waited for it.
        traffic.wake_driver();
    }
}

/// A request that is with the driver. Dropped before it has ended, it may not even be written.
pub(super) struct Driving {
    valve: Arc<Valve>,
    ended: bool,
}

impl Driving {
    /// It was answered, if only in part: so it is written.
    pub(super) fn ended(mut self) {
        self.ended = true;
    }
}

impl Drop for Driving {
    fn drop(&mut self) {
        self.valve.with_driver.fetch_sub(1, Ordering::Relaxed);
        if !self.ended {
            self.valve.in_doubt.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use orm_sql::sql::BEGIN;
    use std::future::poll_fn;
    use std::ops::ControlFlow;
    use std::time::Duration;
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
    use tokio::net::UnixStream;

    /// Sends a Sync with a statement in front of it, to a server that answers so.
    async fn answered(answer: &[u8]) -> (Result<(), DriverError>, Vec<u8>, bool) {
        let (socket, mut server) = UnixStream::pair().unwrap();
        let (valve, _tap) = Valve::new(Stream::File(socket));
        valve.open();
        valve.hold(&[BEGIN, "GO a TO b"], true).unwrap();
        assert!(valve.holds());
        // What cannot be written goes without it.
        let unsent = poll_fn(|cx| {
            let refused = || DriverError::Unexpected("refused");
            std::task::Poll::Ready(valve.begin(cx, true, |_| Err(refused())).map(drop))
        });
        assert!(unsent.await.is_err() && valve.holds());
        server.write_all(answer).await.unwrap();
        let write = |out: &mut BytesMut| {
            sync(out);
            Ok(())
        };
        let mut call =
            poll_fn(|cx| std::task::Poll::Ready(valve.begin(cx, true, write))).await.unwrap();
        assert!(!valve.holds());
        let ended = poll_fn(|cx| {
            call.poll(cx, |frame| match frame.tag {
                b'Z' => ControlFlow::Break(Ok(())),
                _ => ControlFlow::Break(Err(DriverError::Unexpected("another message"))),
            })
        });
        let result = ended.await;
        drop(call);
        let mut sent = [0; 256];
        let count = server.read(&mut sent).await.unwrap();
        (result, sent.get(..count).unwrap_or_default().to_vec(), valve.is_broken())
    }

    #[tokio::test]
    async fn what_is_held_goes_in_front_of_the_next_request() {
        let (result, sent, broken) = answered(
            &[&done(b"C\0\0\0\x0aBEGIN\0")[..], &done(b"C\0\0\0\x08SET\0"), IDLE].concat(),
        )
        .await;
        assert!(result.is_ok() && !broken, "{result:?}");
        let run = b"B\0\0\0\x0c\0\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0";
        let expected = [
            &b"P\0\0\0\x0d\0BEGIN\0\0\0"[..],
            run,
            b"P\0\0\0\x11\0GO a TO b\0\0\0",
            run,
            b"S\0\0\0\x04",
        ];
        assert_eq!(sent, expected.concat());
    }

    /// What has come to a server.
    async fn seen(server: &mut UnixStream) -> Vec<u8> {
        let mut bytes = [0; 64];
        let read = tokio::time::timeout(Duration::from_millis(50), server.read(&mut bytes)).await;
        let count = read.map_or(0, |count| count.unwrap_or_default());
        bytes.get(..count).unwrap_or_default().to_vec()
    }

    #[tokio::test]
    async fn what_many_callers_send_goes_together() {
        let (socket, mut server) = UnixStream::pair().unwrap();
        let (valve, mut tap) = Valve::new(Stream::File(socket));
        valve.open();
        valve.share();
        let mut cx = Context::from_waker(Waker::noop());
        let begun = |cx: &mut Context<'_>| {
            let write = |out: &mut BytesMut| {
                sync(out);
                Ok(())
            };
            let mut call = valve.begin(cx, true, write).unwrap();
            let ended = call.poll::<()>(cx, |_| ControlFlow::Break(Ok(())));
            assert!(ended.is_pending());
            call
        };
        let first = begun(&mut cx);
        let message = b"S\0\0\0\x04";
        assert_eq!(seen(&mut server).await, message, "nobody is waited for");
        let others = [begun(&mut cx), begun(&mut cx)];
        let mut buffer = [0; 64];
        let mut driver = |cx: &mut Context<'_>| {
            let mut buffer = ReadBuf::new(&mut buffer);
            assert!(Pin::new(&mut tap).poll_read(cx, &mut buffer).is_pending());
        };
        driver(&mut cx);
        assert_eq!(seen(&mut server).await, b"", "those who are ready go first");
        let third = begun(&mut cx);
        driver(&mut cx);
        assert_eq!(seen(&mut server).await, message.repeat(3));
        server.write_all(&b"Z\0\0\0\x05I".repeat(4)).await.unwrap();
        for mut call in [first].into_iter().chain(others).chain([third]) {
            let ended = poll_fn(|cx| call.poll(cx, |_| ControlFlow::Break(Ok(()))));
            ended.await.unwrap();
        }
    }

    /// ReadyForQuery.
    const IDLE: &[u8] = b"Z\0\0\0\x05I";

    const REFUSED: &[u8] = b"E\0\0\0\x1bSERROR\0C25001\0Mno way\0\0";

    /// The answer to Parse, Bind and Execute.
    fn done(end: &[u8]) -> Vec<u8> {
        [b"1\0\0\0\x042\0\0\0\x04", end].concat()
    }

    #[tokio::test]
    async fn where_one_of_them_fails_nothing_is_sent_any_more() {
        for first in [REFUSED.to_vec(), [done(b"C\0\0\0\x0aBEGIN\0"), done(REFUSED)].concat()] {
            let (result, _, broken) = answered(&[&first, IDLE].concat()).await;
            let error = result.unwrap_err();
            assert!(matches!(error, DriverError::Preceding(_)), "{error:?}");
            assert!(broken);
        }
    }

    /// A valve, its driver's end of it, and a server.
    fn open_valve() -> (Arc<Valve>, Tap, UnixStream) {
        let (socket, server) = UnixStream::pair().unwrap();
        let (valve, tap) = Valve::new(Stream::File(socket));
        valve.open();
        (valve, tap, server)
    }

    fn begun(valve: &Arc<Valve>, cx: &mut Context<'_>) -> Call {
        let write = |out: &mut BytesMut| {
            sync(out);
            Ok(())
        };
        valve.begin(cx, true, write).unwrap()
    }

    /// What was sent behind what did not begin is carried out by the server, and nobody sees it.
    #[tokio::test]
    async fn what_comes_behind_what_has_failed_is_nobodys() {
        for order in [[0, 1], [1, 0]] {
            let (valve, _tap, mut server) = open_valve();
            let mut cx = Context::from_waker(Waker::noop());
            valve.hold(&[BEGIN], true).unwrap();
            assert!(!valve.is_unsure());
            let mut calls = [begun(&valve, &mut cx), begun(&valve, &mut cx)];
            assert!(valve.is_unsure());
            server.write_all(&[REFUSED, IDLE, IDLE].concat()).await.unwrap();
            for place in order {
                let call = calls.get_mut(place).unwrap();
                let ended = poll_fn(|cx| call.poll(cx, |_| ControlFlow::Break(Ok(())))).await;
                let error = ended.unwrap_err();
                assert_eq!(matches!(error, DriverError::Preceding(_)), place == 0, "{error:?}");
            }
            assert!(valve.is_broken());
        }
    }

    /// A pooler gives the answers to another client, where a connection is closed before they have come.
    #[tokio::test]
    async fn what_is_of_no_more_use_still_waits_for_its_answers() {
        let (valve, mut tap, mut server) = open_valve();
        let mut cx = Context::from_waker(Waker::noop());
        valve.hold(&[BEGIN], true).unwrap();
        let mut call = begun(&valve, &mut cx);
        assert!(call.poll::<()>(&mut cx, |_| ControlFlow::Break(Ok(()))).is_pending());
        valve.send(COMMIT);
        server.write_all(&[REFUSED, IDLE].concat()).await.unwrap();
        let ended = poll_fn(|cx| call.poll::<()>(cx, |_| ControlFlow::Break(Ok(())))).await;
        assert!(matches!(ended, Err(DriverError::Preceding(_))));
        drop(call);
        let mut settled = valve.settled();
        let mut bytes = [0; 64];
        let mut driver = |cx: &mut Context<'_>| {
            let mut buffer = ReadBuf::new(&mut bytes);
            Pin::new(&mut tap).poll_read(cx, &mut buffer).is_ready()
        };
        assert!(valve.is_broken());
        assert!(Pin::new(&mut settled).poll(&mut cx).is_pending());
        assert!(!driver(&mut cx), "the socket stays open");
        server.write_all(IDLE).await.unwrap();
        settled.await;
        assert!(driver(&mut cx));
        // Nothing was under way before, or the server has gone.
        let (valve, _tap, server) = open_valve();
        valve.settled().await;
        valve.send("something");
        drop(server);
        valve.settled().await;
    }

    /// The end of a transaction for which nobody waits must succeed: the next one would be in it.
    #[tokio::test]
    async fn an_end_that_fails_is_that_of_the_connection() {
        for (sql, breaks) in [(ROLLBACK, true), (COMMIT, true), ("another", false)] {
            let (valve, _tap, mut server) = open_valve();
            valve.send(sql);
            server.write_all(&[REFUSED, IDLE, IDLE].concat()).await.unwrap();
            let mut call = begun(&valve, &mut Context::from_waker(Waker::noop()));
            let ended = poll_fn(|cx| call.poll(cx, |_| ControlFlow::Break(Ok(())))).await;
            assert_eq!((ended.is_err(), valve.is_broken()), (breaks, breaks), "{sql}");
        }
    }
}
