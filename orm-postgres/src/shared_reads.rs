//! Reads of many callers, sent over few connections without waiting for each other's answers.

mod lane;

use crate::connection::Outdated;
use crate::error::Failed;
use crate::pool::Pool;
use crate::sql_text::can_be_declared;
use crate::wire::KeptRow;
use futures_util::future::{Either, select};
use lane::{Asking, Lane, Line, Turn, Waiting};
use orm_sql::exec::{Settings, Statement};
use orm_sql::row::RowSink;
use orm_sql::{Error, Result};
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many statements may be under way on one connection. More of them wait longer than the
/// server is kept busier.
const IN_FLIGHT: usize = 8;

/// Connections that many callers use at the same time.
///
/// One on which an answer does not come is replaced: after a second where its caller has given up,
/// and otherwise when others have waited in vain for room. Its other callers keep it until they have
/// their answers, or give up as well.
pub(crate) struct SharedReads {
    lanes: Vec<Arc<Lane>>,
    /// Room for statements under way, on all connections together.
    room: Arc<Semaphore>,
}

impl SharedReads {
    pub(crate) fn new(connections: usize) -> Self {
        let room = Arc::new(Semaphore::new(connections * IN_FLIGHT));
        SharedReads {
            lanes: (0..connections).map(|_| Arc::new(Lane::new(room.clone()))).collect(),
            room,
        }
    }

    /// True for statements that may share a connection: those that read and are sent again and
    /// again.
    pub(crate) fn takes(&self, statement: &Statement) -> bool {
        statement.cached && can_be_declared(statement)
    }

    /// Runs a statement beside those of others.
    pub(crate) async fn run(
        &self,
        pool: &Pool,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let turn = self.turn(pool).await?;
        if !turn.line().connection().wire().is_pipelined() {
            return Box::pin(self.run_in_task(turn, settings, statement, sink)).await;
        }
        let mut asking = Asking::new(turn);
        let at = asking.line().connection().at(settings);
        let result = at.run(statement, sink, Outdated::PrepareAgain).await;
        asking.ended(result.as_ref().is_err_and(|failed| failed.malformed));
        result
    }

    /// A task of its own reads the rows: the driver would stop reading everybody else's answers on the
    /// connection where a caller does not look after its future.
    async fn run_in_task(
        &self,
        turn: Turn,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let (lane, line) = (turn.lane().clone(), turn.line().clone());
        let started = line.connection().shared().events.start(Some(statement));
        let reading = tokio::spawn(read(turn, line.clone(), settings.clone(), statement.clone()));
        let mut waiting = Waiting::new(lane, line.clone(), reading);
        let result = match waiting.answer().await {
            Ok(Ok(rows)) => give(rows, sink),
            Ok(Err(failed)) => Err(failed),
            // The runtime is shutting down.
            Err(_) => Err(Error::connection("the statement was given up", None).into()),
        };
        line.connection().ended(started, statement, result.as_ref().copied());
        result
    }

    /// A place on the connection with the fewest statements under way.
    async fn turn(&self, pool: &Pool) -> Result<Turn> {
        let room = match self.room.clone().try_acquire_owned() {
            Ok(room) => room,
            Err(_) => Box::pin(self.wait(pool)).await?,
        };
        let least = self.lanes.iter().min_by_key(|lane| lane.in_flight());
        least.ok_or_else(closed)?.turn(pool, room).await
    }

    async fn wait(&self, pool: &Pool) -> Result<OwnedSemaphorePermit> {
        let room = self.room.clone().acquire_owned();
        let Some(limit) = pool.wait_timeout() else { return room.await.map_err(|_| closed()) };
        match tokio::time::timeout(limit, room).await {
            Ok(room) => room.map_err(|_| closed()),
            Err(_) => {
                self.lanes.iter().for_each(|lane| lane.replace_where_silent(limit));
                Err(Error::Pool {
                    message: format!(
                        "no shared connection had room within {limit:?}: {} connections with \
                         {IN_FLIGHT} statements each are at work; raise `shared_reads` or \
                         `wait_timeout`",
                        self.lanes.len()
                    ),
                })
            }
        }
    }

    /// Closes the connections; statements under way still end.
    pub(crate) fn close(&self) {
        self.room.close();
        self.lanes.iter().for_each(|lane| lane.close());
    }
}

fn closed() -> Error {
    Error::Pool { message: "the pool is closed".to_owned() }
}

/// Sends a statement and reads its rows, unless its connection is given up before.
async fn read(
    turn: Turn,
    line: Arc<Line>,
    settings: Settings,
    statement: Statement,
) -> Result<(Vec<KeptRow>, u64), Failed> {
    let answer = {
        let rows = pin!(line.connection().at(&settings).rows(&statement, Outdated::PrepareAgain));
        match select(rows, pin!(line.given_up())).await {
            Either::Left((rows, _)) => rows,
            Either::Right(_) => {
                Err(Error::connection("the server did not answer, and nobody waits", None).into())
            }
        }
    };
    line.answered();
    if answer.as_ref().is_err_and(|failed| failed.malformed) {
        // What follows on the connection is no answer either.
        turn.lane().replace(&line);
        line.give_up();
    }
    drop(turn);
    answer
}

fn give((rows, touched): (Vec<KeptRow>, u64), sink: &mut dyn RowSink) -> Result<u64, Failed> {
    for row in rows {
        row.give(|row| sink.row(row))?;
    }
    Ok(touched)
}
