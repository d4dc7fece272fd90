//! Rows as they come.

use super::described::{Described, cell, is_padded, trimmed};
use super::valve::message::{columns, touched};
use super::valve::{Call, Frame, Kept, RowFrame, Taken, Valve};
use super::{Column, unexpected};
use crate::error::{DriverError, Failed};
use futures_core::Stream;
use orm_sql::row::{Cells, Described as Cell};
use postgres_types::{FromSql, Kind, Type};
use std::error::Error as StdError;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio_postgres::RowStream;

/// A row that has just come.
pub(crate) trait Received: Cells {
    /// What the statement returns.
    fn columns(&self) -> Vec<Column>;
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

/// A row of the driver's.
pub(crate) struct Row {
    row: tokio_postgres::Row,
    /// It has a column of type `char(n)`.
    padded: bool,
}

impl Row {
    /// A row of the server's catalogue.
    pub(super) fn of_catalogue(row: tokio_postgres::Row) -> Self {
        Row { row, padded: false }
    }

    /// A row of a statement; what was found out of its columns is remembered for the next.
    #[inline]
    fn new(row: tokio_postgres::Row, padded: &mut Option<bool>) -> Self {
        let padded =
            *padded.get_or_insert_with(|| row.columns().iter().any(|c| is_padded(c.type_())));
        Row { row, padded }
    }

    /// A value of a type that the driver knows.
    pub(crate) fn get<'a, T: FromSql<'a>>(&'a self, index: usize) -> Result<T, DriverError> {
        Ok(self.row.try_get(index)?)
    }

    #[cold]
    fn without_padding<'a>(&'a self, index: usize, raw: &'a [u8]) -> &'a [u8] {
        match self.row.columns().get(index).is_some_and(|column| is_padded(column.type_())) {
            true => trimmed(raw),
            false => raw,
        }
    }
}

impl Cells for Row {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        let raw = self.row.try_get::<usize, Raw<'_>>(index).ok()?.0?;
        Some(if self.padded { self.without_padding(index, raw) } else { raw })
    }

    fn described(&self, index: usize) -> Option<Cell<'_>> {
        let column = self.row.columns().get(index)?;
        Some(cell(column.name(), column.type_()))
    }
}

impl Received for Row {
    fn columns(&self) -> Vec<Column> {
        self.row.columns().iter().map(Column::of_driver).collect()
    }
}

impl Received for RowFrame<'_> {
    fn columns(&self) -> Vec<Column> {
        self.described().columns.clone()
    }
}

/// A row that is kept for later.
pub(crate) enum KeptRow {
    Driver(Row),
    Ours(Kept),
}

impl KeptRow {
    /// Gives it to a function.
    pub(crate) fn give<T>(&self, to: impl FnOnce(&dyn Received) -> T) -> T {
        match self {
            KeptRow::Driver(row) => to(row),
            KeptRow::Ours(kept) => to(&kept.frame()),
        }
    }
}

/// The answer to a statement that was sent.
pub(crate) enum Rows {
    Driver(RowStream),
    Ours(Answer),
}

/// The answer to a statement that we have sent.
pub(crate) struct Answer {
    call: Call,
    /// What it returns; of a statement that was sent as text, once the server has told.
    described: Option<Arc<Described>>,
    valve: Arc<Valve>,
    /// The server has accepted the statement and its values.
    accepted: bool,
    touched: u64,
}

impl Answer {
    pub(super) fn new(call: Call, described: Option<Arc<Described>>, valve: Arc<Valve>) -> Self {
        Answer { call, described, valve, accepted: false, touched: 0 }
    }

    /// Ready when the server has accepted the statement and its values.
    pub(super) fn poll_accepted(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), DriverError>> {
        self.call.poll(cx, |frame| match frame.tag {
            b'1' => ControlFlow::Continue(()),
            b'2' => {
                self.accepted = true;
                ControlFlow::Break(Ok(()))
            }
            _ => ControlFlow::Break(Err(unexpected())),
        })
    }

    /// True once the server has accepted the statement and its values.
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted
    }

    /// Gives the rows that are there to a function, and at the end says how many rows the statement
    /// touched. The function can say that it has enough.
    #[inline]
    pub(crate) fn poll_rows(
        &mut self,
        cx: &mut Context<'_>,
        mut take: impl FnMut(&dyn Received, &Frame<'_>, &Arc<Described>) -> Taken<Result<(), Failed>>,
    ) -> Poll<Result<Option<u64>, Failed>> {
        let Answer { call, described, valve, accepted, touched: rows } = self;
        let taken = call.poll(cx, |frame| match frame.tag {
            b'D' => {
                let Some(described) = described else {
                    return ControlFlow::Break(Err(unexpected()));
                };
                let Some(row) = RowFrame::read(frame.body, described) else {
                    return ControlFlow::Break(Err(unexpected()));
                };
                match take(&row, &frame, described) {
                    ControlFlow::Continue(()) => ControlFlow::Continue(()),
                    ControlFlow::Break(result) => ControlFlow::Break(Ok(result.map(|()| None))),
                }
            }
            b'C' => {
                *rows = touched(frame);
                ControlFlow::Continue(())
            }
            b'2' if !*accepted => {
                *accepted = true;
                ControlFlow::Continue(())
            }
            b'Z' => ControlFlow::Break(Ok(Ok(Some(*rows)))),
            _ => match describe(frame, valve, described) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(Err(unexpected())),
            },
        });
        taken.map(|taken| match taken {
            Ok(result) => result,
            Err(error) if *accepted => Err(error.into()),
            Err(error) => Err(Failed::at_start(error)),
        })
    }
}

