//! What a connection offers to the ORM, free of any driver.

mod copy;
pub mod n_plus_one;
pub mod transaction;
pub mod watch;

pub use copy::{ByteSink, CopyIn, CopyOut, RowSource};

use crate::column::CellError;
use crate::error::Result;
use crate::row::{Cells, RowSink};
use crate::value::{SqlType, SqlValue};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use transaction::{Begin, CommitHook, OnCommit, TransactionOptions};
use watch::About;

/// A future in a box, as the object-safe executor returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// SQL text with its parameters and what it returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statement {
    /// The text; equal texts share a prepared statement.
    pub sql: String,
    /// The parameters, with the types that the statement is prepared with.
    pub params: Vec<(SqlValue, SqlType)>,
    /// The columns that come back; empty for none.
    pub columns: Vec<OutputColumn>,
    /// False for text that is sent once, which is not worth a place in the statement cache.
    pub cached: bool,
    /// The model, the relation, and the place in the user's source; for instrumentation.
    pub about: About,
}

/// A column that comes back.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputColumn {
    /// The model it belongs to, or the query's own name for the row; for messages.
    pub model: &'static str,
    /// The field, or a place; for messages.
    pub field: &'static str,
    /// The type that its decoder reads.
    pub sql_type: SqlType,
}

/// A sink for statements that return nothing.
#[derive(Debug, Default)]
pub struct NoRows;

impl RowSink for NoRows {
    fn row(&mut self, _: &dyn Cells) -> Result<()> {
        Ok(())
    }
}

/// A statement and the sink of its rows.
pub struct Job<'a> {
    /// What to run.
    pub statement: &'a Statement,
    /// Where its rows go.
    pub sink: &'a mut dyn RowSink,
}

/// Runs statements: a pool, a connection, a transaction.
///
/// Functions of yours take `&impl Executor`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run queries",
    label = "expected a `&Database`, a `&Transaction` or another executor"
)]
pub trait Executor: Send + Sync {
    /// Runs one statement, gives its rows to the sink, and returns how many rows it touched.
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Runs several statements on one connection without waiting in between: one round trip.
    /// The first error ends the batch.
    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>>;

    /// Opens a cursor whose rows arrive as they are asked for.
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>>;

    /// Sends rows by COPY, and returns how many there were. All of them are there then, or none.
    fn copy_in<'a>(
        &'a self,
        copy: &'a CopyIn,
        rows: &'a mut dyn RowSource,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Writes the rows of a query as text, and returns how many lines there were.
    fn copy_out<'a>(
        &'a self,
        copy: &'a CopyOut,
        sink: &'a mut dyn ByteSink,
    ) -> BoxFuture<'a, Result<u64>>;

    /// Runs SQL without parameters, such as a script of DDL, on one connection. Several
    /// statements run as one transaction, unless they say otherwise.
    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Begins a transaction, or a savepoint inside of one: `Begin::new(self)`. Without
    /// [`commit`](crate::exec::transaction::Transaction::commit) it is rolled back.
    ///
    /// ```
    /// use orm_core::exec::Executor;
    /// use orm_core::exec::transaction::IsolationLevel::Serializable;
    /// # async fn f(db: &impl Executor) -> orm_core::Result<()> {
    /// let tx = db.begin().isolation(Serializable).await?;
    /// tx.commit().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn begin(&self) -> Begin<'_>;

    /// What [`Executor::begin`] does when it is awaited.
    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>>;

    /// Runs work after the commit of the outermost transaction, or at once where there is none:
    /// [`Transactions::on_commit`](crate::exec::transaction::Transactions::on_commit).
    fn after_commit(&self, work: CommitHook) -> OnCommit;

    /// True inside of a transaction.
    fn in_transaction(&self) -> bool;

    /// Waits, by the timer of the executor's runtime.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()>;

    /// The time zone of date parts and truncations.
    fn time_zone(&self) -> &str {
        "UTC"
    }
}

