//! The connection to the server: the only module that names the driver's client, its rows, its
//! statements and its streams.
//!
//! What runs all the time goes past the driver, through a [valve](valve::Valve) in its socket.
//! Connections that an application's own pool has made have none, and the driver does everything.

mod copy;
mod described;
mod dial;
mod line;
mod pooled;
mod rows;
mod stream;
mod valve;

pub(crate) use copy::{CopyLines, CopySink};
pub(crate) use described::{Column, Prepared};
pub(crate) use line::{Heard, Line};
pub(crate) use pooled::{Driven, Held, Make, Manager, Member, Objects, Refusal};
pub(crate) use rows::{Answer, Arrived, Arriving, KeptRow, Received, Row, Rows};

use crate::codec::Param;
use crate::error::DriverError;
use crate::tls::Tls;
use bytes::{Bytes, BytesMut};
use deadpool_postgres::ClientWrapper;
use described::{Made, Named};
use dial::Canceller;
use futures_util::FutureExt;
use postgres_types::{Oid, ToSql, Type};
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio_postgres::Client;
use valve::{Call, Driving, Frame, Valve, message};

/// How long a request to cancel may take: the network can be what is at fault.
const CANCEL: Duration = Duration::from_secs(10);

/// Numbers our prepared statements, those of all connections.
static STATEMENTS: AtomicU64 = AtomicU64::new(0);

/// A connection, for as long as somebody sends requests on it.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a> {
    client: &'a Client,
    valve: Option<&'a Arc<Valve>>,
    canceller: &'a Canceller,
}

/// A message that has no place where it came.
#[cold]
fn unexpected() -> DriverError {
    DriverError::Unexpected("unexpected message from server")
}

impl<'a> Wire<'a> {
    /// The same of a connection of a pool of the application's.
    pub(crate) fn of_client(client: &'a ClientWrapper) -> Self {
        Wire { client, valve: None, canceller: &Canceller::Driver }
    }

    /// True once the connection is known to be lost.
    pub(crate) fn is_closed(self) -> bool {
        match self.valve {
            // It is broken off when the driver's task ends.
            Some(valve) => valve.is_broken(),
            None => self.client.is_closed(),
        }
    }

    /// True where many callers can wait for their answers, each in its own task, and one who is slow
    /// does not hold up the others.
    pub(crate) fn is_pipelined(self) -> bool {
        self.valve.is_some()
    }

    /// From now on many callers send requests at the same time.
    pub(crate) fn share(self) {
        if let Some(valve) = self.valve {
            valve.share();
        }
    }

    /// Ends what is under way, as if the connection was lost.
    pub(crate) fn break_off(self) {
        if let Some(valve) = self.valve {
            valve.break_off();
        }
    }

    /// A request goes to the driver.
    fn driving(self) -> Option<Driving> {
        self.valve.map(Valve::driving)
    }

    /// Writes a request of ours down. `guarded`: it is not carried out where the transaction around it has
    /// not begun; it ends with a Sync.
    #[inline]
    async fn begin(
        self,
        valve: &Arc<Valve>,
        guarded: bool,
        write: impl FnOnce(&mut BytesMut) -> Result<(), DriverError>,
    ) -> Result<Call, DriverError> {
        if valve.may_overtake() {
            Box::pin(self.settle(valve)).await?;
        }
        let mut write = Some(write);
        poll_fn(|cx| match write.take() {
            Some(write) => Poll::Ready(valve.begin(cx, guarded, write)),
            None => Poll::Ready(Err(unexpected())),
        })
        .await
    }

