//! A connection with a transaction open, and savepoints within.

use super::after;
use super::session::{Session, has_ended};
use crate::connection::{Connection, Outdated, with_end};
use crate::error::{Failed, is_aborted};
use crate::shared::Shared;
use orm_sql::exec::transaction::CommitHook;
use orm_sql::exec::{BoxFuture, Settings, Statement};
use orm_sql::row::RowSink;
use orm_sql::sql::Session as Command;
use orm_sql::{Error, Result};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;

/// A transaction, or a savepoint within one: what is inside of an
/// [`orm_sql::exec::transaction::Transaction`].
pub(crate) struct Scope {
    held: Held,
    pub(super) shared: Arc<Shared>,
    /// The savepoint's number; `None` for the transaction itself.
    pub(super) savepoint: Option<u32>,
    /// False once its end was sent.
    open: bool,
}

/// The session, which is the transaction's: a savepoint that is kept for longer does not keep its
/// connection.
enum Held {
    Whole(Arc<Session>),
    Part(Weak<Session>),
}

impl Scope {
    /// A transaction that is about to be begun.
    pub(super) fn new(session: Session) -> Self {
        let shared = session.connection.shared().clone();
        session.connection.forget_outdated();
        Scope { held: Held::Whole(Arc::new(session)), shared, savepoint: None, open: true }
    }

    /// The session, while the transaction is there.
    pub(super) fn session(&self) -> Result<Arc<Session>> {
        match &self.held {
            Held::Whole(session) => Ok(session.clone()),
            Held::Part(session) => session.upgrade().ok_or_else(has_ended),
        }
    }

    pub(super) async fn savepoint(&self) -> Result<Scope> {
        let session = self.session()?;
        session.check_innermost(self.savepoint)?;
        session.check_at_rest()?;
        let number = session.number();
        let held = Held::Part(Arc::downgrade(&session));
        let mut inner =
            Scope { held, shared: self.shared.clone(), savepoint: Some(number), open: false };
        let settings = session.settings().clone();
        self.watch(&session, &settings, async {
            // It is open from the moment that it is sent: dropping this future undoes it.
            session.open(number);
            inner.open = true;
            let result = command(&session.connection, Command::Savepoint(number)).await;
            if result.is_err() {
                inner.open = false;
                session.undo(number);
            }
            result
        })
        .await?;
        Ok(inner)
    }

    /// Keeps what was done, and runs what waits for it.
    pub(super) async fn keep(mut self) -> Result<()> {
        let session = self.session()?;
        if let Some(result) = session.take_committed() {
            return self.kept(session, result).await;
        }
        self.look(&session).await?;
        session.check(self.savepoint)?;
        session.check_at_rest()?;
        let sent = match self.savepoint {
            Some(number) => Command::Release(number),
            // In a transaction that has failed, COMMIT rolls back and does not say so.
            None if session.is_doubtful() => Command::CommitIfSound,
            None => Command::Commit,
        };
        let result = command(&session.connection, sent).await;
        match (result, self.savepoint) {
            (Err(failed), _) if is_aborted(&failed.error) => {
                self.undo().await?;
                Err(Error::usage(
                    "the transaction was rolled back, because a statement in it had failed; \
                     return its error, or run what may fail inside of `tx.transaction(…)`",
                ))
            }
            // The savepoint is still there: dropping `self` rolls it back.
            (Err(failed), Some(_)) => Err(failed.into_error()),
            (Ok(()), Some(number)) => {
                self.open = false;
                session.release(number);
                Ok(())
            }
            (result, None) => self.kept(session, result).await,
        }
    }

    /// The transaction was committed, if that was possible. Runs what waits for it.
    async fn kept(mut self, session: Arc<Session>, result: Result<(), Failed>) -> Result<()> {
        let work = session.take_hooks();
        self.open = false;
        session.end(&result);
        result.map_err(Failed::into_error)?;
        // The work may want the connection.
        drop(session);
        drop(self);
        if !work.is_empty() {
            after::run(work).await;
        }
        Ok(())
    }

