//! A pool runs statements, and what runs them under settings of the session.

use super::Database;
use super::joint::Joint;
use crate::connection::{At, Enclosure, Outdated, Tidy, has_begun};
use crate::copy::Underway;
use crate::cursor::{BufferedCursor, PoolCursor};
use crate::error::Failed;
use crate::rows::Answer;
use crate::settings::{Doing, OWN};
use crate::shared_reads::SharedReads;
use crate::sql_text::can_be_declared;
use crate::transaction;
use futures_util::future::{join, try_join_all};
use orm_sql::Result;
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{
    Backend, BoxFuture, Command, Cursor, Executor, Job, Settings, Statement, Unit,
};
use orm_sql::row::RowSink;
use orm_sql::sql::{BEGIN, BEGIN_SNAPSHOT};
use std::ops::ControlFlow;
use std::time::Duration;

impl Database {
    /// The shared connections, for a statement that they take.
    fn sharing(&self, settings: &Settings, statement: &Statement) -> Option<&SharedReads> {
        let shared = self.inner.shared_reads.as_ref().filter(|shared| shared.takes(statement))?;
        (!self.encloses(settings)).then_some(shared)
    }

    /// True where statements under these settings have a transaction of their own.
    fn encloses(&self, settings: &Settings) -> bool {
        *settings != OWN && self.inner.pool.shared().is_passed_on()
    }

    /// Runs a statement on a shared connection, and on another where that was dead before.
    async fn share(
        &self,
        shared: &SharedReads,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64> {
        let mut attempts = self.inner.pool.attempts();
        loop {
            let result = shared.run(&self.inner.pool, settings, statement, sink).await;
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result;
            }
        }
    }
}

/// What a pool does under settings of the session.
impl Database {
    async fn run_within(
        &self,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64> {
        if let Some(shared) = self.sharing(settings, statement) {
            return Box::pin(self.share(shared, settings, statement, sink)).await;
        }
        let mut attempts = self.inner.pool.attempts();
        if statement.cached
            && let Some(joint) = Joint::of(&self.inner.pool).filter(|_| !self.encloses(settings))
            && let ControlFlow::Break(result) =
                attempts.settle(Box::pin(joint.run(settings, statement, sink)).await)
        {
            return result;
        }
        let mut again = self.encloses(settings);
        loop {
            let loan = self.inner.pool.check_out().await?;
            // Only text of the user's is sent once.
            let _tidy = match statement.cached {
                true => None,
                false => Tidy::after(&loan, &statement.sql),
            };
            loan.set_busy(true);
            let at = loan.at(settings);
            let result = match at.is_enclosed() {
                false => at.run(statement, sink, Outdated::PrepareAgain).await,
                true => Box::pin(at.run_enclosed(statement, sink)).await,
            };
            loan.settle(&result);
            if may_run_again(&result, &mut again) {
                continue;
            }
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result;
            }
        }
    }

    async fn run_all_within(
        &self,
        settings: &Settings,
        mut jobs: Vec<Job<'_>>,
    ) -> Result<Vec<u64>> {
        if let Some(shared) = &self.inner.shared_reads
            && jobs.iter().all(|job| self.sharing(settings, job.statement).is_some())
        {
            let all = jobs
                .into_iter()
                .map(async |job| self.share(shared, settings, job.statement, job.sink).await);
            return try_join_all(all).await;
        }
        let begin = self.encloses(settings).then_some(BEGIN);
        self.run_all_on_one(settings, begin, &mut jobs).await
    }

    /// The same on one connection; in a transaction of their own, where a text is said that begins it.
    async fn run_all_on_one(
        &self,
        settings: &Settings,
        begin: Option<&str>,
        jobs: &mut [Job<'_>],
    ) -> Result<Vec<u64>> {
        let mut attempts = self.inner.pool.attempts();
        let mut again = begin.is_some();
        loop {
            let loan = self.inner.pool.check_out().await?;
            loan.set_busy(true);
            let (at, count) = (loan.at(settings), jobs.len());
            let result = match begin {
                None => at.run_all(jobs, Outdated::PrepareAgain).await,
                Some(begin) => {
                    let reads = jobs.iter().all(|job| Doing::of(job.statement) == Doing::Reads);
                    let work = at.run_all(jobs, Outdated::Fail);
                    at.enclosed(begin, count, reads, work).await
                }
            };
            loan.settle(&result);
            if may_run_again(&result, &mut again) {
                continue;
            }
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result;
            }
        }
    }

