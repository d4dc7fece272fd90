//! Cells of rows as they come from the server, and what takes them.

mod buffer;

pub use buffer::{BufferedRow, RowBuffer};

/// Why a cell could not be read; the reader adds which one it was.
pub type CellError = crate::value::Problem;

/// The cells of one row as the driver holds them, in binary form.
pub trait Cells {
    /// The bytes of a cell, `None` for NULL or where there is no such cell.
    fn cell(&self, index: usize) -> Option<&[u8]>;

    /// All cells from left to right, each behind its length, as the server sends them and
    /// [`next_cell`](crate::value::next_cell) takes them off; `None` where they are not there so.
    #[inline]
    fn as_sent(&self) -> Option<&[u8]> {
        None
    }

    /// What the server says of a column; `None` beyond the last, and for rows that did not come from
    /// the server.
    fn described(&self, _: usize) -> Option<Described<'_>> {
        None
    }
}

/// A column of a row, as the server describes it.
#[derive(Clone, Copy, Debug)]
pub struct Described<'r> {
    /// What it is called.
    pub name: &'r str,
    /// The name of its type.
    pub type_name: &'r str,
    /// Its type, where that is known here.
    pub sql_type: Option<crate::value::SqlType>,
}

/// Takes rows as they arrive.
pub trait RowSink: Send {
    /// One row.
    ///
    /// # Errors
    ///
    /// When the row is not what was expected. The rest is then passed over.
    fn row(&mut self, cells: &dyn Cells) -> crate::Result<()>;
}