/// A unit of work, as executors make it: a transaction, or a savepoint within one. Dropped without
/// [`Unit::commit`], it is rolled back before its connection is used again.
pub trait Unit: Executor {
    /// Keeps what was done. After the outermost commit, work registered by
    /// [`Executor::after_commit`] runs.
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
    /// Undoes what was done.
    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>>;
    /// True when its last statement failed because of what others did at the same time (40001,
    /// 40P01), so that running all of it again may succeed.
    fn may_succeed_again(&self) -> bool;
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

#[diagnostic::do_not_recommend]
impl<E: Executor + ?Sized> Executor for &E {
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        (**self).run(statement, sink)
    }
    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        (**self).run_all(jobs)
    }
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        (**self).open(statement)
    }
    fn copy_in<'a>(
        &'a self,
        copy: &'a CopyIn,
        rows: &'a mut dyn RowSource,
    ) -> BoxFuture<'a, Result<u64>> {
        (**self).copy_in(copy, rows)
    }
    fn copy_out<'a>(
        &'a self,
        copy: &'a CopyOut,
        sink: &'a mut dyn ByteSink,
    ) -> BoxFuture<'a, Result<u64>> {
        (**self).copy_out(copy, sink)
    }
    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        (**self).batch_execute(sql)
    }
    fn begin(&self) -> Begin<'_> {
        (**self).begin()
    }
    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        (**self).begin_unit(options)
    }
    fn after_commit(&self, work: CommitHook) -> OnCommit {
        (**self).after_commit(work)
    }
    fn in_transaction(&self) -> bool {
        (**self).in_transaction()
    }
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        (**self).sleep(time)
    }
    fn time_zone(&self) -> &str {
        (**self).time_zone()
    }
}

/// An error of a cell as the user sees it: the model and field of the column are named.
pub fn cell_error(statement: &Statement, column: usize, error: &CellError) -> crate::Error {
    let place = statement.columns.get(column);
    crate::Error::Decode {
        model: place.map_or_else(|| "the query's row".to_owned(), |c| c.model.to_owned()),
        field: place.map_or_else(|| format!("column {}", column + 1), |c| c.field.to_owned()),
        message: error.to_string(),
    }
}

/// Any executor in one type, for structs and trait objects of yours.
///
/// ```
/// use orm_core::exec::{AnyExecutor, Executor};
///
/// struct Repository<'a> {
///     db: AnyExecutor<'a>,
/// }
/// fn repository(db: &impl Executor) -> Repository<'_> {
///     Repository { db: AnyExecutor::new(db) }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct AnyExecutor<'a>(&'a dyn Executor);

impl<'a> AnyExecutor<'a> {
    /// Borrows an executor and forgets its type.
    pub fn new(executor: &'a impl Executor) -> Self {
        AnyExecutor(executor)
    }
}

#[diagnostic::do_not_recommend]
impl Executor for AnyExecutor<'_> {
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        self.0.run(statement, sink)
    }
    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        self.0.run_all(jobs)
    }
    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        self.0.open(statement)
    }
    fn copy_in<'a>(
        &'a self,
        copy: &'a CopyIn,
        rows: &'a mut dyn RowSource,
    ) -> BoxFuture<'a, Result<u64>> {
        self.0.copy_in(copy, rows)
    }
    fn copy_out<'a>(
        &'a self,
        copy: &'a CopyOut,
        sink: &'a mut dyn ByteSink,
    ) -> BoxFuture<'a, Result<u64>> {
        self.0.copy_out(copy, sink)
    }
    fn batch_execute<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<()>> {
        self.0.batch_execute(sql)
    }
    fn begin(&self) -> Begin<'_> {
        self.0.begin()
    }
    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        self.0.begin_unit(options)
    }
    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.0.after_commit(work)
    }
    fn in_transaction(&self) -> bool {
        self.0.in_transaction()
    }
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(time)
    }
    fn time_zone(&self) -> &str {
        self.0.time_zone()
    }
}
