//! An executor on another one: with a time zone, a schema or a tenant of its own.

use super::tenancy::{Settings, Tenancy};
use super::transaction::{CommitHook, OnCommit, TransactionOptions};
use super::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use crate::error::Result;
use crate::row::RowSink;
use std::sync::Arc;
use std::time::Duration;

/// What is said otherwise than beneath.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) zone: Option<Arc<str>>,
    pub(super) tenancy: Option<Tenancy>,
}

/// What is beneath.
enum Beneath<'a> {
    Borrowed(&'a dyn Backend),
    /// The same under other settings of the session.
    Within(Box<dyn Backend + 'a>),
}

/// An executor on another one.
pub(super) struct Layer<'a> {
    beneath: Beneath<'a>,
    pub(super) said: Said,
}

impl<'a> Layer<'a> {
    pub(super) fn new(db: &'a dyn Backend, said: Said) -> Self {
        Layer { beneath: Beneath::Borrowed(db), said }
    }

    /// One whose statements run under settings of the session.
    pub(super) fn within(db: &'a dyn Backend, settings: Settings, said: Said) -> Self {
        Layer { beneath: Beneath::Within(db.within(settings)), said }
    }

    pub(super) fn of(db: Box<dyn Backend + 'a>) -> Self {
        Layer { beneath: Beneath::Within(db), said: Said::default() }
    }

    fn inner(&self) -> &dyn Backend {
        match &self.beneath {
            Beneath::Borrowed(db) => *db,
            Beneath::Within(db) => &**db,
        }
    }
}

/// A transaction that was begun on one.
struct UnitLayer {
    unit: Box<dyn Unit>,
    said: Said,
}

impl UnitLayer {
    fn inner(&self) -> &dyn Backend {
        &*self.unit
    }
}

macro_rules! layers {
    ($($wrapper:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Executor for $wrapper {
            fn as_dyn(&self) -> &dyn Backend {
                self
            }
        }

        impl Backend for $wrapper {
            fn as_executor(&self) -> &dyn Executor {
                self
            }

            fn run<'s>(
                &'s self,
                statement: &'s Statement,
                sink: &'s mut dyn RowSink,
            ) -> BoxFuture<'s, Result<u64>> {
                self.inner().run(statement, sink)
            }

            fn run_all<'s>(&'s self, jobs: Vec<Job<'s>>) -> BoxFuture<'s, Result<Vec<u64>>> {
                self.inner().run_all(jobs)
            }

            fn reads_ahead(&self) -> Option<Duration> {
                self.inner().reads_ahead()
            }

            fn run_all_alike<'s>(
                &'s self,
                jobs: Vec<Job<'s>>,
            ) -> BoxFuture<'s, Result<Vec<u64>>> {
                self.inner().run_all_alike(jobs)
            }

            fn at_once<'s>(&'s self, work: BoxFuture<'s, ()>) -> BoxFuture<'s, Result<()>> {
                self.inner().at_once(work)
            }

            fn open<'s>(
                &'s self,
                statement: Statement,
            ) -> BoxFuture<'s, Result<Box<dyn Cursor + 's>>> {
                self.inner().open(statement)
            }

            fn command<'s>(&'s self, command: Command<'s>) -> BoxFuture<'s, Result<u64>> {
                self.inner().command(command)
            }

            fn begin_unit(
                &self,
                options: TransactionOptions,
            ) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
                Box::pin(async move {
                    let unit = self.inner().begin_unit(options).await?;
                    let said = self.said.clone();
                    Ok(Box::new(UnitLayer { unit, said }) as Box<dyn Unit>)
                })
            }

            fn after_commit(&self, work: CommitHook) -> OnCommit {
                self.inner().after_commit(work)
            }

            fn in_transaction(&self) -> bool {
                self.inner().in_transaction()
            }

            fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
                self.inner().sleep(time)
            }

            fn time_zone(&self) -> &str {
                self.said.zone.as_deref().unwrap_or_else(|| self.inner().time_zone())
            }

            fn tenancy(&self) -> &Tenancy {
                self.said.tenancy.as_ref().unwrap_or_else(|| self.inner().tenancy())
            }

            fn within(&self, settings: Settings) -> Box<dyn Backend + '_> {
                Box::new(Layer::within(self.inner(), settings, self.said.clone()))
            }
        }
    )*};
}
layers!(Layer<'_>, UnitLayer);

impl Unit for UnitLayer {
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
