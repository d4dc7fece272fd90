//! The binary form of a row that is one value: what `ROW(…)` comes as.

use orm_sql::row::{CellError, Cells};
use smallvec::SmallVec;

/// The cells of such a row; the first says which model they belong to.
pub(super) struct Record<'r>(SmallVec<[Option<&'r [u8]>; 24]>);

impl<'r> Record<'r> {
    /// How many cells, and for each of them the number of its type, its length, −1 for NULL, and its bytes.
    pub fn of(raw: &'r [u8]) -> Result<Self, CellError> {
        let (count, mut rest) = number(raw)?;
        let mut cells = SmallVec::new();
        for _ in 0..count {
            let (_, after) = number(rest)?;
            let (length, after) = number(after)?;
            rest = after;
            let Ok(length) = usize::try_from(length) else {
                cells.push(None);
                continue;
            };
            let (cell, after) = rest.split_at_checked(length).ok_or(TOO_SHORT)?;
            cells.push(Some(cell));
            rest = after;
        }
        match rest.is_empty() {
            true => Ok(Record(cells)),
            false => Err("more bytes than a row has".into()),
        }
    }

    /// Which of the models the row belongs to.
    pub fn place(&self) -> Option<usize> {
        let (place, _) = number(self.cell(0)?).ok()?;
        usize::try_from(place).ok()
    }
}

const TOO_SHORT: &str = "fewer bytes than a row has";

fn number(raw: &[u8]) -> Result<(i32, &[u8]), CellError> {
    let (number, rest) = raw.split_first_chunk::<4>().ok_or(TOO_SHORT)?;
    Ok((i32::from_be_bytes(*number), rest))
}

impl Cells for Record<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        self.0.get(index).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_cell_by_cell_and_never_beyond_their_end() {
        let mut raw = 3_i32.to_be_bytes().to_vec();
        for cell in [Some(&7_i32.to_be_bytes()[..]), None, Some(&b"sea"[..])] {
            raw.extend(23_u32.to_be_bytes());
            let length = cell.map_or(-1, |cell| i32::try_from(cell.len()).unwrap_or(0));
            raw.extend(length.to_be_bytes());
            raw.extend(cell.unwrap_or_default());
        }
        let record = Record::of(&raw).expect("a row");
        assert_eq!(record.place(), Some(7));
        assert_eq!(
            (record.cell(1), record.cell(2), record.cell(3)),
            (None, Some(&b"sea"[..]), None)
        );
        for end in 0..raw.len() {
            assert!(Record::of(&raw[..end]).is_err(), "{end} bytes are no row");
        }
        let longer = [raw.as_slice(), &[0]].concat();
        assert!(Record::of(&longer).is_err());
    }
}