/// What else is in an answer: what it returns, that it returns nothing, that there was no statement.
#[cold]
fn describe(frame: Frame<'_>, valve: &Valve, described: &mut Option<Arc<Described>>) -> bool {
    match frame.tag {
        b'T' => {
            let Some(columns) = columns(frame.body) else { return false };
            let columns = columns.into_iter().map(|(name, oid)| {
                let unknown =
                    || Type::new(format!("type {oid}"), oid, Kind::Simple, "pg_catalog".to_owned());
                Column { name, type_: valve.known_type(oid).unwrap_or_else(unknown) }
            });
            *described = Some(Arc::new(Described::new(columns.collect())));
            true
        }
        b'n' | b'I' => true,
        _ => false,
    }
}

impl Rows {
    /// Gives all rows to a function, and returns how many rows the statement touched.
    #[inline]
    pub(crate) async fn each(
        self,
        mut take: impl FnMut(&dyn Received) -> Result<(), Failed>,
    ) -> Result<u64, Failed> {
        match self {
            Rows::Ours(mut answer) => poll_fn(|cx| {
                answer.poll_rows(cx, |row, _, _| match take(row) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(failed) => ControlFlow::Break(Err(failed)),
                })
            })
            .await
            .map(Option::unwrap_or_default),
            Rows::Driver(stream) => Box::pin(each_of_driver(stream, |row| take(&row))).await,
        }
    }

    /// All rows, and how many the statement touched.
    pub(crate) async fn keep(self) -> Result<(Vec<KeptRow>, u64), Failed> {
        let mut rows = Vec::new();
        let touched = match self {
            Rows::Ours(mut answer) => poll_fn(|cx| {
                answer.poll_rows(cx, |_, frame, described| {
                    rows.push(KeptRow::Ours(Kept::new(frame.body, described.clone())));
                    ControlFlow::Continue(())
                })
            })
            .await?
            .unwrap_or_default(),
            Rows::Driver(stream) => {
                let keep = |row| {
                    rows.push(KeptRow::Driver(row));
                    Ok(())
                };
                Box::pin(each_of_driver(stream, keep)).await?
            }
        };
        Ok((rows, touched))
    }

    /// The rows as they arrive.
    pub(crate) fn arriving(self) -> Arriving {
        match self {
            Rows::Ours(answer) => Arriving::Ours(Box::new(answer)),
            Rows::Driver(stream) => Arriving::Driver { stream: Box::pin(stream), padded: None },
        }
    }
}

async fn each_of_driver(
    stream: RowStream,
    mut take: impl FnMut(Row) -> Result<(), Failed>,
) -> Result<u64, Failed> {
    let mut stream = pin!(stream);
    let mut padded = None;
    while let Some(row) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
        take(Row::new(row.map_err(DriverError::from)?, &mut padded))?;
    }
    Ok(stream.rows_affected().unwrap_or(0))
}

/// Rows that are polled for.
pub(crate) enum Arriving {
    Driver { stream: Pin<Box<RowStream>>, padded: Option<bool> },
    Ours(Box<Answer>),
}

/// What a cursor got.
pub(crate) enum Arrived {
    /// So many rows, and more may follow.
    Rows(u64),
    /// So many rows, and these were the last.
    Last(u64),
}

impl Arriving {
    /// Gives the rows that are there to a function, up to a limit, waiting for the first one.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
        mut take: impl FnMut(&dyn Received) -> Result<(), Failed>,
    ) -> Poll<Result<Arrived, Failed>> {
        let (mut given, limit) = (0, limit as u64);
        match self {
            Arriving::Ours(answer) => {
                let polled = answer.poll_rows(cx, |row, _, _| {
                    if let Err(failed) = take(row) {
                        return ControlFlow::Break(Err(failed));
                    }
                    given += 1;
                    match given < limit {
                        true => ControlFlow::Continue(()),
                        false => ControlFlow::Break(Ok(())),
                    }
                });
                match polled {
                    Poll::Pending if given == 0 => return Poll::Pending,
                    Poll::Pending => {}
                    Poll::Ready(Ok(None)) => {}
                    Poll::Ready(Ok(Some(_))) => return Poll::Ready(Ok(Arrived::Last(given))),
                    Poll::Ready(Err(failed)) => return Poll::Ready(Err(failed)),
                }
            }
            Arriving::Driver { stream, padded } => {
                while given < limit {
                    let next = match stream.as_mut().poll_next(cx) {
                        Poll::Pending if given > 0 => break,
                        next => ready!(next),
                    };
                    match next {
                        Some(row) => {
                            take(&Row::new(row.map_err(DriverError::from)?, padded))?;
                            given += 1;
                        }
                        None => return Poll::Ready(Ok(Arrived::Last(given))),
                    }
                }
            }
        }
        Poll::Ready(Ok(Arrived::Rows(given)))
    }
}
