//! Transactions and savepoints, as executors.

pub(crate) mod after;
mod begin;
mod cursor;
mod scope;
mod session;

pub(crate) use begin::begin;

use crate::connection::Outdated;
use crate::cursor::BufferedCursor;
use crate::sql_text::can_be_declared;
use cursor::ServerCursor;
use orm_sql::Result;
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{Backend, BoxFuture, Command, Cursor, Job, Statement, Unit};
use orm_sql::row::RowSink;
use scope::Scope;
use std::time::Duration;

impl Backend for Scope {
    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.watch(self.connection().run(statement, sink, Outdated::Fail)))
    }

    fn run_all<'a>(&'a self, mut jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(
            async move { self.watch(self.connection().run_all(&mut jobs, Outdated::Fail)).await },
        )
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(async move {
            if can_be_declared(&statement) {
                let number = self.session.number();
                let cursor = self.watch(ServerCursor::declare(self, statement, number)).await?;
                self.session.open_cursor(number);
                return Ok(Box::new(cursor) as Box<dyn Cursor>);
            }
            let rows = self.watch(self.connection().collect(&statement)).await?;
            Ok(Box::new(BufferedCursor::new(rows)) as Box<dyn Cursor>)
        })
    }

    fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut command = command;
            self.watch(self.connection().carry_out(&mut command)).await
        })
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            begin::refuse_options(&options)?;
            Ok(Box::new(self.savepoint().await?) as Box<dyn Unit>)
        })
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.session.add_hook(work);
        OnCommit::registered()
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn time_zone(&self) -> &str {
        &self.connection().shared().time_zone
    }
}

impl Unit for Scope {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.keep())
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(self.undo())
    }

    fn may_succeed_again(&self) -> bool {
        self.session.is_outrun()
    }
}
