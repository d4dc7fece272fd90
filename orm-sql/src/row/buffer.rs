//! Rows kept in binary form until what belongs to them has been loaded.

use super::Cells;
use crate::error::Result;
use crate::row::RowSink;
use crate::value::next_cell;

/// The cells of many rows in one piece of memory: for each row where its cells end, counted from
/// its start, and then the cells.
#[derive(Debug, Default)]
pub struct RowBuffer {
    width: usize,
    bytes: Vec<u8>,
    /// Where each row starts.
    starts: Vec<usize>,
}

/// The size of a cell's end. A row has less than 2 GiB, so that its highest bit is free.
const END: usize = size_of::<u32>();
/// Marks the end of a cell that is NULL.
const NULL: u32 = 1 << 31;

impl RowBuffer {
    /// A buffer for rows of so many cells.
    pub fn new(width: usize) -> Self {
        RowBuffer { width, ..RowBuffer::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Keeps the first rows, at most so many.
    pub fn truncate(&mut self, rows: usize) {
        if let Some(end) = self.starts.get(rows) {
            self.bytes.truncate(*end);
            self.starts.truncate(rows);
        }
    }

    /// A row by its place; one of NULLs where there is no such row.
    pub fn row(&self, row: usize) -> BufferedRow<'_> {
        let start = self.starts.get(row).copied().unwrap_or(self.bytes.len());
        let bytes = self.bytes.get(start..).unwrap_or_default();
        BufferedRow { bytes, width: self.width }
    }
}

impl RowSink for RowBuffer {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a row comes in one message, which has less than 2^30 bytes"
    )]
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let start = self.bytes.len();
        self.starts.push(start);
        self.bytes.resize(start + END * self.width, 0);
        let mut sent = cells.as_sent();
        for index in 0..self.width {
            let cell = match &mut sent {
                Some(sent) => next_cell(sent),
                None => cells.cell(index),
            };
            let null = match cell {
                Some(raw) => {
                    self.bytes.extend_from_slice(raw);
                    0
                }
                None => NULL,
            };
            let end = (self.bytes.len() - start) as u32 | null;
            let place = start + END * index;
            if let Some(place) = self.bytes.get_mut(place..place + END) {
                place.copy_from_slice(&end.to_ne_bytes());
            }
        }
        Ok(())
    }
}

/// A row of a [`RowBuffer`].
#[derive(Debug, Clone, Copy)]
pub struct BufferedRow<'a> {
    /// The row, and those behind it.
    bytes: &'a [u8],
    width: usize,
}

impl<'a> BufferedRow<'a> {
    /// The bytes of a cell, for as long as the buffer lives.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a row has less than 2^16 columns")]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.width {
            return None;
        }
        let start = match index.checked_sub(1) {
            Some(before) => self.end(before)? & !NULL,
            None => (END * self.width) as u32,
        };
        let end = self.end(index).filter(|end| end & NULL == 0)?;
        self.bytes.get(start as usize..end as usize)
    }

    #[inline]
    fn end(&self, index: usize) -> Option<u32> {
        let end = self.bytes.get(END * index..)?.first_chunk::<END>()?;
        Some(u32::from_ne_bytes(*end))
    }
}

impl Cells for BufferedRow<'_> {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.get(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(&'static [Option<&'static [u8]>]);

    impl Cells for Row {
        fn cell(&self, index: usize) -> Option<&[u8]> {
            *self.0.get(index)?
        }
    }

    #[test]
    fn cells_come_back_as_they_were() {
        let rows: [&[Option<&[u8]>]; 3] = [
            &[Some(b"a"), None, Some(b""), Some(b"bcd")],
            &[None, None, None, None],
            &[Some(b""), Some(b"longer than the others"), None, Some(b"x")],
        ];
        let mut buffer = RowBuffer::new(4);
        for row in rows {
            RowSink::row(&mut buffer, &Row(row)).unwrap();
        }
        assert_eq!(buffer.len(), 3);
        for (place, row) in rows.iter().enumerate() {
            let kept = RowBuffer::row(&buffer, place);
            for (index, cell) in row.iter().enumerate() {
                assert_eq!(kept.cell(index), *cell, "row {place}, cell {index}");
            }
            assert_eq!(kept.cell(4), None);
        }
        assert_eq!(RowBuffer::row(&buffer, 3).cell(0), None);
    }
}
