//! An executor with a time zone of its own.

use super::transaction::{CommitHook, OnCommit, TransactionOptions};
use super::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use crate::error::Result;
use crate::row::RowSink;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// An executor whose moments fall on the days and hours of a time zone: [`Executor::in_zone`].
pub struct InZone<'a> {
    db: &'a dyn Backend,
    zone: Arc<str>,
}

impl<'a> InZone<'a> {
    pub(super) fn new(db: &'a dyn Backend, zone: &str) -> Self {
        InZone { db, zone: zone.into() }
    }

    fn inner(&self) -> &dyn Backend {
        self.db
    }
}

impl fmt::Debug for InZone<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InZone").field("zone", &self.zone).finish_non_exhaustive()
    }
}

/// A transaction that was begun on one.
struct UnitInZone {
    unit: Box<dyn Unit>,
    zone: Arc<str>,
}

impl UnitInZone {
    fn inner(&self) -> &dyn Backend {
        &*self.unit
    }
}

macro_rules! in_zone {
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
                    let zone = self.zone.clone();
                    Ok(Box::new(UnitInZone { unit, zone }) as Box<dyn Unit>)
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
                &self.zone
            }
        }
    )*};
}
in_zone!(InZone<'_>, UnitInZone);

impl Unit for UnitInZone {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        self.unit.commit()
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        self.unit.rollback()
    }

    fn may_succeed_again(&self) -> bool {
        self.unit.may_succeed_again()
    }
}