    /// Sends a request of ours and gives what is in its answer to a function, which says whether it has a
    /// place there.
    async fn answered(
        self,
        valve: &Arc<Valve>,
        guarded: bool,
        write: impl FnOnce(&mut BytesMut) -> Result<(), DriverError>,
        mut take: impl FnMut(Frame<'_>) -> bool,
    ) -> Result<(), DriverError> {
        let mut call = self.begin(valve, guarded, write).await?;
        poll_fn(|cx| {
            call.poll(cx, |frame| match frame.tag {
                b'Z' => ControlFlow::Break(Ok(())),
                _ if take(frame) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(Err(unexpected())),
            })
        })
        .await
    }

    /// Has commands go with the next request, which is not carried out where one of them fails; `false`
    /// where they must be sent by themselves. `begins`: the first of them begins a transaction.
    pub(crate) fn hold(
        self,
        commands: &[impl AsRef<str>],
        begins: bool,
    ) -> Result<bool, DriverError> {
        match self.valve.filter(|valve| !valve.may_overtake()) {
            Some(valve) => valve.hold(commands, begins).map(|()| true),
            None => Ok(false),
        }
    }

    /// Sends settings of the session, for which nobody waits; `false` where they must be waited for.
    /// Where they fail, what is sent behind them is answered to nobody.
    pub(crate) fn set(self, sql: &str) -> bool {
        match self.valve.filter(|valve| !valve.may_overtake()) {
            Some(valve) => {
                valve.set(sql);
                true
            }
            None => false,
        }
    }

    /// True where a request of the driver's may not have been written yet.
    #[inline]
    pub(crate) fn may_overtake(self) -> bool {
        self.valve.is_some_and(|valve| valve.may_overtake())
    }

    /// What is held goes before what is no request that it could go with, and must succeed.
    async fn let_go(self) -> Result<(), DriverError> {
        match self.valve.is_some_and(|valve| valve.holds()) {
            true => Box::pin(self.round_trip()).await,
            false => Ok(()),
        }
    }

    /// True where what is sent next could be carried out though what it stands behind is not: what had
    /// gone with a request before is not answered yet.
    pub(crate) fn is_unsure(self) -> bool {
        self.valve.is_some_and(|valve| valve.is_unsure())
    }

    /// Waits until what stood in front of requests has succeeded, before something is sent that must not
    /// be carried out without it.
    pub(crate) async fn make_sure(self) -> Result<(), DriverError> {
        match self.is_unsure() {
            true => Box::pin(self.round_trip()).await,
            false => Ok(()),
        }
    }

    /// Waits until what was given to the driver is written.
    async fn settle(self, valve: &Valve) -> Result<(), DriverError> {
        let result = self.client.check_connection().await;
        valve.settle(result.is_ok());
        Ok(result?)
    }

    /// Has the server prepare a statement.
    pub(crate) async fn prepare(self, sql: &str, params: &[Type]) -> Result<Prepared, DriverError> {
        let Some(valve) = self.valve else {
            let statement = self.client.prepare_typed(sql, params).await?;
            let columns = statement.columns().iter().map(Column::of_driver).collect();
            let types = statement.params().to_vec();
            return Ok(Prepared::new(types, columns, Made::Driver(statement)));
        };
        let number = STATEMENTS.fetch_add(1, Ordering::Relaxed);
        let named = Named::new(format!("orm{number}"), valve.clone());
        let write = |out: &mut BytesMut| message::prepare(&named.name, sql, params, out);
        let (mut takes, mut returns) = (Vec::new(), Vec::new());
        let take = |frame: Frame<'_>| described(frame, &mut takes, &mut returns);
        if let Err(error) = self.answered(valve, false, write, take).await {
            if error.server().is_some() {
                named.refused();
            }
            return Err(error);
        }
        let oids = || returns.iter().map(|column| column.1).chain(takes.iter().copied());
        if oids().any(|oid| valve.known_type(oid).is_none()) {
            Box::pin(self.look_up(valve, sql, params)).await?;
        }
        // The driver has just asked for them all.
        let known = |oid| valve.known_type(oid).ok_or_else(unexpected);
        let takes: Result<_, _> = takes.into_iter().map(known).collect();
        let column = |(name, oid)| Ok(Column { name, type_: known(oid)? });
        let returns: Result<_, DriverError> = returns.into_iter().map(column).collect();
        Ok(Prepared::new(takes?, returns?, Made::Ours(named)))
    }

    /// Has the driver look up the types of the columns of a statement without parameters.
    pub(crate) async fn learn(self, sql: &str) -> Result<(), DriverError> {
        match self.valve {
            Some(valve) => self.look_up(valve, sql, &[]).await,
            None => self.ask(sql, &[]).await.map(drop),
        }
    }

    /// Has the driver look up the types of a statement.
    async fn look_up(
        self,
        valve: &Arc<Valve>,
        sql: &str,
        params: &[Type],
    ) -> Result<(), DriverError> {
        let driving = valve.driving();
        let statement = self.client.prepare_typed(sql, params).await?;
        statement.params().iter().for_each(|found| valve.learn(found));
        statement.columns().iter().for_each(|column| valve.learn(column.type_()));
        drop(statement);
        // The driver closes it when it comes to that. What is sent next must not go before: it may end
        // the transaction, after which a pooler gives us another connection of the server.
        drop(driving);
        Ok(())
    }

    /// Writes a prepared statement down, which is sent when its rows are waited for; `None` where
    /// something else must be waited for before, or the driver sends it. One that only `reads` may be
    /// carried out though its transaction has not begun: nobody sees what it finds.
    #[inline]
    pub(crate) fn run_at_once<'p>(
        self,
        cx: &mut Context<'_>,
        reads: bool,
        prepared: &Prepared,
        params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    ) -> Option<Result<Answer, DriverError>> {
        let parts = prepared.parts();
        let valve = self.valve.filter(|valve| !valve.may_overtake())?;
        let Made::Ours(named) = &parts.made else { return None };
        let write = |out: &mut BytesMut| message::run(&named.name, &parts.params, params, out);
        let answer = |call| Answer::new(call, Some(parts.described.clone()), valve.clone());
        Some(valve.begin(cx, !reads, write).map(answer))
    }

