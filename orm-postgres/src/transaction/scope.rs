//! A connection with a transaction open, and savepoints within.

use super::after;
use super::session::Session;
use crate::connection::Connection;
use crate::error::{Failed, is_aborted, is_unfinished};
use crate::pool::Loan;
use orm_sql::sql::Session as Command;
use orm_sql::{Error, Result};
use std::sync::Arc;

/// A transaction, or a savepoint within one: what is inside of an
/// [`orm_sql::exec::transaction::Transaction`].
pub(crate) struct Scope {
    pub(super) session: Arc<Session>,
    /// The savepoint's number; `None` for the transaction itself.
    savepoint: Option<u32>,
    /// False once its end was sent.
    open: bool,
}

impl Scope {
    pub(super) fn new(connection: Loan) -> Self {
        let session = Arc::new(Session::new(connection));
        Scope { session, savepoint: None, open: true }
    }

    pub(super) async fn savepoint(&self) -> Result<Scope> {
        let number = self.session.number();
        self.watch(async {
            // It is open from the moment that it is sent.
            self.session.open(number);
            let result = self.command(Command::Savepoint(number)).await;
            if result.is_err() {
                self.session.undo(number);
            }
            result
        })
        .await?;
        Ok(Scope { session: self.session.clone(), savepoint: Some(number), open: true })
    }

    /// Keeps what was done, and runs what waits for it.
    pub(super) async fn keep(mut self) -> Result<()> {
        self.check()?;
        let result = match self.savepoint {
            Some(number) => self.command(Command::Release(number)).await,
            // In a transaction that has failed, COMMIT rolls back and does not say so.
            None if self.session.is_doubtful() => self.command(Command::CommitIfSound).await,
            None => self.command(Command::Commit).await,
        };
        match (result, self.savepoint) {
            (Err(failed), _) if is_aborted(&failed.error) => {
                self.undo().await?;
                Err(Error::usage(
                    "the transaction was rolled back, because a statement in it had failed; \
                     return its error, or run what may fail inside of `tx.transaction(…)`",
                ))
            }
            // The savepoint is still there: dropping `self` rolls it back.
            (Err(failed), Some(_)) => Err(failed.error),
            (Ok(()), Some(number)) => {
                self.open = false;
                self.session.release(number);
                Ok(())
            }
            (result, None) => {
                let work = self.session.take_hooks();
                self.finish(is_unfinished(&result));
                result.map_err(|failed| failed.error)?;
                // The work may want the connection.
                drop(self);
                if !work.is_empty() {
                    after::run(work).await;
                }
                Ok(())
            }
        }
    }

    /// Undoes what was done.
    pub(super) async fn undo(mut self) -> Result<()> {
        self.check()?;
        // From here on dropping this future must not send it again: it is sent at its first poll.
        self.open = false;
        match self.savepoint {
            Some(number) => {
                self.session.undo(number);
                self.command(Command::Undo(number)).await.map_err(|failed| failed.error)
            }
            None => {
                self.session.end(true);
                let result = self.command(Command::Rollback).await;
                self.session.connection.set_busy(is_unfinished(&result));
                result.map_err(|failed| failed.error)
            }
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.session.connection
    }

    /// Runs a statement, and remembers if it fails or is given up.
    pub(super) async fn watch<T>(
        &self,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T> {
        self.check()?;
        let given_up = self.session.begin_statement();
        let result = work.await;
        std::mem::forget(given_up);
        result.map_err(|Failed { error, .. }| {
            self.session.statement_failed(&error);
            error
        })
    }

    /// An error for a cursor of the server that went with a savepoint.
    pub(super) fn check_cursor(&self, number: u32) -> Result<()> {
        self.session.check_cursor(number)
    }

    /// Closes a cursor of the server without waiting.
    pub(super) fn close_cursor(&self, number: u32) {
        if !self.session.has_ended() && self.session.close_cursor(number) {
            self.connection().send(&Command::Close(number).sql());
        }
    }

    fn check(&self) -> Result<()> {
        self.session.check(self.savepoint)
    }

    pub(super) async fn command(&self, command: Command<'_>) -> Result<(), Failed> {
        self.connection().command(&command.sql()).await.map_err(Failed::from)
    }

    /// The transaction has come to its end on the server.
    pub(super) fn finish(&mut self, unfinished: bool) {
        self.open = false;
        self.session.end(unfinished);
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if !self.open || self.check().is_err() {
            return;
        }
        match self.savepoint {
            Some(number) => {
                self.session.undo(number);
                self.session.doubt();
                self.connection().send(&Command::Undo(number).sql());
            }
            None => {
                // The connection stays marked as busy: the pool waits for the end of this.
                self.session.end(true);
                self.connection().send(&Command::Rollback.sql());
                if !self.session.was_given_up() {
                    self.connection().note_quick_end();
                }
            }
        }
    }
}
