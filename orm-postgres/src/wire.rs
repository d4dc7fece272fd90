//! The driver: the only module that names its client, its rows, its statements and its streams.

mod copy;
mod line;
mod pooled;
mod rows;

pub(crate) use copy::{CopyLines, CopySink};
pub(crate) use line::{Heard, Line};
pub(crate) use pooled::{Driven, Held, Make, manager, not_made};
pub(crate) use rows::{Arriving, Row, Rows};
pub(crate) use tokio_postgres::Column;

use crate::codec::Param;
use crate::error::DriverError;
use crate::tls::Tls;
use bytes::Bytes;
use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt;
use postgres_types::{ToSql, Type};
use std::time::Duration;
use tokio_postgres::Client;

/// How long a request to cancel may take: the network can be what is at fault.
const CANCEL: Duration = Duration::from_secs(10);

/// A connection, for as long as somebody sends requests on it.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a>(&'a Client);

/// A statement that the server knows by a name.
///
/// The server forgets it when the last copy is dropped.
#[derive(Clone)]
pub(crate) struct Prepared(tokio_postgres::Statement);

impl Prepared {
    /// The types of its parameters.
    pub(crate) fn params(&self) -> &[Type] {
        self.0.params()
    }

    /// What it returns.
    pub(crate) fn columns(&self) -> &[Column] {
        self.0.columns()
    }
}

impl<'a> Wire<'a> {
    /// The requests of a connection.
    pub(crate) fn of(held: &'a Held) -> Self {
        Wire(held.client())
    }

    /// The same of a connection of a pool.
    pub(crate) fn of_client(client: &'a ClientWrapper) -> Self {
        Wire(client)
    }

    /// True once the connection is known to be lost.
    pub(crate) fn is_closed(self) -> bool {
        self.0.is_closed()
    }

    /// Has the server prepare a statement.
    pub(crate) async fn prepare(self, sql: &str, params: &[Type]) -> Result<Prepared, DriverError> {
        self.0.prepare_typed(sql, params).await.map(Prepared)
    }

    /// Sends a prepared statement; the server has accepted its parameters when this returns.
    #[inline]
    pub(crate) async fn run<'p>(
        self,
        prepared: &Prepared,
        params: impl ExactSizeIterator<Item = Param<'p>>,
    ) -> Result<Rows, DriverError> {
        self.0.query_raw(&prepared.0, params).await.map(Rows::new)
    }

    /// Sends a statement as text with the types of its parameters, in one round trip.
    pub(crate) async fn run_text<'p>(
        self,
        sql: &str,
        params: impl IntoIterator<Item = (Param<'p>, Type)>,
    ) -> Result<Rows, DriverError> {
        self.0.query_typed_raw(sql, params).await.map(Rows::new)
    }

    /// All rows of a question about the server's catalogue.
    pub(crate) async fn ask(
        self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DriverError> {
        let rows = self.0.query_typed(sql, params).await?;
        Ok(rows.into_iter().map(Row::of_catalogue).collect())
    }

    /// Runs SQL without parameters, of one or more statements.
    pub(crate) async fn batch(self, sql: &str) -> Result<(), DriverError> {
        self.0.batch_execute(sql).await
    }

    /// Sends SQL and does not wait for its end: whatever is sent next runs after it.
    pub(crate) fn send(self, sql: &str) {
        // The first poll of the future puts the message into the queue of the driver's task.
        let _ = self.0.batch_execute(sql).now_or_never();
    }

    /// Waits until everything that was sent before has ended.
    pub(crate) async fn round_trip(self) -> Result<(), DriverError> {
        self.0.check_connection().await
    }

    /// Begins a COPY to the server.
    pub(crate) async fn copy_in(self, sql: &str) -> Result<CopySink, DriverError> {
        self.0.copy_in::<_, Bytes>(sql).await.map(CopySink::new)
    }

    /// Begins a COPY from the server.
    pub(crate) async fn copy_out(self, sql: &str) -> Result<CopyLines, DriverError> {
        self.0.copy_out(sql).await.map(CopyLines::new)
    }

    /// Asks the server to give up what runs on the connection, in a task of its own.
    pub(crate) fn cancel(self, tls: Tls) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let cancel = self.0.cancel_token();
        runtime.spawn(async move {
            // Nobody waits for it, and a server that is gone has nothing to cancel.
            tokio::time::timeout(CANCEL, cancel.cancel_query(tls)).await.ok();
        });
    }
}
