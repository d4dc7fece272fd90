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
use message::{close, query};
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
        if let Err(error) = write(&mut traffic.out) {
            traffic.out.truncate(before);
            return Err(error);
        }
        let id = traffic.enter();
        drop(traffic);
        Ok(Call::new(self.clone(), id))
    }

    /// Sends a request whose answer nobody waits for.
    pub(super) fn send(&self, sql: &str) {
        self.forget(|out| query(sql, out), true);
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
