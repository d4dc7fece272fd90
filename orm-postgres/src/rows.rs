//! Rows on their way from the driver to a sink.

use crate::check;
use crate::error::Failed;
use crate::names::Names;
use crate::wire::{self, Arrived, KeptRow, Received};
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
    ) -> Result<(Vec<KeptRow>, u64), Failed> {
        let (rows, touched) = self.rows.keep().await?;
        if let (false, Some(row)) = (self.checked, rows.first()) {
            row.give(|row| check::columns(statement, &row.columns(), names))?;
        }
        Ok((rows, touched))
    }
}

#[inline]
fn give(
    row: &dyn Received,
    checked: &mut bool,
    statement: &Statement,
    names: Names<'_>,
    sink: &mut dyn RowSink,
) -> Result<(), Failed> {
    if !*checked {
        check::columns(statement, &row.columns(), names).map_err(Failed::unfinished)?;
        *checked = true;
    }
    sink.row(row).map_err(Failed::unfinished)
}

/// Rows as they arrive, for a cursor.
pub(crate) struct Arriving {
    rows: wire::Arriving,
    checked: bool,
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
        let Arriving { rows, checked } = self;
        rows.poll(cx, limit, |row| give(row, checked, statement, names, sink))
    }
}
