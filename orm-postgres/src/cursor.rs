//! Rows as they are asked for.

use crate::error::Failed;
use crate::event::{Ended, Started};
use crate::pool::Loan;
use crate::rows::{Arrived, Arriving, RowCells, Rows};
use crate::transaction::{Scope, cursor_name};
use orm_core::Result;
use orm_core::exec::{BoxFuture, Cursor, Statement};
use orm_core::row::RowSink;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use tokio_postgres::Row;

/// The most rows that one call gives.
const CHUNK: usize = 500;

/// A cursor with a connection of its own: the rows of one statement as they arrive.
///
/// The server sends no faster than they are taken. Dropped before the end, the connection is
/// used again only if the rest arrives at once; otherwise it is closed.
pub(crate) struct PoolCursor {
    statement: Statement,
    /// Until the last row: then the connection goes back.
    at_work: Option<(Loan, Arriving)>,
    started: Option<Started>,
    rows: u64,
}

impl PoolCursor {
    pub(crate) fn new(
        loan: Loan,
        statement: Statement,
        started: Option<Started>,
        rows: Rows,
    ) -> Self {
        PoolCursor { statement, at_work: Some((loan, Arriving::new(rows))), started, rows: 0 }
    }

    /// Gives up to so many rows to the sink.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        sink: &mut dyn RowSink,
    ) -> Poll<Result<bool>> {
        let Some((loan, arriving)) = &mut self.at_work else { return Poll::Ready(Ok(false)) };
        let names = &loan.shared().names;
        match ready!(arriving.poll(cx, limit, &self.statement, names, sink)) {
            Ok(Arrived::Rows(rows)) => {
                self.rows += rows;
                Poll::Ready(Ok(true))
            }
            Ok(Arrived::Last(rows)) => {
                self.rows += rows;
                self.end(Ok(()));
                Poll::Ready(Ok(rows > 0))
            }
            Err(failed) => {
                self.end(Err(&failed));
                Poll::Ready(Err(failed.error))
            }
        }
    }

    fn end(&mut self, result: Result<(), &Failed>) {
        if let Some((loan, _)) = self.at_work.take() {
            loan.set_busy(result.is_err_and(|failed| failed.unfinished));
            loan.ended(self.started, &self.statement, result.map(|()| self.rows));
        }
    }
}

impl Cursor for PoolCursor {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        Box::pin(poll_fn(|cx| self.poll(cx, CHUNK, sink)))
    }

    fn poll_rows(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        sink: &mut dyn RowSink,
    ) -> Option<Poll<Result<bool>>> {
        Some(self.poll(cx, limit, sink))
    }
}

impl Drop for PoolCursor {
    fn drop(&mut self) {
        if let Some((loan, _)) = self.at_work.take() {
            loan.ended(self.started, &self.statement, Ok(self.rows));
        }
    }
}

/// A cursor inside of a transaction, where other statements run between its rows: the server
/// keeps it, and each chunk is fetched.
pub(crate) struct ServerCursor<'a> {
    tx: &'a Scope,
    statement: Statement,
    /// The cursor's number in its transaction; `None` once it is closed.
    number: Option<u32>,
    started: Option<Started>,
    rows: u64,
}

impl<'a> ServerCursor<'a> {
    /// Declares the cursor.
    pub(crate) async fn declare(
        tx: &'a Scope,
        statement: Statement,
        number: u32,
    ) -> Result<Self, Failed> {
        let connection = tx.connection();
        let started = connection.shared().events.start(Some(&statement));
        if let Err(failed) = connection.declare(&statement, &cursor_name(number)).await {
            connection.ended(started, &statement, Err(&failed));
            return Err(failed);
        }
        Ok(ServerCursor { tx, statement, number: Some(number), started, rows: 0 })
    }

    fn end(&mut self) {
        if let Some(number) = self.number.take() {
            self.tx.close_cursor(number);
            self.tell(Ended::Rows(self.rows));
        }
    }

    /// Tells those who watch of its end, once.
    fn tell(&mut self, ended: Ended<'_>) {
        let started = self.started.take();
        self.tx.connection().ended_so(started, &self.statement, ended);
    }
}

impl Cursor for ServerCursor<'_> {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let Some(number) = self.number else { return Ok(false) };
            self.tx.check_cursor(number)?;
            let (connection, name) = (self.tx.connection(), cursor_name(number));
            let fetched = connection.fetch(&self.statement, &name, CHUNK, sink);
            let rows = match self.tx.watch(fetched).await {
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

/// Rows that were all read at once: for statements inside of a transaction that the server makes
/// no cursor for, such as UPDATE … RETURNING.
pub(crate) struct BufferedCursor {
    rows: std::vec::IntoIter<Row>,
}

impl BufferedCursor {
    pub(crate) fn new(rows: Vec<Row>) -> Self {
        BufferedCursor { rows: rows.into_iter() }
    }
}

impl Cursor for BufferedCursor {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut any = false;
            for row in self.rows.by_ref().take(CHUNK) {
                any = true;
                sink.row(&RowCells(row))?;
            }
            Ok(any)
        })
    }
}

/// True for statements that the server makes a cursor for.
pub(crate) fn can_be_declared(sql: &str) -> bool {
    let sql = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_lowercase().as_str() {
        "select" | "values" | "table" => true,
        "with" => !writes(sql),
        _ => false,
    }
}

/// True where a statement may write in its WITH. Wrong for columns of such names, which costs
/// memory and nothing else.
fn writes(sql: &str) -> bool {
    let sql = sql.to_ascii_lowercase();
    ["insert", "update", "delete", "merge"].iter().any(|word| sql.contains(word))
}

#[cfg(test)]
mod tests {
    use super::can_be_declared;

    #[test]
    fn only_reading_statements_get_a_cursor() {
        for sql in [
            "SELECT 1",
            "  (select 1) union (select 2)",
            "VALUES (1)",
            "with a as (select 1) select * from a",
        ] {
            assert!(can_be_declared(sql), "{sql}");
        }
        for sql in [
            "UPDATE a SET b = 1 RETURNING b",
            "WITH a AS (DELETE FROM b RETURNING c) SELECT * FROM a",
            "",
            "SHOW x",
        ] {
            assert!(!can_be_declared(sql), "{sql}");
        }
    }
}
