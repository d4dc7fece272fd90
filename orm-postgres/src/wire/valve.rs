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
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use traffic::{Broken, Owner, Traffic};

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
    /// for first.
    pub(super) fn begin(
        self: &Arc<Self>,
        cx: &mut Context<'_>,
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
        let held = traffic.write_held().map_err(DriverError::Unsent);
        let held = match held.and_then(|held| write(&mut traffic.out).map(|()| held)) {
            Ok(held) => held,
            Err(error) => {
                traffic.out.truncate(before);
                return Err(error);
            }
        };
        if held {
            traffic.held_goes();
        }
        // Where the driver has nothing to do, nothing keeps it from sending.
        if self.is_shared.load(Ordering::Relaxed) && !self.may_overtake() {
            traffic.gather();
        }
        let id = traffic.enter();
        drop(traffic);
        Ok(Call::new(self.clone(), id))
    }

    /// Has a statement go with the next request, which is not carried out where it fails.
    pub(super) fn hold(&self, sql: &str) -> Result<(), DriverError> {
        let mut traffic = self.traffic();
        if traffic.queue.is_empty() {
            traffic.glance();
        }
        if traffic.broken.is_some() || traffic.leaving {
            return Err(DriverError::Closed { sent: false });
        }
        traffic.held = Some(sql.to_owned());
        Ok(())
    }

    /// True where a statement waits for the next request.
    #[inline]
    pub(super) fn holds(&self) -> bool {
        self.traffic().held.is_some()
    }

    /// Sends a request whose answer nobody waits for.
    pub(super) fn send(&self, sql: &str) {
        self.let_go();
        self.forget(|out| query(sql, out), true);
    }

    /// What was held is a request by itself.
    fn let_go(&self) {
        let mut traffic = self.traffic();
        let before = traffic.out.len();
        match traffic.write_held() {
            Ok(true) => {
                sync(&mut traffic.out);
                traffic.held_goes();
                traffic.queue.push_back(Owner::Nobody);
            }
            Ok(false) => {}
            Err(_) => traffic.out.truncate(before),
        }
    }

    /// Has the server forget a statement, with what is sent next.
    pub(super) fn close(&self, name: &str) {
        self.forget(|out| close(name, out), false);
    }

    fn forget(&self, write: impl FnOnce(&mut BytesMut) -> io::Result<()>, now: bool) {
        let mut traffic = self.traffic();
        if traffic.broken.is_some() {
            return;
        }
        let before = traffic.out.len();
        if write(&mut traffic.out).is_err() {
            return traffic.out.truncate(before);
        }
        traffic.queue.push_back(Owner::Nobody);
        if now && traffic.poll_send(&mut Context::from_waker(Waker::noop())).is_pending() {
            traffic.wake_driver();
        }
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
    use std::future::poll_fn;
    use std::ops::ControlFlow;
    use std::pin::Pin;
    use std::time::Duration;
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
    use tokio::net::UnixStream;

    /// Sends a Sync with a statement in front of it, to a server that answers so.
    async fn answered(answer: &[u8]) -> (Result<(), DriverError>, Vec<u8>, bool) {
        let (socket, mut server) = UnixStream::pair().unwrap();
        let (valve, _tap) = Valve::new(Stream::File(socket));
        valve.open();
        valve.hold(orm_sql::sql::BEGIN).unwrap();
        assert!(valve.holds());
        // What cannot be written goes without it.
        let unsent = poll_fn(|cx| {
            let refused = || DriverError::Unexpected("refused");
            std::task::Poll::Ready(valve.begin(cx, |_| Err(refused())).map(drop))
        });
        assert!(unsent.await.is_err() && valve.holds());
        server.write_all(answer).await.unwrap();
        let write = |out: &mut BytesMut| {
            sync(out);
            Ok(())
        };
        let mut call = poll_fn(|cx| std::task::Poll::Ready(valve.begin(cx, write))).await.unwrap();
        assert!(!valve.holds());
        let ended = poll_fn(|cx| {
            call.poll(cx, |frame| match frame.tag {
                b'Z' => ControlFlow::Break(Ok(())),
                _ => ControlFlow::Break(Err(DriverError::Unexpected("another message"))),
            })
        });
        let result = ended.await;
        drop(call);
        let mut sent = [0; 128];
        let count = server.read(&mut sent).await.unwrap();
        (result, sent.get(..count).unwrap_or_default().to_vec(), valve.is_broken())
    }

    #[tokio::test]
    async fn what_is_held_goes_in_front_of_the_next_request() {
        let (result, sent, broken) =
            answered(b"1\0\0\0\x042\0\0\0\x04C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T").await;
        assert!(result.is_ok() && !broken, "{result:?}");
        let tags =
            b"P\0\0\0\x0d\0BEGIN\0\0\0B\0\0\0\x0c\0\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04";
        assert_eq!(sent, tags);
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
            let mut call = valve.begin(cx, write).unwrap();
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

    #[tokio::test]
    async fn where_it_fails_nothing_is_sent_any_more() {
        let (result, _, broken) =
            answered(b"1\0\0\0\x042\0\0\0\x04E\0\0\0\x1bSERROR\0C25001\0Mno way\0\0Z\0\0\0\x05I")
                .await;
        let error = result.unwrap_err();
        assert!(error.server().is_some(), "{error:?}");
        assert!(broken);
    }
}
