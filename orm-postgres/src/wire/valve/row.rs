//! Rows in the messages that they came in.

use crate::wire::described::Described;
use orm_sql::row::{Cells, Described as Column};
use std::cell::Cell;
use std::sync::Arc;

/// A row in the buffer that it was read into: its cells are found from left to right, as they are
/// read.
pub(crate) struct RowFrame<'f> {
    body: &'f [u8],
    described: &'f Described,
    /// The cell that would be read next, and where it begins.
    next: Cell<(usize, usize)>,
}

/// Where the first cell begins, behind the number of cells.
const FIRST: usize = 2;

/// The cell that begins at a place, and where the next one does; `None` where there is none.
#[inline]
fn cell_at(body: &[u8], place: usize) -> Option<(Option<&[u8]>, usize)> {
    let (length, rest) = body.get(place..)?.split_first_chunk::<4>()?;
    match i32::from_be_bytes(*length) {
        -1 => Some((None, place + 4)),
        length => {
            let length = usize::try_from(length).ok()?;
            Some((Some(rest.get(..length)?), place + 4 + length))
        }
    }
}

impl<'f> RowFrame<'f> {
    /// The row in a message; `None` where it is not as many whole cells as there are columns.
    #[inline]
    pub(crate) fn read(body: &'f [u8], described: &'f Described) -> Option<Self> {
        let columns = described.columns.len();
        if usize::from(u16::from_be_bytes(*body.first_chunk()?)) != columns {
            return None;
        }
        let mut place = FIRST;
        for _ in 0..columns {
            place = cell_at(body, place)?.1;
        }
        (place == body.len()).then(|| RowFrame { body, described, next: Cell::new((0, FIRST)) })
    }

    pub(crate) fn described(&self) -> &'f Described {
        self.described
    }

    #[inline]
    fn raw(&self, index: usize) -> Option<&'f [u8]> {
        let (mut at, mut place) = self.next.get();
        if index < at {
            (at, place) = (0, FIRST);
        }
        loop {
            let (cell, next) = cell_at(self.body, place)?;
            if at == index {
                self.next.set((at + 1, next));
                return cell;
            }
            (at, place) = (at + 1, next);
        }
    }
}

impl Cells for RowFrame<'_> {
    #[inline]
    fn cell(&self, index: usize) -> Option<&[u8]> {
        let raw = self.raw(index)?;
        Some(if self.described.padded { self.described.without_padding(index, raw) } else { raw })
    }

    #[inline]
    fn as_sent(&self) -> Option<&[u8]> {
        if self.described.padded { None } else { self.body.get(FIRST..) }
    }

    fn described(&self, index: usize) -> Option<Column<'_>> {
        self.described.column(index)
    }
}

/// A whole row that outlives its message.
pub(crate) struct Kept {
    body: Box<[u8]>,
    described: Arc<Described>,
}

impl Kept {
    pub(crate) fn new(body: &[u8], described: Arc<Described>) -> Self {
        Kept { body: body.into(), described }
    }

    pub(crate) fn frame(&self) -> RowFrame<'_> {
        RowFrame { body: &self.body, described: &self.described, next: Cell::new((0, FIRST)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Column;
    use postgres_types::Type;

    fn described() -> Described {
        let column = |name: &str| Column { name: name.to_owned(), type_: Type::INT4 };
        Described::new(vec![column("a"), column("b"), column("c")])
    }

    #[test]
    fn cells_are_found_in_any_order() {
        let described = described();
        let body = b"\0\x03\0\0\0\x01x\xff\xff\xff\xff\0\0\0\x02yz";
        let row = RowFrame::read(body, &described).expect("a row");
        let found = [2, 0, 1, 0, 2, 3].map(|index| row.cell(index));
        let (x, yz) = (Some(&b"x"[..]), Some(&b"yz"[..]));
        assert_eq!(found, [yz, x, None, x, yz, None]);
    }

    #[test]
    fn what_is_no_whole_row_is_none() {
        let described = described();
        let body = b"\0\x03\0\0\0\x01x\xff\xff\xff\xff\0\0\0\x02yz";
        for cut in 0..body.len() {
            assert!(RowFrame::read(&body[..cut], &described).is_none(), "{cut}");
        }
        let longer = [&body[..], b"\0"].concat();
        assert!(RowFrame::read(&longer, &described).is_none());
        // A length that is no length is not NULL.
        let odd = b"\0\x03\0\0\0\x01x\xff\0\0\0\0\0\0\x02yz";
        assert!(RowFrame::read(odd, &described).is_none());
    }
}
