//! Reads of many callers, sent over few connections without waiting for each other's answers.

use crate::connection::{Connection, Outdated};
use crate::error::Failed;
use crate::pool::Pool;
use crate::sql_text::can_be_declared;
use crate::wire::Row;
use orm_sql::exec::Statement;
use orm_sql::row::RowSink;
use orm_sql::{Error, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many statements may be under way on one connection. More of them wait longer than the
/// server is kept busier.
const IN_FLIGHT: usize = 8;

/// Connections that many callers use at the same time.
pub(crate) struct SharedReads {
    lanes: Vec<Arc<Lane>>,
    /// Room for statements under way, on all connections together.
    room: Arc<Semaphore>,
}

/// One connection, made when it is needed first, and again when it is lost.
#[derive(Default)]
struct Lane {
    connection: Mutex<Option<Arc<Connection>>>,
    /// Held by who makes the connection.
    making: tokio::sync::Mutex<()>,
    in_flight: AtomicUsize,
}

/// A place among the statements under way on a connection.
struct Turn {
    lane: Arc<Lane>,
    _room: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lane.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SharedReads {
    pub(crate) fn new(connections: usize) -> Self {
        SharedReads {
            lanes: (0..connections).map(|_| Arc::default()).collect(),
            room: Arc::new(Semaphore::new(connections * IN_FLIGHT)),
        }
    }

    /// True for statements that may share a connection: those that read and are sent again and
    /// again.
    pub(crate) fn takes(&self, statement: &Statement) -> bool {
        statement.cached && can_be_declared(statement)
    }

    /// Runs a statement beside those of others.
    ///
    /// A task of its own reads the rows: a caller who does not look after a future must not hold
    /// up everybody else's answers on the connection.
    pub(crate) async fn run(
        &self,
        pool: &Pool,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let turn = self.turn(pool).await?;
        let connection = turn.lane.connection(pool).await?;
        let events = connection.shared().events.clone();
        let started = events.start(Some(statement));
        let reading = tokio::spawn({
            let (statement, connection) = (statement.clone(), connection.clone());
            async move {
                let rows = connection.rows(&statement, Outdated::PrepareAgain).await;
                drop(turn);
                rows
            }
        });
        let result = match reading.await {
            Ok(Ok(rows)) => give(rows, sink),
            Ok(Err(failed)) => Err(failed),
            // The runtime is shutting down.
            Err(_) => Err(Error::connection("the statement was given up", None).into()),
        };
        connection.ended(started, statement, result.as_ref().copied());
        result
    }

    /// A place on the connection with the fewest statements under way.
    async fn turn(&self, pool: &Pool) -> Result<Turn> {
        let room = match self.room.clone().try_acquire_owned() {
            Ok(room) => room,
            Err(_) => Box::pin(self.wait(pool)).await?,
        };
        let mut least: Option<(&Arc<Lane>, usize)> = None;
        for lane in &self.lanes {
            let count = lane.in_flight.load(Ordering::Relaxed);
            if least.is_none_or(|(_, least)| count < least) {
                least = Some((lane, count));
            }
        }
        let Some((lane, _)) = least else { return Err(closed()) };
        lane.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(Turn { lane: lane.clone(), _room: room })
    }

    async fn wait(&self, pool: &Pool) -> Result<OwnedSemaphorePermit> {
        let room = self.room.clone().acquire_owned();
        let Some(limit) = pool.wait_timeout() else { return room.await.map_err(|_| closed()) };
        match tokio::time::timeout(limit, room).await {
            Ok(room) => room.map_err(|_| closed()),
            Err(_) => Err(Error::Pool {
                message: format!(
                    "no shared connection had room within {limit:?}: {} connections with \
                     {IN_FLIGHT} statements each are at work; raise `shared_reads` or \
                     `wait_timeout`",
                    self.lanes.len()
                ),
            }),
        }
    }

    /// Closes the connections; statements under way still end.
    pub(crate) fn close(&self) {
        self.room.close();
        for lane in &self.lanes {
            drop(lane.slot().take());
        }
    }
}

fn closed() -> Error {
    Error::Pool { message: "the pool is closed".to_owned() }
}

fn give((rows, touched): (Vec<Row>, u64), sink: &mut dyn RowSink) -> Result<u64, Failed> {
    for row in rows {
        sink.row(&row)?;
    }
    Ok(touched)
}

impl Lane {
    async fn connection(&self, pool: &Pool) -> Result<Arc<Connection>> {
        if let Some(connection) = self.usable() {
            return Ok(connection);
        }
        Box::pin(self.connect(pool)).await
    }

    async fn connect(&self, pool: &Pool) -> Result<Arc<Connection>> {
        let _making = self.making.lock().await;
        if let Some(connection) = self.usable() {
            return Ok(connection);
        }
        let connection: Arc<Connection> = Arc::new(pool.connect_beside().await?);
        if pool.objects().is_closed() {
            return Err(closed());
        }
        *self.slot() = Some(connection.clone());
        Ok(connection)
    }

    fn usable(&self) -> Option<Arc<Connection>> {
        let mut slot = self.slot();
        let too_old = |connection: &Arc<Connection>| {
            let limit = connection.shared().limits.max_lifetime;
            limit.is_some_and(|limit| connection.age() >= limit)
        };
        if slot.as_ref().is_some_and(|c| c.is_of_no_use() || too_old(c)) {
            *slot = None;
        }
        slot.clone()
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Arc<Connection>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
