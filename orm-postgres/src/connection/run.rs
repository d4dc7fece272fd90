//! Statements on their way.

use super::{At, Connection, Outdated};
use crate::codec;
use crate::error::{self, DriverError, Failed};
use crate::event::{Ended, Started};
use crate::rows::Answer;
use crate::settings::Doing;
use crate::wire::KeptRow;
use futures_util::future::try_join_all;
use orm_sql::exec::{BoxFuture, Job, NoRows, Statement};
use orm_sql::row::RowSink;
use orm_sql::sql::{Session, catalogue};
use std::future::{poll_fn, ready};
use std::ops::ControlFlow;
use std::task::Poll;

/// The end of what begins a transaction, which was sent.
pub(crate) type Begun<'a> = BoxFuture<'a, Result<(), DriverError>>;

/// Why a statement did not run at once.
enum NotAtOnce {
    /// Something must be waited for before, or the server has refused it.
    NotYet(Option<Failed>),
    /// It ran, and failed.
    Ended(Failed),
}

impl At<'_> {
    /// Runs a statement and gives its rows to the sink.
    pub(crate) async fn run(
        self,
        statement: &Statement,
        sink: &mut dyn RowSink,
        outdated: Outdated,
    ) -> Result<u64, Failed> {
        let started = self.shared().events.start(Some(statement));
        let result = match self.at_once(statement, sink).await {
            Ok(rows) => Ok(rows),
            // In a box: this is rare, and futures that are small are made and moved faster.
            Err(NotAtOnce::NotYet(why)) => {
                Box::pin(self.run_slowly(why, statement, sink, outdated)).await
            }
            Err(NotAtOnce::Ended(failed)) => Err(failed),
        };
        if statement.about.model.is_none() {
            self.note_foreign_sql();
        }
        self.ended(started, statement, result.as_ref().copied());
        result
    }

    /// Runs a statement for which nothing must be waited for but its rows.
    async fn at_once(
        self,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, NotAtOnce> {
        let sent = poll_fn(|cx| Poll::Ready(self.send_at_once(cx, statement))).await;
        let mut answer = match sent {
            None => return Err(NotAtOnce::NotYet(None)),
            Some(Err(error)) => return Err(NotAtOnce::NotYet(Some(Failed::at_start(error)))),
            Some(Ok(answer)) => answer,
        };
        let ended = poll_fn(|cx| {
            answer.poll_rows(cx, |row, _, _| match sink.row(row) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(Err(Failed::unfinished(error))),
            })
        });
        match ended.await {
            Ok(rows) => Ok(rows.unwrap_or_default()),
            Err(failed) if answer.is_accepted() => Err(NotAtOnce::Ended(failed)),
            Err(failed) => Err(NotAtOnce::NotYet(Some(failed))),
        }
    }

    /// Runs a statement that is to be prepared first, or that was refused as it had been.
    #[cold]
    async fn run_slowly(
        self,
        refused: Option<Failed>,
        statement: &Statement,
        sink: &mut dyn RowSink,
        outdated: Outdated,
    ) -> Result<u64, Failed> {
        let answer = match refused {
            None => self.start(statement, outdated).await,
            Some(failed) => self.start_anew(failed, statement, outdated).await,
        };
        match answer {
            Ok(answer) => answer.drain(statement, self.names(), sink).await,
            Err(failed) => Err(failed.asking(statement).of_tenant(self.settings())),
        }
    }

    /// Runs several statements in one round trip, once they are prepared.
    pub(crate) async fn run_all(
        self,
        jobs: &mut [Job<'_>],
        outdated: Outdated,
    ) -> Result<Vec<u64>, Failed> {
        jobs.iter().try_for_each(|job| {
            let checked = codec::check_values(job.statement);
            checked.map_err(|error| Failed::from(error).asking(job.statement))
        })?;
        try_join_all(jobs.iter().map(|job| self.warm_up(job.statement))).await?;
        if !self.wire().is_pipelined() {
            // Each would wait for the one before to have the session set.
            let set = self.lead().sent(Doing::Writes, ready(Ok(()))).await;
            set.map_err(Failed::harmless)?;
        }
        let running = jobs.iter_mut().enumerate().map(async |(index, job)| {
            self.run(job.statement, job.sink, outdated).await.map_err(|mut failed| {
                failed.nothing_ran &= index == 0;
                // The others may still be on their way.
                failed.unfinished = true;
                failed
            })
        });
        in_turn(running.map(|job| Box::pin(job) as BoxFuture<'_, _>).collect()).await
    }

    /// Sends a statement; the server has accepted its parameters when this returns.
    pub(crate) async fn start(
        self,
        statement: &Statement,
        outdated: Outdated,
    ) -> Result<Answer, Failed> {
        let since = self.shared().distance.start();
        if !self.caches(statement) {
            let answer = Box::pin(self.start_once(statement)).await?;
            self.shared().distance.note(since);
            return Ok(answer);
        }
        let prepared = self.prepared(statement).await?;
        match self.send_prepared(&prepared, statement).await {
            Ok(rows) => {
                self.shared().distance.note(since);
                Ok(Answer { rows, checked: true })
            }
            Err(error) => {
                Box::pin(self.start_anew(Failed::at_start(error), statement, outdated)).await
            }
        }
    }

    /// Sends a statement once more that was refused because the server does not know it any more, or as
    /// something else.
    async fn start_anew(
        self,
        refused: Failed,
        statement: &Statement,
        outdated: Outdated,
    ) -> Result<Answer, Failed> {
        if refused.outdated {
            self.found_outdated();
            self.cache().set_apart(statement, self.settings().schema.as_ref());
            self.names().forget(statement);
        }
        if !refused.outdated || outdated == Outdated::Fail {
            return Err(refused);
        }
        let prepared = self.prepared(statement).await?;
        self.execute(&prepared, statement).await
    }

    /// Runs a script of the user's, which may have any SQL in it.
    pub(crate) async fn script(self, sql: &str) -> Result<(), DriverError> {
        self.wire().make_sure().await?;
        self.lead().sent(Doing::Anything, self.command(sql)).await
    }

    /// Makes a cursor on the server, for the rows of a statement.
    pub(crate) async fn declare(self, statement: &Statement, cursor: u32) -> Result<(), Failed> {
        let params = if self.prepares() {
            // Prepared first, for the check of its columns; the driver then also knows their types.
            self.prepared(statement).await?.params().to_vec()
        } else {
            self.typed(statement).await?
        };
        let sql = Session::Declare(cursor, &statement.sql).sql();
        let request = self.wire().run_text(true, &sql, &params, codec::params(statement));
        let rows = self.lead().sent(Doing::Reads, request).await;
        let rows = rows.map_err(|error| Failed::from(error).asking(statement))?;
        let answer = Answer { rows, checked: true };
        answer.drain(statement, self.names(), &mut NoRows).await?;
        Ok(())
    }

    /// Gives the next rows of a cursor on the server to the sink.
    pub(crate) async fn fetch(
        self,
        statement: &Statement,
        cursor: u32,
        rows: usize,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let sql = Session::Fetch(cursor, rows as u64).sql();
        let rows = self.wire().run_text(true, &sql, &[], codec::no_params()).await?;
        // The table may be another one since the statement was prepared.
        let answer = Answer { rows, checked: false };
        answer.drain(statement, self.names(), sink).await
    }

    /// All rows of a statement.
    pub(crate) async fn collect(self, statement: &Statement) -> Result<Vec<KeptRow>, Failed> {
        let started = self.shared().events.start(Some(statement));
        let result = self.collected(statement).await;
        self.ended(started, statement, result.as_ref().map(|rows| rows.len() as u64));
        result
    }

    async fn collected(self, statement: &Statement) -> Result<Vec<KeptRow>, Failed> {
        let answer = self.start(statement, Outdated::Fail).await;
        let answer =
            answer.map_err(|failed| failed.asking(statement).of_tenant(self.settings()))?;
        Ok(answer.collect(statement, self.names()).await?.0)
    }

    /// All rows of a statement, and how many it touched.
    pub(crate) async fn rows(
        self,
        statement: &Statement,
        outdated: Outdated,
    ) -> Result<(Vec<KeptRow>, u64), Failed> {
        let answer = self.start(statement, outdated).await;
        let answer =
            answer.map_err(|failed| failed.asking(statement).of_tenant(self.settings()))?;
        answer.collect(statement, self.names()).await
    }
}

/// Begins all of them, in their order, and then waits for one after the other: the server answers
/// in that order.
async fn in_turn<T>(mut running: Vec<BoxFuture<'_, Result<T, Failed>>>) -> Result<Vec<T>, Failed> {
    let mut early: Vec<Option<Result<T, Failed>>> = Vec::with_capacity(running.len());
    poll_fn(|cx| {
        let first = running.iter_mut().map(|job| match job.as_mut().poll(cx) {
            Poll::Ready(result) => Some(result),
            Poll::Pending => None,
        });
        early.extend(first);
        Poll::Ready(())
    })
    .await;
    let mut done = Vec::with_capacity(running.len());
    for (job, early) in running.iter_mut().zip(early) {
        done.push(match early {
            Some(result) => result?,
            None => job.await?,
        });
    }
    Ok(done)
}

impl Connection {
    /// Runs SQL without parameters, of one or more statements.
    pub(crate) async fn command(&self, sql: &str) -> Result<(), DriverError> {
        let started = self.shared().events.start(None);
        let result = self.wire().batch(sql).await;
        self.named_types().note_end();
        if started.is_some() {
            let error = result.as_ref().err().map(error::seen);
            let ended = error.as_ref().map_or(Ended::Rows(0), Ended::Failed);
            self.shared().events.finish_command(started, sql, || self.take_wait(), ended);
        }
        result
    }

    /// Sends SQL and does not wait for its end: whatever is sent next runs after it.
    pub(crate) fn send(&self, sql: &str) {
        let started = self.shared().events.start(None);
        self.wire().send(sql);
        self.named_types().note_end();
        self.shared().events.finish_command(started, sql, || self.take_wait(), Ended::Rows(0));
    }

    /// Has commands go with what is sent next, which is not carried out where one of them fails: the first
    /// begins a transaction. Where they must be sent by themselves, their end.
    ///
    /// Where nobody knows whether the session was set to what is needed, so is the transaction.
    pub(crate) async fn precede<'a>(
        &'a self,
        commands: &[String],
        needed: impl Iterator<Item = String>,
    ) -> Result<Option<Begun<'a>>, DriverError> {
        let started = self.shared().events.start(None);
        let held = match self.wire().is_unsure() {
            false => self.wire().hold(commands, true)?,
            true => {
                let needed: Vec<String> = needed.collect();
                self.wire().hold(&[commands, &needed].concat(), true)?
            }
        };
        if held && started.is_none() {
            return Ok(None);
        }
        let sql = commands.join("; ");
        if held {
            let wait = || self.take_wait();
            self.shared().events.finish_command(started, &sql, wait, Ended::Rows(0));
            return Ok(None);
        }
        let mut begun: Begun<'a> =
            Box::pin(async move { self.command(&sql).await.map_err(DriverError::of_preceding) });
        match poll_fn(|cx| Poll::Ready(begun.as_mut().poll(cx))).await {
            Poll::Ready(result) => result.map(|()| None),
            Poll::Pending => Ok(Some(begun)),
        }
    }

    /// When the transaction began, by the server; `None` where it has failed.
    pub(crate) async fn began(&self) -> Result<Option<String>, Failed> {
        let rows = match self.wire().ask(catalogue::BEGAN, &[]).await.map_err(Failed::from) {
            Err(failed) if error::is_aborted(&failed.error) => return Ok(None),
            other => other?,
        };
        match rows.first() {
            Some(row) => Ok(Some(row.get(0)?)),
            None => Ok(None),
        }
    }

    /// Reports a statement that has ended.
    #[inline]
    pub(crate) fn ended(
        &self,
        started: Option<Started>,
        statement: &Statement,
        result: Result<u64, &Failed>,
    ) {
        let ended = match result {
            Ok(rows) => Ended::Rows(rows),
            Err(failed) => Ended::Failed(&failed.error),
        };
        self.ended_so(started, statement, ended);
    }

    #[inline]
    pub(crate) fn ended_so(
        &self,
        started: Option<Started>,
        statement: &Statement,
        ended: Ended<'_>,
    ) {
        self.shared().events.finish(started, statement, || self.take_wait(), ended);
    }
}
