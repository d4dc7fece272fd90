//! Rows kept in binary form until what belongs to them has been loaded.

use super::Cells;
use crate::error::Result;
use crate::exec::RowSink;

/// The cells of many rows in one piece of memory.
#[derive(Debug, Default)]
pub struct RowBuffer {
    width: usize,
    bytes: Vec<u8>,
    /// Where each cell ends; NULL cells end where they start and are marked.
    ends: Vec<(usize, bool)>,
}

impl RowBuffer {
    /// A buffer for rows of so many cells.
    pub fn new(width: usize) -> Self {
        RowBuffer { width, ..RowBuffer::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len().checked_div(self.width).unwrap_or(0)
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A row by its place.
    pub fn row(&self, row: usize) -> BufferedRow<'_> {
        BufferedRow { buffer: self, first: row * self.width }
    }
}

impl RowSink for RowBuffer {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        for index in 0..self.width {
            match cells.cell(index) {
                Some(raw) => {
                    self.bytes.extend_from_slice(raw);
                    self.ends.push((self.bytes.len(), false));
                }
                None => self.ends.push((self.bytes.len(), true)),
            }
        }
        Ok(())
    }
}

/// A row of a [`RowBuffer`].
#[derive(Debug, Clone, Copy)]
pub struct BufferedRow<'a> {
    buffer: &'a RowBuffer,
    first: usize,
}

impl BufferedRow<'_> {
    fn bytes(&self, index: usize) -> Option<&[u8]> {
        let at = self.first + index;
        let (end, null) = *self.buffer.ends.get(at).filter(|_| index < self.buffer.width)?;
        let start = at.checked_sub(1).map_or(0, |before| self.buffer.ends[before].0);
        if null { None } else { self.buffer.bytes.get(start..end) }
    }
}

impl Cells for BufferedRow<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.bytes(index)
    }
}
