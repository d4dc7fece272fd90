//! One of the shared connections: made when it is needed first, and again when it is lost or does
//! not answer.

use super::closed;
use crate::connection::Connection;
use crate::pool::Pool;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinHandle};

/// The place of one connection.
pub(super) struct Lane {
    slot: Mutex<Slot>,
    /// Held by who makes the connection.
    making: tokio::sync::Mutex<()>,
    in_flight: AtomicUsize,
    room: Arc<Semaphore>,
}

#[derive(Default)]
struct Slot {
    current: Option<Arc<Line>>,
    /// One that was replaced, and whose callers still wait.
    replaced: Weak<Line>,
}

/// A connection, and what is under way on it.
pub(super) struct Line {
    connection: Connection,
    traffic: Mutex<Traffic>,
    /// How many callers wait for their answers.
    callers: AtomicUsize,
    /// When an answer came last, in milliseconds after the connection was made.
    answered: AtomicU64,
    made: Instant,
    given_up: watch::Sender<bool>,
}

#[derive(Default)]
struct Traffic {
    in_flight: usize,
    /// Another connection has taken its place, and its room was given back.
    replaced: bool,
}

impl Lane {
    pub(super) fn new(room: Arc<Semaphore>) -> Self {
        let (slot, making) = (Mutex::default(), tokio::sync::Mutex::default());
        Lane { slot, making, in_flight: AtomicUsize::new(0), room }
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A place among the statements under way here.
    pub(super) async fn turn(
        self: &Arc<Self>,
        pool: &Pool,
        room: OwnedSemaphorePermit,
    ) -> orm_sql::Result<Turn> {
        loop {
            let line = self.line(pool).await?;
            let entered = {
                let mut traffic = line.traffic();
                traffic.in_flight += usize::from(!traffic.replaced);
                !traffic.replaced
            };
            if entered {
                self.in_flight.fetch_add(1, Ordering::Relaxed);
                return Ok(Turn { lane: self.clone(), line, room: Some(room) });
            }
        }
    }

    async fn line(&self, pool: &Pool) -> orm_sql::Result<Arc<Line>> {
        if let Some(line) = self.usable() {
            return Ok(line);
        }
        Box::pin(self.connect(pool)).await
    }

    async fn connect(&self, pool: &Pool) -> orm_sql::Result<Arc<Line>> {
        let _making = self.making.lock().await;
        if let Some(line) = self.usable() {
            return Ok(line);
        }
        let line = Arc::new(Line::new(pool.connect_beside().await?));
        if pool.is_closed() {
            return Err(closed());
        }
        self.slot().current = Some(line.clone());
        Ok(line)
    }

    fn usable(&self) -> Option<Arc<Line>> {
        let mut slot = self.slot();
        if slot.current.as_ref().is_some_and(|line| line.is_of_no_use()) {
            slot.current = None;
        }
        slot.current.clone()
    }

    /// Has another connection take the place of one. The callers of that still get their answers.
    pub(super) fn replace(&self, line: &Arc<Line>) {
        let before = {
            let mut slot = self.slot();
            if !slot.current.as_ref().is_some_and(|current| Arc::ptr_eq(current, line)) {
                return;
            }
            slot.current = None;
            std::mem::replace(&mut slot.replaced, Arc::downgrade(line)).upgrade()
        };
        // There are never more than two: this one has not answered for even longer.
        if let Some(before) = before {
            before.give_up();
        }
        let freed = {
            let mut traffic = line.traffic();
            traffic.replaced = true;
            traffic.in_flight
        };
        self.in_flight.fetch_sub(freed, Ordering::Relaxed);
        self.room.add_permits(freed);
        tracing::warn!(target: "orm::connection", "a shared connection does not answer; it is replaced");
        line.give_up_where_forgotten();
    }

    /// Replaces the connection where no answer has come for so long.
    pub(super) fn replace_where_silent(&self, limit: Duration) {
        let Some(line) = self.slot().current.clone() else { return };
        let busy = line.traffic().in_flight > 0;
        if busy && line.silent_for() >= limit {
            self.replace(&line);
        }
    }

    pub(super) fn close(&self) {
        let slot = std::mem::take(&mut *self.slot());
        drop(slot);
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn new(connection: Connection) -> Self {
        connection.wire().share();
        Line {
            connection,
            traffic: Mutex::default(),
            callers: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            made: Instant::now(),
            given_up: watch::Sender::new(false),
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// An answer has come.
    pub(super) fn answered(&self) {
        let now = u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.answered.store(now, Ordering::Relaxed);
    }

    fn silent_for(&self) -> Duration {
        let answered = Duration::from_millis(self.answered.load(Ordering::Relaxed));
        self.made.elapsed().saturating_sub(answered)
    }

    fn is_of_no_use(&self) -> bool {
        let limit = self.connection.shared().limits.max_lifetime;
        self.connection.is_of_no_use() || limit.is_some_and(|limit| self.connection.age() >= limit)
    }

    /// What is under way on it ends as if the connection was lost.
    pub(super) fn give_up(&self) {
        self.connection.retire();
        self.connection.cancel_work();
        self.connection.wire().break_off();
        self.given_up.send_replace(true);
    }

    fn give_up_where_forgotten(&self) {
        if self.traffic().replaced && self.callers.load(Ordering::SeqCst) == 0 {
            self.give_up();
        }
    }

    /// Comes to its end when what is under way is given up.
    pub(super) async fn given_up(&self) {
        // Fails only when the sender is gone, and `self` holds it.
        self.given_up.subscribe().wait_for(|given_up| *given_up).await.ok();
    }

    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the statements under way on a connection.
pub(super) struct Turn {
    lane: Arc<Lane>,
    line: Arc<Line>,
    room: Option<OwnedSemaphorePermit>,
}

impl Turn {
    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    pub(super) fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut traffic = self.line.traffic();
        match traffic.replaced {
            false => {
                traffic.in_flight -= 1;
                self.lane.in_flight.fetch_sub(1, Ordering::Relaxed);
            }
            // It was given back already.
            true => {
                if let Some(room) = self.room.take() {
                    room.forget();
                }
            }
        }
    }
}

/// A caller that reads its answer itself. Dropped before that has come, it looks whether it does.
pub(super) struct Asking(Option<Turn>, Arc<Line>);

impl Asking {
    pub(super) fn new(turn: Turn) -> Self {
        let line = turn.line.clone();
        line.callers.fetch_add(1, Ordering::SeqCst);
        Asking(Some(turn), line)
    }

    pub(super) fn line(&self) -> &Line {
        &self.1
    }

    /// The answer has come. Where it was none, what follows on the connection is none either.
    pub(super) fn ended(&mut self, malformed: bool) {
        self.1.answered();
        let Some(turn) = self.0.take() else { return };
        if malformed {
            turn.lane.replace(&self.1);
            self.1.give_up();
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let Asking(turn, line) = self;
        line.callers.fetch_sub(1, Ordering::SeqCst);
        line.give_up_where_forgotten();
        let Some(turn) = turn.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let line = line.clone();
        let limit = line.connection.shared().limits.recycle_timeout;
        // It keeps its place among the statements under way until then.
        runtime.spawn(async move {
            let ends = line.connection.wire().round_trip();
            match tokio::time::timeout(limit, ends).await {
                Ok(Ok(())) => line.answered(),
                _ => turn.lane.replace(&line),
            }
        });
    }
}

/// A caller that waits for a task. Dropped before the answer has come, it looks whether it does.
pub(super) struct Waiting<T> {
    lane: Arc<Lane>,
    line: Arc<Line>,
    reading: JoinHandle<T>,
}

impl<T> Waiting<T> {
    pub(super) fn new(lane: Arc<Lane>, line: Arc<Line>, reading: JoinHandle<T>) -> Self {
        line.callers.fetch_add(1, Ordering::SeqCst);
        Waiting { lane, line, reading }
    }

    pub(super) async fn answer(&mut self) -> Result<T, JoinError> {
        (&mut self.reading).await
    }
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        self.line.callers.fetch_sub(1, Ordering::SeqCst);
        if self.reading.is_finished() {
            return;
        }
        self.line.give_up_where_forgotten();
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (lane, line) = (self.lane.clone(), self.line.clone());
        let reading = self.reading.abort_handle();
        let limit = line.connection.shared().limits.recycle_timeout;
        runtime.spawn(async move {
            tokio::time::sleep(limit).await;
            if !reading.is_finished() {
                lane.replace(&line);
            }
        });
    }
}
