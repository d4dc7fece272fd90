//! A pool runs statements.

use super::Database;
use super::joint::Joint;
use crate::connection::{Outdated, Tidy};
use crate::cursor::PoolCursor;
use crate::shared_reads::SharedReads;
use crate::transaction;
use futures_util::future::try_join_all;
use orm_sql::Result;
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use orm_sql::row::RowSink;
use std::ops::ControlFlow;
use std::time::Duration;

impl Database {
    /// The shared connections, for a statement that they take.
    fn sharing(&self, statement: &Statement) -> Option<&SharedReads> {
        self.shared_reads.as_deref().filter(|shared| shared.takes(statement))
    }

    /// Runs a statement on a shared connection, and on another where that was dead before.
    async fn share(
        &self,
        shared: &SharedReads,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64> {
        let mut attempts = self.pool.attempts();
        loop {
            let result = shared.run(&self.pool, statement, sink).await;
            if let ControlFlow::Break(result) = attempts.settle(result) {
                return result;
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Database {
    #[inline]
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl Backend for Database {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            if let Some(shared) = self.sharing(statement) {
                return Box::pin(self.share(shared, statement, sink)).await;
            }
            let mut attempts = self.pool.attempts();
            if statement.cached
                && let Some(joint) = Joint::of(&self.pool)
                && let ControlFlow::Break(result) =
                    attempts.settle(joint.run(statement, sink).await)
            {
                return result;
            }
            loop {
                let loan = self.pool.check_out().await?;
                // Only text of the user's is sent once.
                let _tidy = match statement.cached {
                    true => None,
                    false => Tidy::after(&loan, &statement.sql),
                };
                loan.set_busy(true);
                let result = loan.run(statement, sink, Outdated::PrepareAgain).await;
                loan.settle(&result);
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn run_all<'a>(&'a self, mut jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            if let Some(shared) = &self.shared_reads
                && jobs.iter().all(|job| shared.takes(job.statement))
            {
                let all = jobs
                    .into_iter()
                    .map(async |job| self.share(shared, job.statement, job.sink).await);
                return try_join_all(all).await;
            }
            let mut attempts = self.pool.attempts();
            loop {
                let loan = self.pool.check_out().await?;
                loan.set_busy(true);
                let result = loan.run_all(&mut jobs, Outdated::PrepareAgain).await;
                loan.settle(&result);
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn at_once<'a>(&'a self, work: BoxFuture<'a, ()>) -> BoxFuture<'a, Result<()>> {
        self.jointly(work)
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(async move {
            let mut attempts = self.pool.attempts();
            loop {
                let loan = self.pool.check_out().await?;
                loan.set_busy(true);
                let started = self.pool.shared().events.start(Some(&statement));
                let result = loan.start(&statement, Outdated::PrepareAgain).await;
                let result = result.map_err(|failed| failed.asking(&statement));
                // Where it has begun, it goes on.
                if let Err(failed) = &result {
                    loan.settle(&result);
                    loan.ended(started, &statement, Err(failed));
                }
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    let cursor = PoolCursor::new(loan, statement, started, result?);
                    return Ok(Box::new(cursor) as Box<dyn Cursor>);
                }
            }
        })
    }

    fn command<'a>(&'a self, mut command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut attempts = self.pool.attempts();
            loop {
                let loan = self.pool.check_out().await?;
                let _tidy = match command {
                    Command::Script(sql) => Tidy::after(&loan, sql),
                    Command::CopyIn(..) | Command::CopyOut(..) => None,
                };
                loan.set_busy(true);
                let result = loan.carry_out(&mut command).await;
                loan.settle(&result);
                if let ControlFlow::Break(result) = attempts.settle(result) {
                    return result;
                }
            }
        })
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            Ok(Box::new(transaction::begin(&self.pool, options).await?) as Box<dyn Unit>)
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
        &self.pool.shared().time_zone
    }
}
