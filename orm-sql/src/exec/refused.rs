//! A backend that does nothing: each of its statements is the same error.

use super::tenancy::Settings;
use super::transaction::{CommitHook, OnCommit, TransactionOptions};
use super::{Backend, BoxFuture, Command, Cursor, Executor, Job, Statement, Unit};
use crate::error::{Error, Result};
use crate::row::RowSink;
use std::future::ready;
use std::time::Duration;

/// What stands in the place of a backend that cannot be had, with the reason.
#[derive(Clone, Debug)]
pub struct Refused(String);

impl Refused {
    /// Whatever is done is this mistake.
    pub fn new(message: impl Into<String>) -> Self {
        Refused(message.into())
    }

    fn refuse<'a, T: Send + 'a>(&self) -> BoxFuture<'a, Result<T>> {
        Box::pin(ready(Err(Error::Usage(self.0.clone()))))
    }
}

#[diagnostic::do_not_recommend]
impl Executor for Refused {
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl Backend for Refused {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(&'a self, _: &'a Statement, _: &'a mut dyn RowSink) -> BoxFuture<'a, Result<u64>> {
        self.refuse()
    }

    fn run_all<'a>(&'a self, _: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        self.refuse()
    }

    fn open<'a>(&'a self, _: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        self.refuse()
    }

    fn command<'a>(&'a self, _: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        self.refuse()
    }

    fn begin_unit(&self, _: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        self.refuse()
    }

    fn after_commit(&self, _: CommitHook) -> OnCommit {
        OnCommit::registered()
    }

    fn in_transaction(&self) -> bool {
        false
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ready(()))
    }

    fn within(&self, _: Settings) -> Box<dyn Backend + '_> {
        Box::new(self.clone())
    }
}
