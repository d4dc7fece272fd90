//! Rows as they are asked for.

use crate::error::Failed;
use crate::event::Started;
use crate::pool::Loan;
use crate::rows::{Answer, Arriving};
use crate::wire::{Arrived, KeptRow};
use orm_sql::Result;
use orm_sql::exec::{BoxFuture, Cursor, Settings, Statement};
use orm_sql::row::RowSink;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

/// The most rows that one call gives.
pub(crate) const CHUNK: usize = 500;

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
    settings: Settings,
}

impl PoolCursor {
    pub(crate) fn new(
        loan: Loan,
        settings: Settings,
        statement: Statement,
        started: Option<Started>,
        answer: Answer,
    ) -> Self {
        let at_work = Some((loan, Arriving::new(answer)));
        PoolCursor { statement, at_work, started, rows: 0, settings }
    }

    /// Gives up to so many rows to the sink.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        sink: &mut dyn RowSink,
    ) -> Poll<Result<bool>> {
        let Some((loan, arriving)) = &mut self.at_work else { return Poll::Ready(Ok(false)) };
        let names = loan.at(&self.settings).names();
        match ready!(arriving.poll(cx, limit, &self.statement, names, sink)) {
            Ok(Arrived::Rows(rows)) => {
                self.rows += rows;
                Poll::Ready(Ok(true))
            }
            Ok(Arrived::Last(rows)) => {
                self.rows += rows;
                self.end(&Ok(()));
                Poll::Ready(Ok(rows > 0))
            }
            Err(failed) => {
                let ended = Err(failed);
                self.end(&ended);
                Poll::Ready(ended.map(|()| false).map_err(Failed::into_error))
            }
        }
    }

    fn end(&mut self, result: &Result<(), Failed>) {
        if let Some((loan, _)) = self.at_work.take() {
            loan.settle(result);
            loan.ended(self.started, &self.statement, result.as_ref().map(|()| self.rows));
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

/// Rows that were all read at once: for statements inside of a transaction that the server makes
/// no cursor for, such as UPDATE … RETURNING.
pub(crate) struct BufferedCursor {
    rows: std::vec::IntoIter<KeptRow>,
}

impl BufferedCursor {
    pub(crate) fn new(rows: Vec<KeptRow>) -> Self {
        BufferedCursor { rows: rows.into_iter() }
    }
}

impl Cursor for BufferedCursor {
    fn next<'a>(&'a mut self, sink: &'a mut dyn RowSink) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let mut any = false;
            for row in self.rows.by_ref().take(CHUNK) {
                any = true;
                row.give(|row| sink.row(row))?;
            }
            Ok(any)
        })
    }
}
