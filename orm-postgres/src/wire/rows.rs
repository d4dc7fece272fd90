//! Rows as the driver gives them.

use crate::error::{DriverError, Failed};
use crate::types;
use futures_core::Stream;
use orm_sql::row::{Cells, Described};
use postgres_types::{FromSql, Kind, Type};
use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tokio_postgres::{Column, RowStream};

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

/// A row.
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

    /// What the statement returns.
    pub(crate) fn columns(&self) -> &[Column] {
        self.row.columns()
    }

    /// A value of a type that the driver knows.
    pub(crate) fn get<'a, T: FromSql<'a>>(&'a self, index: usize) -> Result<T, DriverError> {
        self.row.try_get(index)
    }

    /// The spaces at the end of a `char(n)` are no part of its value: the server ignores them where
    /// it compares, but not in a text that it is compared with.
    #[cold]
    fn without_padding<'a>(&'a self, index: usize, raw: &'a [u8]) -> &'a [u8] {
        match self.columns().get(index).is_some_and(|column| is_padded(column.type_())) {
            true => {
                raw.split_at(raw.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1))
                    .0
            }
            false => raw,
        }
    }
}

/// True for `char(n)`, and for domains over it.
fn is_padded(found: &Type) -> bool {
    match found.kind() {
        Kind::Domain(base) => is_padded(base),
        _ => *found == Type::BPCHAR,
    }
}

impl Cells for Row {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        let raw = self.row.try_get::<usize, Raw<'_>>(index).ok()?.0?;
        Some(if self.padded { self.without_padding(index, raw) } else { raw })
    }

    fn described(&self, index: usize) -> Option<Described<'_>> {
        let column = self.columns().get(index)?;
        let found = column.type_();
        Some(Described {
            name: column.name(),
            type_name: found.name(),
            sql_type: types::known(found),
        })
    }
}

/// The rows of a statement that was sent.
pub(crate) struct Rows(RowStream);

impl Rows {
    pub(super) fn new(stream: RowStream) -> Self {
        Rows(stream)
    }

    /// Gives all rows to a function, and returns how many rows the statement touched.
    #[inline]
    pub(crate) async fn each(
        self,
        mut take: impl FnMut(Row) -> Result<(), Failed>,
    ) -> Result<u64, Failed> {
        let mut stream = pin!(self.0);
        let mut padded = None;
        while let Some(row) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            take(Row::new(row?, &mut padded))?;
        }
        Ok(stream.rows_affected().unwrap_or(0))
    }

    /// The rows as they arrive.
    pub(crate) fn arriving(self) -> Arriving {
        Arriving { stream: Box::pin(self.0), padded: None }
    }
}

/// Rows that are polled for.
pub(crate) struct Arriving {
    stream: Pin<Box<RowStream>>,
    padded: Option<bool>,
}

impl Arriving {
    /// The next row; `None` after the last.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row, DriverError>>> {
        let Arriving { stream, padded } = self;
        stream.as_mut().poll_next(cx).map_ok(|row| Row::new(row, padded))
    }
}
