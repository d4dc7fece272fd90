//! What a driver has to offer: statements, cursors, commands, transactions.

use super::tenancy::{Settings, Tenancy};
use super::transaction::{CommitHook, OnCommit, TransactionOptions};
use super::{BoxFuture, ByteSink, CopyIn, CopyOut, Executor, RowSource, Statement};
use crate::error::Result;
use crate::row::RowSink;
use std::task::{Context, Poll};
use std::time::Duration;

/// A statement and the sink of its rows.
pub struct Job<'a> {
    /// What to run.
    pub statement: &'a Statement,
    /// Where its rows go.
    pub sink: &'a mut dyn RowSink,
}

/// What is neither a query nor sent as one.
pub enum Command<'a> {
    /// SQL without parameters, such as a script of DDL. Several statements run as one
    /// transaction, unless they say otherwise.
    Script(&'a str),
    /// Rows that are sent by COPY: all of them are there then, or none.
    CopyIn(&'a CopyIn, &'a mut dyn RowSource),
    /// The rows of a query, written as text.
    CopyOut(&'a CopyOut, &'a mut dyn ByteSink),
}

/// What runs statements: the pool of a driver, or a transaction of it.
///
/// Whatever stands for one of these is an [`Executor`], which is what queries
/// take.
pub trait Backend: Send + Sync {
    /// It as what queries take: `self`.
    fn as_executor(&self) -> &dyn Executor;

    /// Runs one statement, gives its rows to the sink, and returns how many rows it touched.
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Runs several statements on one connection without waiting in between: one round trip.
    /// The first error ends the batch.
    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>>;

    /// How long an answer takes to come at the least, where that is so long that a statement which reads
    /// what belongs to the rows of another may better be sent with it, and both can see the same state of
    /// the tables. [`Duration::MAX`] where it is always to be so; `None` where it is not.
    fn reads_ahead(&self) -> Option<Duration> {
        None
    }

    /// [`run_all`](Self::run_all) of statements that read, all of them the same state of the tables. Only
    /// where [`reads_ahead`](Self::reads_ahead) says so.
    fn run_all_alike<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        self.run_all(jobs)
    }

    /// Carries out work that runs several statements at the same time: those of a pool share a
    /// connection then, and one round trip, once they are prepared.
    fn at_once<'a>(&'a self, work: BoxFuture<'a, ()>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            work.await;
            Ok(())
        })
    }

    /// Opens a cursor whose rows arrive as they are asked for.
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>>;

    /// Runs a command on one connection, and returns how many rows were copied.
    fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>>;

    /// Begins a transaction, or a savepoint inside of one.
    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>>;

    /// Runs work after the commit of the outermost transaction, or at once where there is none.
    fn after_commit(&self, work: CommitHook) -> OnCommit;

    /// True inside of a transaction.
    fn in_transaction(&self) -> bool;

    /// Waits, by the timer of the driver's runtime.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;

    /// The time zone of date parts and truncations.
    fn time_zone(&self) -> &str {
        "UTC"
    }

    /// The tenant whose rows are seen of models that have tenants.
    fn tenancy(&self) -> &Tenancy {
        &Tenancy::Unsaid
    }

    /// The same backend, with the session set otherwise while its statements run. Where the
    /// settings say nothing of a schema or a tenant, those of this one stay.
    fn within(&self, settings: Settings) -> Box<dyn Backend + '_>;
}

/// A unit of work, as executors make it: a transaction, or a savepoint within one. Dropped without
/// [`Unit::commit`], it is rolled back before its connection is used again.
pub trait Unit: Backend {
    /// Keeps what was done. After the outermost commit, work registered by
    /// [`Backend::after_commit`] runs.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
    /// Undoes what was done.
    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
    /// True when its last statement failed because of what others did at the same time (40001,
    /// 40P01), so that running all of it again may succeed.
    fn may_succeed_again(&self) -> bool;

    /// The next statement, or batch of statements, is the last one: where it succeeds, nothing but
    /// [`commit`](Self::commit) follows, which may be sent together with it.
    fn ends_with_next(&self) {}

    /// True where it is known that nothing was done in it so far.
    fn is_untouched(&self) -> bool {
        false
    }
}

/// Rows that arrive as they are asked for. Memory stays bounded by what the driver has read.
pub trait Cursor: Send {
    /// Gives the rows that are there (at least one) to the sink; false when there are no more.
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>>;

    /// Gives up to so many rows to the sink, without a future for them; false when there are no
    /// more. `None` where this cursor has [`Cursor::next`] only.
    fn poll_rows(
        &mut self,
        _: &mut Context<'_>,
        _: usize,
        _: &mut dyn RowSink,
    ) -> Option<Poll<Result<bool>>> {
        None
    }
}