    /// Runs the last statements; COMMIT goes with them.
    pub(super) async fn finally<T>(
        &self,
        session: &Session,
        settings: &Settings,
        statements: usize,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T> {
        let connection = &session.connection;
        let commit = || Box::pin(command(connection, Command::Commit)) as BoxFuture<'_, _>;
        let work = self.watch(session, settings, work);
        let (result, committed) = with_end(connection, statements, work, commit).await;
        match (&result, committed) {
            (_, None) => {}
            (Ok(_), Some(committed)) => session.ended_early(committed),
            // It has failed, so that COMMIT has rolled back.
            (Err(_), Some(rolled_back)) => session.end(&rolled_back),
        }
        result
    }

    /// Undoes what was done.
    pub(super) async fn undo(mut self) -> Result<()> {
        let session = self.session()?;
        session.check(self.savepoint)?;
        // From here on dropping this future must not send it again: it is sent at its first poll.
        self.open = false;
        match self.savepoint {
            Some(number) => {
                session.undo(number);
                let result = command(&session.connection, Command::Undo(number)).await;
                result.map_err(Failed::into_error)
            }
            None => {
                session.end_unfinished();
                let result = command(&session.connection, Command::Rollback).await;
                session.connection.settle(&result);
                result.map_err(Failed::into_error)
            }
        }
    }

    /// Runs a statement, and remembers if it fails or is given up.
    pub(super) async fn watch<T>(
        &self,
        session: &Session,
        settings: &Settings,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T> {
        if session.is_suspect() {
            Box::pin(self.look(session)).await?;
        }
        session.check_innermost(self.savepoint)?;
        let running = session.begin_statement(settings)?;
        let result = match self.savepoint {
            None => work.await,
            Some(_) => self.while_open(session, work).await,
        };
        running.ended();
        result.map_err(|failed| session.statement_failed(failed))
    }

    /// Does what a savepoint does while it is there: its transaction can end meanwhile, and nothing
    /// may be sent after that.
    async fn while_open<T>(
        &self,
        session: &Session,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T, Failed> {
        let mut work = pin!(work);
        poll_fn(|cx| match session.check(self.savepoint) {
            Ok(()) => work.as_mut().poll(cx),
            Err(error) => Poll::Ready(Err(error.into())),
        })
        .await
    }

    /// Runs text of the user's that may end the transaction, and looks whether it has.
    pub(super) async fn watch_closely<T>(
        &self,
        session: &Session,
        settings: &Settings,
        sql: &str,
        work: impl Future<Output = Result<T, Failed>>,
    ) -> Result<T> {
        self.look(session).await?;
        session.check_innermost(self.savepoint)?;
        let began = session.connection.began().await.map_err(Failed::into_error)?;
        session.suspect(began, sql);
        let running = session.begin_statement(settings)?;
        let result = work.await;
        running.ended();
        let result = result.map_err(|failed| session.statement_failed(failed));
        self.look(session).await?;
        result
    }

    /// Looks whether the transaction is still there, where that is in doubt.
    async fn look(&self, session: &Session) -> Result<()> {
        let Some(suspicion) = session.take_suspicion() else { return Ok(()) };
        let connection = &session.connection;
        let now = connection.began().await.map_err(Failed::into_error)?;
        let ended = match (suspicion.began, now) {
            // It has failed, and waits for its end.
            (_, None) => false,
            (Some(began), Some(now)) => began != now,
            // It had failed, and goes on: from a savepoint of the user's, or anew.
            (None, Some(_)) => {
                suspicion.anew || connection.command(&Command::InBlock.sql()).await.is_err()
            }
        };
        if !ended {
            return Ok(());
        }
        session.end_unfinished();
        // What the text has begun in its place.
        connection.send(&Command::Rollback.sql());
        connection.note_quick_end();
        Err(Error::usage(
            "this text has ended the transaction: what was done before is committed or rolled back \
             by it, and nothing more can be done here; end a transaction by `commit`, `rollback`, \
             or the result of its closure",
        ))
    }

    /// Runs a statement. Where it is the first one and its prepared form does not fit any more, the
    /// transaction, in which nothing was done, begins anew.
    pub(super) async fn run_first(
        session: &Session,
        settings: &Settings,
        statement: &Statement,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let connection = &session.connection;
        match connection.at(settings).run(statement, sink, Outdated::Fail).await {
            Err(failed) if failed.outdated => match session.take_beginning() {
                Some(begin) => {
                    Box::pin(async {
                        command(connection, Command::Rollback).await?;
                        connection.command(begin).await?;
                        session.began_anew();
                        connection.at(settings).run(statement, sink, Outdated::Fail).await
                    })
                    .await
                }
                None => Err(failed),
            },
            result => result,
        }
    }

    /// Closes a cursor of the server without waiting.
    pub(super) fn close_cursor(&self, number: u32) {
        let Ok(session) = self.session() else { return };
        if !session.has_ended() && session.close_cursor(number) {
            session.connection.send(&Command::Close(number).sql());
        }
    }

    /// Registers work for the commit.
    pub(super) fn add_hook(&self, work: CommitHook) {
        if let Ok(session) = self.session() {
            session.add_hook(self.savepoint, work);
        }
    }

    /// It could not be begun.
    pub(super) fn not_begun(&mut self, result: &Result<(), Failed>) {
        self.open = false;
        if let Ok(session) = self.session() {
            session.end(result);
        }
    }
}

pub(super) async fn command(connection: &Connection, command: Command<'_>) -> Result<(), Failed> {
    connection.command(&command.sql()).await.map_err(Failed::from)
}

impl Drop for Scope {
    fn drop(&mut self) {
        let Some(session) = self.session().ok().filter(|_| self.open) else { return };
        if self.savepoint.is_none()
            && let Some(committed) = session.take_committed()
        {
            return session.end(&committed);
        }
        if session.check(self.savepoint).is_err() {
            return;
        }
        match self.savepoint {
            Some(number) => {
                session.undo(number);
                session.doubt();
                session.connection.send(&Command::Undo(number).sql());
            }
            None => {
                // The connection stays marked as busy: the pool waits for the end of this.
                session.end_unfinished();
                session.connection.send(&Command::Rollback.sql());
                if !session.was_given_up() {
                    session.connection.note_quick_end();
                }
            }
        }
    }
}