    /// Sends a prepared statement; the server has accepted its parameters when this returns.
    pub(crate) async fn run<'p>(
        self,
        reads: bool,
        prepared: &Prepared,
        params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    ) -> Result<Rows, DriverError> {
        let parts = prepared.parts();
        match (&parts.made, self.valve) {
            (Made::Ours(named), Some(valve)) => {
                let write =
                    |out: &mut BytesMut| message::run(&named.name, &parts.params, params, out);
                let call = self.begin(valve, !reads, write).await?;
                let described = Some(parts.described.clone());
                let mut answer = Answer::new(call, described, valve.clone());
                poll_fn(|cx| answer.poll_accepted(cx)).await?;
                Ok(Rows::Ours(answer))
            }
            (Made::Driver(statement), _) => {
                Ok(Rows::Driver(Box::pin(self.client.query_raw(statement, params)).await?))
            }
            (Made::Ours(_), None) => Err(unexpected()),
        }
    }

    /// Sends a statement as text with the types of its parameters, in one round trip.
    pub(crate) async fn run_text<'p>(
        self,
        reads: bool,
        sql: &str,
        types: &[Type],
        params: impl ExactSizeIterator<Item = Param<'p>> + Clone,
    ) -> Result<Rows, DriverError> {
        let Some(valve) = self.valve else {
            let params = params.zip(types.iter().cloned());
            return Ok(Rows::Driver(Box::pin(self.client.query_typed_raw(sql, params)).await?));
        };
        let write = |out: &mut BytesMut| message::run_text(sql, types, params, out);
        let call = self.begin(valve, !reads, write).await?;
        let mut answer = Answer::new(call, None, valve.clone());
        poll_fn(|cx| answer.poll_accepted(cx)).await?;
        Ok(Rows::Ours(answer))
    }

    /// All rows of a question about the server's catalogue.
    pub(crate) async fn ask(
        self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DriverError> {
        self.let_go().await?;
        let driving = self.driving();
        let rows = self.client.query_typed(sql, params).await;
        driving.into_iter().for_each(Driving::ended);
        Ok(rows?.into_iter().map(Row::of_catalogue).collect())
    }

    /// Runs SQL without parameters, of one or more statements.
    pub(crate) async fn batch(self, sql: &str) -> Result<(), DriverError> {
        let Some(valve) = self.valve else { return Ok(self.client.batch_execute(sql).await?) };
        self.let_go().await?;
        let write = |out: &mut BytesMut| message::query(sql, out).map_err(DriverError::Unsent);
        self.answered(valve, false, write, |frame| matches!(frame.tag, b'C' | b'T' | b'D' | b'I'))
            .await
    }

    /// Sends SQL and does not wait for its end: whatever is sent next runs after it.
    pub(crate) fn send(self, sql: &str) {
        match self.valve {
            Some(valve) if !valve.may_overtake() => valve.send(sql),
            // The first poll of the future puts the message into the queue of the driver's task.
            Some(valve) => {
                drop(valve.driving());
                let _ = self.client.batch_execute(sql).now_or_never();
            }
            None => drop(self.client.batch_execute(sql).now_or_never()),
        }
    }

    /// Waits until all that was sent is answered, or the connection has ended; without a word to the
    /// server.
    pub(crate) async fn settled(self) {
        if let Some(valve) = self.valve {
            valve.settled().await;
        }
    }

    /// Waits until everything that was sent before has ended.
    pub(crate) async fn round_trip(self) -> Result<(), DriverError> {
        let Some(valve) = self.valve else { return Ok(self.client.check_connection().await?) };
        let write = |out: &mut BytesMut| {
            message::sync(out);
            Ok(())
        };
        self.answered(valve, false, write, |_| false).await
    }

    /// Begins a COPY to the server.
    pub(crate) async fn copy_in(self, sql: &str) -> Result<CopySink, DriverError> {
        self.let_go().await?;
        self.make_sure().await?;
        let driving = self.driving();
        let sink = self.client.copy_in::<_, Bytes>(sql).await?;
        Ok(CopySink::new(sink, driving))
    }

    /// Begins a COPY from the server.
    pub(crate) async fn copy_out(self, sql: &str) -> Result<CopyLines, DriverError> {
        self.let_go().await?;
        let driving = self.driving();
        let stream = self.client.copy_out(sql).await?;
        driving.into_iter().for_each(Driving::ended);
        Ok(CopyLines::new(stream))
    }

    /// Asks the server to give up what runs on the connection, in a task of its own.
    pub(crate) fn cancel(self, tls: Tls) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let cancelled = self.canceller.cancel(self.client.cancel_token(), tls);
        runtime.spawn(async move {
            tokio::time::timeout(CANCEL, cancelled).await.ok();
        });
    }
}

/// Reads what a statement takes and returns.
fn described(frame: Frame<'_>, takes: &mut Vec<Oid>, returns: &mut Vec<(String, Oid)>) -> bool {
    match frame.tag {
        b'1' | b'n' => true,
        b't' => message::parameters(frame.body).map(|found| *takes = found).is_some(),
        b'T' => message::columns(frame.body).map(|found| *returns = found).is_some(),
        _ => false,
    }
}
