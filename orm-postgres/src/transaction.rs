//! Transactions and savepoints, as executors.

pub(crate) mod after;
mod begin;
mod cursor;
mod scope;
mod session;

pub(crate) use begin::begin;

use crate::connection::Outdated;
use crate::cursor::BufferedCursor;
use crate::sql_text::{can_be_declared, may_end, script_may_end};
use cursor::ServerCursor;
use orm_sql::Result;
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use orm_sql::row::RowSink;
use scope::Scope;
use std::time::Duration;

#[diagnostic::do_not_recommend]
impl Executor for Scope {
    #[inline]
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl Backend for Scope {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let session = self.session()?;
            let work = Scope::run_first(&session, statement, sink);
            match ends_transaction(statement) {
                false => self.watch(&session, work).await,
                true => Box::pin(self.watch_closely(&session, &statement.sql, work)).await,
            }
        })
    }

    fn run_all<'a>(&'a self, mut jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(async move {
            let session = self.session()?;
            self.watch(&session, session.connection.run_all(&mut jobs, Outdated::Fail)).await
        })
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(async move {
            let session = self.session()?;
            if can_be_declared(&statement) {
                let number = session.number();
                let declared = ServerCursor::declare(self, &session, statement, number);
                let cursor = self.watch(&session, declared).await?;
                session.open_cursor(number);
                return Ok(Box::new(cursor) as Box<dyn Cursor>);
            }
            let work = session.connection.collect(&statement);
            let rows = match ends_transaction(&statement) {
                false => self.watch(&session, work).await?,
                true => Box::pin(self.watch_closely(&session, &statement.sql, work)).await?,
            };
            Ok(Box::new(BufferedCursor::new(rows)) as Box<dyn Cursor>)
        })
    }

    fn command<'a>(&'a self, mut command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let session = self.session()?;
            let script = match command {
                Command::Script(sql) => Some(sql).filter(|sql| script_may_end(sql)),
                Command::CopyIn(..) | Command::CopyOut(..) => None,
            };
            let work = session.connection.carry_out(&mut command);
            match script {
                None => self.watch(&session, work).await,
                Some(sql) => self.watch_closely(&session, sql, work).await,
            }
        })
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            begin::refuse_options(&options)?;
            Ok(Box::new(self.savepoint().await?) as Box<dyn Unit>)
        })
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.add_hook(work);
        OnCommit::registered()
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    fn time_zone(&self) -> &str {
        &self.shared.time_zone
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
        self.session().is_ok_and(|session| session.is_outrun())
    }
}

/// True for text of the user's that may end the transaction.
fn ends_transaction(statement: &Statement) -> bool {
    statement.about.work.reads().is_none() && may_end(&statement.sql)
}