    async fn open_within<'a>(
        &'a self,
        settings: &'a Settings,
        statement: Statement,
    ) -> Result<Box<dyn Cursor + 'a>> {
        let encloses = self.encloses(settings);
        let mut attempts = self.inner.pool.attempts();
        let mut again = encloses;
        loop {
            let loan = self.inner.pool.check_out().await?;
            loan.set_busy(true);
            let at = loan.at(settings);
            if encloses && !can_be_declared(&statement) {
                // Whether what it has written is kept is known at its end.
                let result = at.enclosed(BEGIN, 1, false, at.collect(&statement)).await;
                loan.settle(&result);
                if may_run_again(&result, &mut again) {
                    continue;
                }
                match attempts.settle(result) {
                    ControlFlow::Break(rows) => return Ok(Box::new(BufferedCursor::new(rows?))),
                    ControlFlow::Continue(()) => continue,
                }
            }
            let started = self.inner.pool.shared().events.start(Some(&statement));
            let result = begun(at, &statement).await;
            // Where it has begun, it goes on.
            if let Err(failed) = &result {
                loan.settle(&result);
                loan.ended(started, &statement, Err(failed));
            }
            if may_run_again(&result, &mut again) {
                continue;
            }
            if let ControlFlow::Break(result) = attempts.settle(result) {
                let cursor = PoolCursor::new(loan, settings.clone(), statement, started, result?);
                return Ok(Box::new(cursor) as Box<dyn Cursor>);
            }
        }
    }

    async fn command_within(&self, settings: &Settings, command: Command<'_>) -> Result<u64> {
        let mut underway = Underway::new(command);
        let mut attempts = self.inner.pool.attempts();
        loop {
            let loan = self.inner.pool.check_out().await?;
            let _tidy = underway.script().and_then(|sql| Tidy::after(&loan, sql));
            loan.set_busy(true);
            let at = loan.at(settings);
            let result = match at.is_enclosed() {
                false => at.carry_out(&mut underway).await,
                true => at.enclosed(BEGIN, usize::MAX, false, at.carry_out(&mut underway)).await,
            };
            loan.settle(&result);
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result;
            }
        }
    }
}

/// The rows of a statement that reads, as they arrive.
async fn begun(at: At<'_>, statement: &Statement) -> Result<Answer, Failed> {
    let result = match at.is_enclosed() {
        false => at.start(statement, Outdated::PrepareAgain).await,
        true => {
            let (around, begun) =
                Enclosure::begin(at, BEGIN, Doing::of(statement) == Doing::Reads).await?;
            let started = at.start(statement, Outdated::Fail);
            let (begun, started) = join(has_begun(begun), started).await;
            around.leave();
            begun.and(started)
        }
    };
    result.map_err(|failed| failed.asking(statement).of_tenant(at.settings()))
}

/// True, once, for a statement that was found outdated in a transaction of its own: it has undone
/// nothing, and can be prepared anew.
fn may_run_again<T>(result: &Result<T, Failed>, again: &mut bool) -> bool {
    result.as_ref().is_err_and(|failed| failed.outdated) && std::mem::take(again)
}

/// A pool under settings of the session.
struct Within<'a> {
    db: &'a Database,
    settings: Settings,
}

impl Within<'_> {
    fn parts(&self) -> (&Database, &Settings) {
        (self.db, &self.settings)
    }
}

impl Database {
    fn parts(&self) -> (&Database, &Settings) {
        (self, &OWN)
    }
}

macro_rules! backends {
    ($($name:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Executor for $name {
            #[inline]
            fn as_dyn(&self) -> &dyn Backend {
                self
            }
        }

        impl Backend for $name {
            fn as_executor(&self) -> &dyn Executor {
                self
            }

            fn run<'a>(
                &'a self,
                statement: &'a Statement,
                sink: &'a mut dyn RowSink,
            ) -> BoxFuture<'a, Result<u64>> {
                let (db, settings) = self.parts();
                Box::pin(db.run_within(settings, statement, sink))
            }

            fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
                let (db, settings) = self.parts();
                Box::pin(db.run_all_within(settings, jobs))
            }

            fn reads_ahead(&self) -> Option<Duration> {
                self.parts().0.inner.pool.shared().distance.reads_ahead()
            }

            fn run_all_alike<'a>(
                &'a self,
                mut jobs: Vec<Job<'a>>,
            ) -> BoxFuture<'a, Result<Vec<u64>>> {
                let (db, settings) = self.parts();
                Box::pin(async move {
                    db.run_all_on_one(settings, Some(BEGIN_SNAPSHOT), &mut jobs).await
                })
            }

            fn at_once<'a>(&'a self, work: BoxFuture<'a, ()>) -> BoxFuture<'a, Result<()>> {
                let (db, settings) = self.parts();
                match db.encloses(settings) {
                    false => db.jointly(work),
                    // Each has a transaction of its own, and none can be in that of another.
                    true => Box::pin(async move {
                        work.await;
                        Ok(())
                    }),
                }
            }

            fn open<'a>(
                &'a self,
                statement: Statement,
            ) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
                let (db, settings) = self.parts();
                Box::pin(db.open_within(settings, statement))
            }

            fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
                let (db, settings) = self.parts();
                Box::pin(db.command_within(settings, command))
            }

            fn begin_unit(
                &self,
                options: TransactionOptions,
            ) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
                let (db, settings) = self.parts();
                Box::pin(async move {
                    let begun = transaction::begin(&db.inner.pool, settings, options).await?;
                    Ok(Box::new(begun) as Box<dyn Unit>)
                })
            }

            fn after_commit(&self, work: CommitHook) -> OnCommit {
                OnCommit::running(Box::pin(transaction::after::run(vec![work])))
            }

            fn in_transaction(&self) -> bool {
                false
            }

            fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
                Box::pin(tokio::time::sleep(time))
            }

            fn time_zone(&self) -> &str {
                &self.parts().0.inner.pool.shared().time_zone
            }

            fn within(&self, settings: Settings) -> Box<dyn Backend + '_> {
                let (db, own) = self.parts();
                Box::new(Within { db, settings: settings.or(own) })
            }
        }
    )*};
}
backends!(Database, Within<'_>);
