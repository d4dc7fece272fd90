//! Statements in a transaction of their own, for as long as which settings hold: where the session
//! belongs to others afterwards.
//!
//! BEGIN and the settings go in front of the statements, and COMMIT behind them, before the server has
//! answered: one round trip, as without. Where BEGIN or a setting fails, no statement is carried out.

use super::run::Begun;
use super::{At, Connection, Outdated};
use crate::error::{DriverError, Failed};
use crate::event::Ended;
use crate::settings::{Doing, OWN};
use futures_util::future::join;
use orm_sql::exec::{BoxFuture, Statement};
use orm_sql::row::RowSink;
use orm_sql::sql::{BEGIN, COMMIT, ROLLBACK};
use std::future::poll_fn;
use std::iter;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::Poll;

/// A transaction around statements. Dropped before it was committed, it is rolled back.
pub(crate) struct Enclosure<'a> {
    connection: &'a Connection,
    open: bool,
}

/// Waits for the end of what begins a transaction.
pub(crate) async fn has_begun(begun: Option<Begun<'_>>) -> Result<(), Failed> {
    match begun {
        Some(begun) => begun.await.map_err(Failed::harmless),
        None => Ok(()),
    }
}

impl<'a> Enclosure<'a> {
    /// Begins it, by a text, with what is sent next. Where that only `reads`, it can be that its end is
    /// still to be waited for, before anybody sees what was found.
    pub(crate) async fn begin(
        at: At<'a>,
        begin: &str,
        reads: bool,
    ) -> Result<(Self, Option<Begun<'a>>), Failed> {
        // Before it is sent, so that dropping this future in between rolls back.
        let around = Enclosure { connection: at.connection(), open: true };
        let mut begun = at.begin(&at.beginning(vec![begin.to_owned()])).await?;
        if !reads {
            has_begun(begun.take()).await?;
        }
        Ok((around, begun))
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
    /// The commands that begin a transaction, with those that set it where the session must not be.
    pub(crate) fn beginning(self, mut begin: Vec<String>) -> Vec<String> {
        if self.is_enclosed() {
            begin.extend(self.settings().changes(Some(&OWN), self.connection().path(), true));
        }
        begin
    }

    /// Begins a transaction by such commands, with what is sent next. Where that is not possible, their end
    /// is to be waited for.
    pub(crate) async fn begin(self, commands: &[String]) -> Result<Option<Begun<'a>>, Failed> {
        let connection = self.connection();
        let own = self.is_enclosed().then(|| self.settings().clone());
        let begun = match own {
            Some(_) => connection.precede(commands, iter::empty()).await,
            None => {
                let needed = self.settings().changes(None, connection.path(), true);
                self.lead().sent(Doing::Begins, connection.precede(commands, needed)).await
            }
        };
        connection.settings().begin(own);
        begun.map_err(Failed::harmless)
    }

    /// Runs a statement in a transaction of its own.
    pub(crate) async fn run_enclosed(
        self,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let work = self.run(statement, sink, Outdated::Fail);
        self.enclosed(BEGIN, 1, Doing::of(statement) == Doing::Reads, work).await
    }

    /// Carries out work of so many statements in a transaction of its own, which a text begins. COMMIT is
    /// sent as soon as the last of them is, and what it says decides. `reads`: nothing is written.
    pub(crate) async fn enclosed<T>(
        self,
        begin: &str,
        statements: usize,
        reads: bool,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let connection = self.connection();
        let (mut around, begun) = Enclosure::begin(self, begin, reads).await?;
        let work = with_end(connection, statements, work, || around.commit());
        let (begun, (done, committed)) = join(has_begun(begun), work).await;
        begun?;
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
