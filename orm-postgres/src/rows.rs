//! Rows on their way from the driver to a sink.

use crate::check;
use crate::error::Failed;
use crate::names::NamedTypes;
use futures_core::Stream;
use orm_core::exec::Statement;
use orm_core::row::Cells;
use orm_core::row::RowSink;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, RowStream};

/// The rows of a statement that was sent.
pub(crate) struct Rows {
    pub(crate) stream: RowStream,
    /// False where nobody has compared the columns yet: text that was sent without preparing it.
    pub(crate) checked: bool,
}

/// A cell as the driver holds it. It accepts every type: types were compared before.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    #[inline]
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(Some(raw)))
    }

    #[inline]
    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Raw(None))
    }

    #[inline]
    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A row as sinks see it.
pub(crate) struct RowCells(pub(crate) Row);

impl Cells for RowCells {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.try_get::<usize, Raw<'_>>(index).ok()?.0
    }
}

/// Gives all rows to the sink and returns how many rows the statement touched.
pub(crate) async fn drain(
    rows: Rows,
    statement: &Statement,
    names: &NamedTypes,
    sink: &mut dyn RowSink,
) -> Result<u64, Failed> {
    let mut stream = pin!(rows.stream);
    let mut checked = rows.checked;
    while let Some(row) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        give(row?, &mut checked, statement, names, sink)?;
    }
    Ok(stream.rows_affected().unwrap_or(0))
}

#[inline]
fn give(
    row: Row,
    checked: &mut bool,
    statement: &Statement,
    names: &NamedTypes,
    sink: &mut dyn RowSink,
) -> Result<(), Failed> {
    if !*checked {
        check::columns(statement, row.columns(), names).map_err(Failed::unfinished)?;
        *checked = true;
    }
    sink.row(&RowCells(row)).map_err(Failed::unfinished)
}

/// Rows as they arrive, for a cursor.
pub(crate) struct Arriving {
    stream: Pin<Box<RowStream>>,
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
    pub(crate) fn new(rows: Rows) -> Self {
        Arriving { stream: Box::pin(rows.stream), checked: rows.checked }
    }

    /// Gives the rows that are there to the sink, waiting for the first one.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        statement: &Statement,
        names: &NamedTypes,
        sink: &mut dyn RowSink,
    ) -> Poll<Result<Arrived, Failed>> {
        let mut given = 0;
        while given < limit as u64 {
            match self.stream.as_mut().poll_next(cx) {
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
