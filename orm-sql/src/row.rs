//! Cells of rows as they come from the server, and what takes them.

mod buffer;

pub use buffer::{BufferedRow, RowBuffer};

/// Why a cell could not be read; the reader adds which one it was.
pub type CellError = crate::value::Problem;

/// The cells of one row as the driver holds them, in binary form.
pub trait Cells {
    /// The bytes of a cell, `None` for NULL or where there is no such cell.
    fn cell(&self, index: usize) -> Option<&[u8]>;
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
