//! Transactions and savepoints, as executors.

pub(crate) mod after;
mod begin;
mod cursor;
mod scope;
mod session;

pub(crate) use begin::begin;

use crate::connection::Outdated;
use crate::copy::Underway;
use crate::cursor::BufferedCursor;
use crate::sql_text::{can_be_declared, may_end, script_may_end};
use cursor::ServerCursor;
use orm_sql::Result;
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{
    Backend, BoxFuture, Command, Cursor, Executor, Job, Settings, Statement, Unit,
};
use orm_sql::row::RowSink;
use scope::Scope;
use std::time::Duration;

/// What a transaction does under settings of the session.
impl Scope {
    async fn run_within(
        &self,
        settings: Option<&Settings>,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64> {
        let session = self.session()?;
        let settings = settings.unwrap_or(session.settings());
        if session.takes_end(self.savepoint) {
            let work = session.connection.at(settings).run(statement, sink, Outdated::Fail);
            return Box::pin(self.finally(&session, settings, 1, work)).await;
        }
        let work = Scope::run_first(&session, settings, statement, sink);
        match ends_transaction(statement) {
            false => self.watch(&session, settings, work).await,
            true => {
                let sql = &statement.sql;
                Box::pin(self.watch_closely(&session, settings, sql, work)).await
            }
        }
    }

    async fn run_all_within(
        &self,
        settings: Option<&Settings>,
        mut jobs: Vec<Job<'_>>,
    ) -> Result<Vec<u64>> {
        let session = self.session()?;
        let settings = settings.unwrap_or(session.settings());
        let count = jobs.len();
        let work = session.connection.at(settings).run_all(&mut jobs, Outdated::Fail);
        match session.takes_end(self.savepoint) {
            false => self.watch(&session, settings, work).await,
            true => Box::pin(self.finally(&session, settings, count, work)).await,
        }
    }

    async fn open_within<'a>(
        &'a self,
        settings: Option<&Settings>,
        statement: Statement,
    ) -> Result<Box<dyn Cursor + 'a>> {
        let session = self.session()?;
        let settings = settings.unwrap_or(session.settings());
        if can_be_declared(&statement) {
            let number = session.number();
            let declared = ServerCursor::declare(self, &session, settings, statement, number);
            let cursor = self.watch(&session, settings, declared).await?;
            session.open_cursor(number);
            return Ok(Box::new(cursor) as Box<dyn Cursor>);
        }
        let work = session.connection.at(settings).collect(&statement);
        let rows = match ends_transaction(&statement) {
            false => self.watch(&session, settings, work).await?,
            true => Box::pin(self.watch_closely(&session, settings, &statement.sql, work)).await?,
        };
        Ok(Box::new(BufferedCursor::new(rows)) as Box<dyn Cursor>)
    }

    async fn command_within(
        &self,
        settings: Option<&Settings>,
        command: Command<'_>,
    ) -> Result<u64> {
        let session = self.session()?;
        let settings = settings.unwrap_or(session.settings());
        let mut underway = Underway::new(command);
        let script = underway.script().filter(|sql| script_may_end(sql));
        let work = session.connection.at(settings).carry_out(&mut underway);
        match script {
            None => self.watch(&session, settings, work).await,
            Some(sql) => self.watch_closely(&session, settings, sql, work).await,
        }
    }

    fn parts(&self) -> (&Scope, Option<&Settings>) {
        (self, None)
    }
}

/// A transaction under settings of the session that are others than those that it was begun under.
struct Within<'a> {
    tx: &'a Scope,
    settings: Settings,
}

impl Within<'_> {
    fn parts(&self) -> (&Scope, Option<&Settings>) {
        (self.tx, Some(&self.settings))
    }
}

/// A savepoint that was begun under other settings than its transaction.
struct UnitWithin {
    unit: Box<Scope>,
    settings: Settings,
}

impl UnitWithin {
    fn parts(&self) -> (&Scope, Option<&Settings>) {
        (&self.unit, Some(&self.settings))
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
                let (tx, settings) = self.parts();
                Box::pin(tx.run_within(settings, statement, sink))
            }

            fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
                let (tx, settings) = self.parts();
                Box::pin(tx.run_all_within(settings, jobs))
            }

            fn reads_ahead(&self) -> Option<Duration> {
                let (tx, _) = self.parts();
                let sees_one_state = || tx.session().is_ok_and(|session| session.one_state);
                tx.shared.distance.reads_ahead().filter(|_| sees_one_state())
            }

            fn open<'a>(
                &'a self,
                statement: Statement,
            ) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
                let (tx, settings) = self.parts();
                Box::pin(tx.open_within(settings, statement))
            }

            fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
                let (tx, settings) = self.parts();
                Box::pin(tx.command_within(settings, command))
            }

            fn begin_unit(
                &self,
                options: TransactionOptions,
            ) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
                let (tx, settings) = self.parts();
                Box::pin(async move {
                    begin::refuse_options(&options)?;
                    let unit = Box::new(tx.savepoint().await?);
                    Ok(match settings.cloned() {
                        None => unit as Box<dyn Unit>,
                        Some(settings) => Box::new(UnitWithin { unit, settings }),
                    })
                })
            }

            fn after_commit(&self, work: CommitHook) -> OnCommit {
                self.parts().0.add_hook(work);
                OnCommit::registered()
            }

            fn in_transaction(&self) -> bool {
                true
            }

            fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
                Box::pin(tokio::time::sleep(time))
            }

            fn time_zone(&self) -> &str {
                &self.parts().0.shared.time_zone
            }

            fn within(&self, settings: Settings) -> Box<dyn Backend + '_> {
                let (tx, own) = self.parts();
                let begun = tx.session().map(|session| session.settings().clone());
                let settings = settings.or(&own.cloned().or(begun.ok()).unwrap_or_default());
                Box::new(Within { tx, settings })
            }
        }
    )*};
}
backends!(Scope, Within<'_>, UnitWithin);

impl Unit for UnitWithin {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        self.unit.commit()
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        self.unit.rollback()
    }

    fn may_succeed_again(&self) -> bool {
        self.unit.may_succeed_again()
    }

    fn ends_with_next(&self) {
        self.unit.ends_with_next();
    }

    fn is_untouched(&self) -> bool {
        self.unit.is_untouched()
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

    fn ends_with_next(&self) {
        if let Ok(session) = self.session() {
            session.ends_with_next();
        }
    }

    fn is_untouched(&self) -> bool {
        let of_whole = self.savepoint.is_none();
        of_whole && self.session().is_ok_and(|session| session.is_untouched())
    }
}

/// True for text of the user's that may end the transaction.
fn ends_transaction(statement: &Statement) -> bool {
    statement.about.work.reads().is_none() && may_end(&statement.sql)
}
