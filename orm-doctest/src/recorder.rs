//! An executor without a server: it keeps what it is given.

use crate::answer::Row;
use futures_util::future::FutureExt;
use orm::transaction::{CommitHook, OnCommit, TransactionOptions};
use orm::{Backend, Executor, Result};
use orm_sql::exec::{BoxFuture, Command, Cursor, Job, Settings, Statement, Unit};
use orm_sql::row::RowSink;
use std::future::{poll_fn, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Keeps the statements that it is given, and answers each with one made-up row.
#[derive(Clone)]
pub struct Recorder {
    sent: Arc<Mutex<Vec<String>>>,
    /// How many rows the next statement finds, where that is not one.
    next: Arc<Mutex<Option<usize>>>,
    /// How many transactions and savepoints this is within.
    depth: usize,
    /// What the session of this is set to, and what the recorder's is.
    settings: Settings,
    set: Arc<Mutex<Settings>>,
}

/// Runs an example on a [`Recorder`].
///
/// # Panics
///
/// When the example fails, or waits for something.
pub fn run(example: impl AsyncFnOnce(Recorder) -> Result<()>) {
    let recorder = Recorder {
        sent: Arc::default(),
        next: Arc::default(),
        depth: 0,
        settings: Settings::default(),
        set: Arc::default(),
    };
    example(recorder).now_or_never().expect("an example waits for nothing").expect("it succeeds");
}

impl Recorder {
    /// The next statement finds no row.
    pub fn next_finds_nothing(&self) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(0);
    }

    /// The next statement finds so many rows, all alike.
    pub fn next_finds(&self, rows: usize) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows);
    }

    /// The statements so far, which are forgotten.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, sql: &str) {
        let from = {
            let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *set, self.settings.clone())
        };
        let changes = self.settings.changes(Some(&from), None, self.depth > 0);
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.extend(changes);
        sent.push(sql.to_owned());
    }

    fn keep_command(&self, sql: &str) {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sql.to_owned());
    }

    fn answer(&self, statement: &Statement, sink: &mut dyn RowSink) -> Result<u64> {
        self.keep(&statement.sql);
        let rows = self.next.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or(1);
        for _ in 0..rows {
            sink.row(&Row::of(statement))?;
        }
        Ok(rows as u64)
    }
}

impl Executor for Recorder {
    fn as_dyn(&self) -> &dyn Backend {
        self
    }
}

impl Backend for Recorder {
    fn as_executor(&self) -> &dyn Executor {
        self
    }

    fn run<'a>(
        &'a self,
        statement: &'a Statement,
        sink: &'a mut dyn RowSink,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(ready(self.answer(statement, sink)))
    }

    fn run_all<'a>(&'a self, jobs: Vec<Job<'a>>) -> BoxFuture<'a, Result<Vec<u64>>> {
        let answers = jobs.into_iter().map(|job| self.answer(job.statement, job.sink));
        Box::pin(ready(answers.collect()))
    }

    fn open<'a>(&'a self, statement: Statement) -> BoxFuture<'a, Result<Box<dyn Cursor + 'a>>> {
        Box::pin(ready(Ok(Box::new(Once(self, Some(statement))) as Box<dyn Cursor>)))
    }

    fn command<'a>(&'a self, command: Command<'a>) -> BoxFuture<'a, Result<u64>> {
        match command {
            Command::Script(sql) => {
                self.keep(sql);
                Box::pin(ready(Ok(0)))
            }
            Command::CopyIn(copy, rows) => {
                self.keep(&copy.statement.sql);
                Box::pin(async move {
                    let mut count = 0;
                    while poll_fn(|cx| rows.poll_row(cx, &mut Vec::new())).await? {
                        count += 1;
                        rows.sent(count);
                    }
                    Ok(count)
                })
            }
            Command::CopyOut(copy, _) => {
                self.keep(&copy.sql);
                Box::pin(ready(Ok(1)))
            }
        }
    }

    fn begin_unit(&self, _: TransactionOptions) -> BoxFuture<'_, Result<Box<dyn Unit>>> {
        match self.depth {
            0 => self.keep("BEGIN"),
            number => self.keep(&format!("SAVEPOINT orm_savepoint_{number}")),
        }
        let unit = Recorder { depth: self.depth + 1, ..self.clone() };
        Box::pin(ready(Ok(Box::new(unit) as Box<dyn Unit>)))
    }

    fn after_commit(&self, work: CommitHook) -> OnCommit {
        OnCommit::running(work.run())
    }

    fn in_transaction(&self) -> bool {
        self.depth > 0
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ready(()))
    }

    fn within(&self, settings: Settings) -> Box<dyn Backend + '_> {
        Box::new(Recorder { settings: settings.or(&self.settings), ..self.clone() })
    }
}

impl Unit for Recorder {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        match self.depth {
            0 | 1 => self.keep_command("COMMIT"),
            depth => self.keep(&format!("RELEASE SAVEPOINT orm_savepoint_{}", depth - 1)),
        }
        Box::pin(ready(Ok(())))
    }

    fn rollback(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        match self.depth {
            0 | 1 => self.keep_command("ROLLBACK"),
            depth => self.keep(&format!("ROLLBACK TO SAVEPOINT orm_savepoint_{}", depth - 1)),
        }
        Box::pin(ready(Ok(())))
    }

    fn may_succeed_again(&self) -> bool {
        false
    }
}

/// A cursor with the rows of one answer.
struct Once<'a>(&'a Recorder, Option<Statement>);

impl Cursor for Once<'_> {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        let answered = match self.1.take() {
            Some(statement) => self.0.answer(&statement, sink).map(|_| true),
            None => Ok(false),
        };
        Box::pin(ready(answered))
    }
}
