//! Rows as the driver gives them.

use crate::error::{DriverError, Failed};
use futures_core::Stream;
use orm_sql::row::Cells;
use postgres_types::{FromSql, Type};
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
pub(crate) struct Row(pub(super) tokio_postgres::Row);

impl Row {
    /// What the statement returns.
    pub(crate) fn columns(&self) -> &[Column] {
        self.0.columns()
    }

    /// A value of a type that the driver knows.
    pub(crate) fn get<'a, T: FromSql<'a>>(&'a self, index: usize) -> Result<T, DriverError> {
        self.0.try_get(index)
    }
}

impl Cells for Row {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.try_get::<usize, Raw<'_>>(index).ok()?.0
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
        while let Some(row) = poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
            take(Row(row?))?;
        }
        Ok(stream.rows_affected().unwrap_or(0))
    }

    /// The rows as they arrive.
    pub(crate) fn arriving(self) -> Arriving {
        Arriving(Box::pin(self.0))
    }
}

/// Rows that are polled for.
pub(crate) struct Arriving(Pin<Box<RowStream>>);

impl Arriving {
    /// The next row; `None` after the last.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Row, DriverError>>> {
        self.0.as_mut().poll_next(cx).map_ok(Row)
    }
}
