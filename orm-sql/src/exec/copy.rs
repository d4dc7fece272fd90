//! COPY: many rows on their way to the server, and rows on their way out as text.

use super::{BoxFuture, Statement};
use crate::error::Result;
use crate::value::SqlValue;
use bytes::BytesMut;
use std::fmt;
use std::task::{Context, Poll};

/// `COPY … FROM STDIN`.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyIn {
    /// The text, and in its columns what the rows have.
    pub statement: Statement,
    /// The rows travel in the binary form of their types, and not as text.
    pub binary: bool,
}

/// Where the rows of a [`CopyIn`] come from.
pub trait RowSource: Send {
    /// Hands on the values of the next row, in the order of the columns; false when there are no
    /// more.
    ///
    /// # Errors
    ///
    /// What ends the COPY: no row is kept then.
    fn poll_row(&mut self, cx: &mut Context<'_>, row: &mut dyn TakesRow) -> Poll<Result<bool>>;

    /// So many rows were sent by now. The server may still refuse them.
    fn sent(&mut self, rows: u64);
}

/// Takes the values of a row one after another.
pub trait TakesRow {
    /// The next value.
    ///
    /// # Errors
    ///
    /// When it cannot be sent.
    fn value(&mut self, value: &SqlValue) -> Result<()>;

    /// Where a row may be written as binary COPY has it, in place of its values: how many cells there are
    /// (two bytes), and each cell behind its length.
    #[doc(hidden)]
    fn encoded(&mut self) -> Option<&mut BytesMut> {
        None
    }
}

impl TakesRow for Vec<SqlValue> {
    fn value(&mut self, value: &SqlValue) -> Result<()> {
        self.push(value.clone());
        Ok(())
    }
}

/// `COPY (SELECT …) TO STDOUT`. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct CopyOut {
    /// The text with placeholders, for instrumentation.
    pub statement: Statement,
    /// The text that runs: the server takes no parameters here, so values are quoted literals.
    pub sql: String,
}

impl fmt::Debug for CopyOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyOut").field("statement", &self.statement).finish_non_exhaustive()
    }
}

/// Takes text as it arrives.
pub trait ByteSink: Send {
    /// Some of the bytes: whole rows.
    ///
    /// # Errors
    ///
    /// When they cannot be taken. The rest is then passed over.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, Result<()>>;
}
