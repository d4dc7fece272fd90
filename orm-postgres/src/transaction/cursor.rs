//! Cursors that the server keeps.

use super::scope::Scope;
use super::session::Session;
use crate::cursor::CHUNK;
use crate::error::Failed;
use crate::event::{Ended, Started};
use orm_sql::Result;
use orm_sql::exec::{BoxFuture, Cursor, Settings, Statement};
use orm_sql::row::RowSink;

/// A cursor inside of a transaction, where other statements run between its rows: the server
/// keeps it, and each chunk is fetched.
pub(super) struct ServerCursor<'a> {
    tx: &'a Scope,
    settings: Settings,
    statement: Statement,
    /// The cursor's number in its transaction; `None` once it is closed.
    number: Option<u32>,
    started: Option<Started>,
    rows: u64,
}

impl<'a> ServerCursor<'a> {
    /// Declares the cursor.
    pub(super) async fn declare(
        tx: &'a Scope,
        session: &Session,
        settings: &Settings,
        statement: Statement,
        number: u32,
    ) -> Result<Self, Failed> {
        let connection = &session.connection;
        let started = connection.shared().events.start(Some(&statement));
        if let Err(failed) = connection.at(settings).declare(&statement, number).await {
            connection.ended(started, &statement, Err(&failed));
            return Err(failed);
        }
        let settings = settings.clone();
        Ok(ServerCursor { tx, settings, statement, number: Some(number), started, rows: 0 })
    }

    fn end(&mut self) {
        if let Some(number) = self.number.take() {
            self.tx.close_cursor(number);
            self.tell(Ended::Rows(self.rows));
        }
    }

    /// Reports its end, once.
    fn tell(&mut self, ended: Ended<'_>) {
        let started = self.started.take();
        if let Ok(session) = self.tx.session() {
            session.connection.ended_so(started, &self.statement, ended);
        }
    }
}

impl Cursor for ServerCursor<'_> {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let Some(number) = self.number else { return Ok(false) };
            let session = self.tx.session()?;
            session.check_cursor(number)?;
            let fetched =
                session.connection.at(&self.settings).fetch(&self.statement, number, CHUNK, sink);
            let rows = match self.tx.watch(&session, &self.settings, fetched).await {
                Ok(rows) => rows,
                Err(error) => {
                    self.tell(Ended::Failed(&error));
                    return Err(error);
                }
            };
            self.rows += rows;
            if rows < CHUNK as u64 {
                self.end();
            }
            Ok(rows > 0)
        })
    }
}

impl Drop for ServerCursor<'_> {
    fn drop(&mut self) {
        self.end();
    }
}
