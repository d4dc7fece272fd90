//! Statements in a transaction of their own, for as long as which settings hold: where the session
//! belongs to others afterwards.
//!
//! BEGIN and the settings go in front of the statements, and COMMIT behind them, before the server has
//! answered: one round trip, as without.

use super::{At, Connection, Outdated};
use crate::error::{DriverError, Failed};
use crate::event::Ended;
use crate::settings::OWN;
use orm_sql::exec::{BoxFuture, Settings, Statement};
use orm_sql::row::RowSink;
use orm_sql::sql::{BEGIN, COMMIT, ROLLBACK};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::Poll;

/// A transaction around statements. Dropped before it was committed, it is rolled back.
pub(crate) struct Enclosure<'a> {
    connection: &'a Connection,
    open: bool,
}

/// The text that begins one.
pub(crate) fn beginning(begin: &str, settings: &Settings, behind: Option<&str>) -> String {
    match settings.sql(Some(&OWN), behind, true) {
        Some(set) => format!("{begin}; {set}"),
        None => begin.to_owned(),
    }
}

impl<'a> Enclosure<'a> {
    /// Begins it, by a text; nobody waits for that.
    pub(crate) fn begin(at: At<'a>, begin: &str) -> Self {
        let connection = at.connection();
        if at.is_enclosed() {
            connection.send(&beginning(begin, at.settings(), connection.path()));
            connection.settings().begin(Some(at.settings().clone()));
        } else {
            drop(at.lead().enter());
            connection.send(begin);
            connection.settings().begin(None);
        }
        Enclosure { connection, open: true }
    }

    /// Commits it, as soon as what was sent before has ended; nobody waits for that.
    pub(crate) fn leave(mut self) {
        self.open = false;
        self.connection.settings().end();
        self.connection.send(COMMIT);
    }

    fn commit(&mut self) -> BoxFuture<'a, Result<(), DriverError>> {
        self.open = false;
        self.connection.settings().end();
        let connection = self.connection;
        Box::pin(async move {
            let started = connection.shared().events.start(None);
            let result = connection.wire().batch(COMMIT).await;
            connection.shared().events.finish_command(started, COMMIT, || None, Ended::Rows(0));
            result
        })
    }
}

impl Drop for Enclosure<'_> {
    fn drop(&mut self) {
        if self.open {
            self.connection.settings().end();
            self.connection.send(ROLLBACK);
        }
    }
}

impl<'a> At<'a> {
    /// Runs a statement in a transaction of its own.
    pub(crate) async fn run_enclosed(
        self,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        self.enclosed(BEGIN, 1, self.run(statement, sink, Outdated::Fail)).await
    }

    /// Carries out work of so many statements in a transaction of its own, which a text begins. COMMIT is
    /// sent as soon as the last of them is, and what it says decides.
    pub(crate) async fn enclosed<T>(
        self,
        begin: &str,
        statements: usize,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let connection = self.connection();
        let mut around = Enclosure::begin(self, begin);
        let (done, committed) = with_end(connection, statements, work, || around.commit()).await;
        let committed = match committed {
            Some(committed) => committed,
            None => around.commit().await,
        };
        let value = done?;
        committed.map(|()| value).map_err(Failed::from)
    }
}

/// Carries out work of so many statements, and sends what ends it as soon as the last of them is sent.
/// Where the work is over before, that is not sent.
pub(crate) async fn with_end<'a, T, E>(
    connection: &Connection,
    statements: usize,
    work: impl Future<Output = T>,
    end: impl FnOnce() -> BoxFuture<'a, E>,
) -> (T, Option<E>) {
    let sent = connection.sent_count();
    let before = sent.load(Ordering::Relaxed);
    let mut work = pin!(work);
    let (mut end, mut ending) = (Some(end), None);
    let (mut done, mut ended) = (None, None);
    let done = poll_fn(|cx| {
        if done.is_none()
            && let Poll::Ready(result) = work.as_mut().poll(cx)
        {
            done = Some(result);
        }
        let all_sent = sent.load(Ordering::Relaxed).wrapping_sub(before) >= statements;
        if done.is_none()
            && all_sent
            && let Some(end) = end.take()
        {
            ending = Some(end());
        }
        if ended.is_none()
            && let Some(ending) = &mut ending
            && let Poll::Ready(result) = ending.as_mut().poll(cx)
        {
            ended = Some(result);
        }
        match ending.is_some() && ended.is_none() {
            true => Poll::Pending,
            false => done.take().map_or(Poll::Pending, Poll::Ready),
        }
    })
    .await;
    (done, ended)
}
