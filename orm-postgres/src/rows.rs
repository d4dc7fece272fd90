//! Rows on their way from the driver to a sink.

use crate::check;
use crate::error::Failed;
use crate::names::Names;
use crate::wire;
use orm_sql::exec::Statement;
use orm_sql::row::RowSink;
use std::task::{Context, Poll};

/// The answer to a statement that was sent.
pub(crate) struct Answer {
    pub(crate) rows: wire::Rows,
    /// False where nobody has compared the columns yet: text that was sent without preparing it.
    pub(crate) checked: bool,
}

impl Answer {
    /// Gives all rows to the sink and returns how many rows the statement touched.
    pub(crate) async fn drain(
        self,
        statement: &Statement,
        names: Names<'_>,
        sink: &mut dyn RowSink,
    ) -> Result<u64, Failed> {
        let mut checked = self.checked;
        self.rows.each(|row| give(row, &mut checked, statement, names, sink)).await
    }

    /// All rows, and how many the statement touched.
    pub(crate) async fn collect(
        self,
        statement: &Statement,
        names: Names<'_>,
    ) -> Result<(Vec<wire::Row>, u64), Failed> {
        let mut rows = Vec::new();
        let keep = |row| {
            rows.push(row);
            Ok(())
        };
        let touched = self.rows.each(keep).await?;
        if let (false, Some(row)) = (self.checked, rows.first()) {
            check::columns(statement, row.columns(), names)?;
        }
        Ok((rows, touched))
    }
}

#[inline]
fn give(
    row: wire::Row,
    checked: &mut bool,
    statement: &Statement,
    names: Names<'_>,
    sink: &mut dyn RowSink,
) -> Result<(), Failed> {
    if !*checked {
        check::columns(statement, row.columns(), names).map_err(Failed::unfinished)?;
        *checked = true;
    }
    sink.row(&row).map_err(Failed::unfinished)
}

/// Rows as they arrive, for a cursor.
pub(crate) struct Arriving {
    rows: wire::Arriving,
    checked: bool,
}

/// What a cursor got.
pub(crate) enum Arrived {
    /// So many rows, and more may follow.
    Rows(u64),
    /// So many rows, and these were the last.
    Last(u64),
}

impl Arriving {
    pub(crate) fn new(answer: Answer) -> Self {
        Arriving { rows: answer.rows.arriving(), checked: answer.checked }
    }

    /// Gives the rows that are there to the sink, waiting for the first one.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        statement: &Statement,
        names: Names<'_>,
        sink: &mut dyn RowSink,
    ) -> Poll<Result<Arrived, Failed>> {
        let mut given = 0;
        while given < limit as u64 {
            match self.rows.poll(cx) {
                Poll::Ready(Some(row)) => {
                    give(row?, &mut self.checked, statement, names, sink)?;
                    given += 1;
                }
                Poll::Ready(None) => return Poll::Ready(Ok(Arrived::Last(given))),
                Poll::Pending if given == 0 => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(Arrived::Rows(given)))
    }
}
