//! Rows of a prefetch that are read as they come, while the server sends the next ones.

use super::group::Grouping;
use super::{Decoded, Decoder, Group, KeyBuffer, KeyCells, Reader};
use orm_sql::row::Cells;
use std::fmt;

/// What reads the rows of a prefetch, whatever they are.
pub(crate) trait Early: Send + Sync {
    /// Begins with the first row; `key` are the cells that hold the key of the parent.
    fn begin(&self, key: KeyCells) -> Box<dyn Arriving>;
}

impl fmt::Debug for dyn Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Early")
    }
}

/// The rows so far.
pub(crate) trait Arriving: Send {
    /// One more.
    fn add(&mut self, cells: &dyn Cells) -> Decoded<()>;
    /// All of them by their parents.
    fn group(self: Box<Self>) -> Group;
}

impl<O: Send + 'static> Early for Decoder<O> {
    fn begin(&self, key: KeyCells) -> Box<dyn Arriving> {
        let (decoder, grouping) = (self.clone(), Grouping::default());
        Box::new(Rows { decoder, key, grouping, values: Vec::new() })
    }
}

struct Rows<O> {
    decoder: Decoder<O>,
    key: KeyCells,
    grouping: Grouping,
    values: Vec<Option<O>>,
}

impl<O: Send + 'static> Arriving for Rows<O> {
    fn add(&mut self, cells: &dyn Cells) -> Decoded<()> {
        let mut buffer = KeyBuffer::new();
        self.grouping.add(self.key.read(|cell| cells.cell(cell), &mut buffer));
        self.values.push(Some(self.decoder.decode(&mut Reader::new(cells))?));
        Ok(())
    }

    fn group(self: Box<Self>) -> Group {
        Group::of_values(self.grouping, self.values)
    }
}
