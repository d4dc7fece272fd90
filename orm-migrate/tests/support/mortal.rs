//! A process that is killed at one of its statements.

use orm_sql::error::{Error, Result};
use orm_sql::exec::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm_sql::exec::{
    Backend, BoxFuture, Command, Cursor, Executor, Job, Settings, Statement, Unit,
};
use orm_sql::row::RowSink;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How many statements are left to a process.
#[derive(Clone)]
pub struct Life {
    left: Arc<AtomicI64>,
    /// The statement that kills it is run all the same.
    runs_the_last: bool,
}

impl Life {
    /// What becomes of the next statement: it runs, or it runs and nobody hears of it, or neither.
    async fn next<T>(&self, statement: impl Future<Output = Result<T>>) -> Result<T> {
        let dead = || Error::Connection { message: "killed".into(), source: None };
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            2.. => statement.await,
            1 if self.runs_the_last => {
                statement.await?;
                Err(dead())
            }
            _ => Err(dead()),
        }
    }
}

/// What runs statements as long as it lives.
pub struct Mortal<B> {
    backend: B,
    life: Life,
}

impl<'a> Mortal<Pool<'a>> {
    /// What is killed at a statement, which is run all the same or not.
    pub fn new(db: &'a dyn Backend, statement: i64, runs_the_last: bool) -> Self {
        let left = Arc::new(AtomicI64::new(statement));
        Mortal { backend: Pool(db), life: Life { left, runs_the_last } }
    }
}

impl<B: Backend> Executor for Mortal<B> {
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl<B: Backend> Backend for Mortal<B> {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.life.next(self.backend.run(statement, sink)))
    }

    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        Box::pin(self.life.next(self.backend.run_all(jobs)))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(self.life.next(self.backend.open(statement)))
    }

    fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        Box::pin(self.life.next(self.backend.command(command)))
    }

    fn begin_unit(&self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        Box::pin(async move {
            let unit = self.life.next(self.backend.begin_unit(options)).await?;
            let backend = Inside(unit);
            Ok(Box::new(Mortal { backend, life: self.life.clone() }) as Box<dyn Unit>)
        })
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        self.backend.after_commit(work)
    }

    fn in_transaction(&self) -> bool {
        self.backend.in_transaction()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.backend.sleep(time)
    }

    fn within(&self, settings: Settings) -> Box<dyn Backend + '_> {
        self.backend.within(settings)
    }
}

impl Unit for Mortal<Inside> {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        let Mortal { backend, life } = *self;
        Box::pin(async move { life.next(backend.0.commit()).await })
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        let Mortal { backend, life } = *self;
        Box::pin(async move { life.next(backend.0.rollback()).await })
    }

    fn may_succeed_again(&self) -> bool {
        self.backend.0.may_succeed_again()
    }
}

/// A pool, or a transaction, as what does the work.
macro_rules! forwarded {
    ($([$($generics:tt)*] $name:ty, |$self:ident| $inner:expr;)*) => {$(
        impl<$($generics)*> Backend for $name {
            fn as_executor(&$self) -> &dyn Executor {
                $inner.as_executor()
            }
            fn run<'b>(&'b $self, statement: &'b Statement, sink: &'b mut dyn RowSink) -> BoxFuture<'b, Result<u64>> {
                $inner.run(statement, sink)
            }
            fn run_all<'b>(&'b $self, jobs: Vec<Job<'b>>) -> BoxFuture<'b, Result<Vec<u64>>> {
                $inner.run_all(jobs)
            }
            fn open<'b>(&'b $self, statement: Statement) -> BoxFuture<'b, Result<Box<dyn Cursor + 'b>>> {
                $inner.open(statement)
            }
            fn command<'b>(&'b $self, command: Command<'b>) -> BoxFuture<'b, Result<u64>> {
                $inner.command(command)
            }
            fn begin_unit(&$self, options: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
                $inner.begin_unit(options)
            }
            fn after_commit(&$self, work: CommitHook) -> OnCommit {
                $inner.after_commit(work)
            }
            fn in_transaction(&$self) -> bool {
                $inner.in_transaction()
            }
            fn sleep(&$self, time: Duration) -> BoxFuture<'static, ()> {
                $inner.sleep(time)
            }
            fn within(&$self, settings: Settings) -> Box<dyn Backend + '_> {
                $inner.within(settings)
            }
        }
    )*};
}
pub struct Pool<'a>(&'a dyn Backend);
pub struct Inside(Box<dyn Unit>);
forwarded! {
    ['a] Pool<'a>, |self| self.0;
    [] Inside, |self| self.0;
}
