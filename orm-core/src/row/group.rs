//! Rows grouped by a key: what a prefetch has loaded, ready to be attached to its parents.

use super::{Decoded, Reader};
use orm_sql::hash::FoldState;
use orm_sql::row::{Cells, RowBuffer};
use smallvec::SmallVec;
use std::any::Any;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hasher;

/// The bytes of a key of several columns.
pub type KeyBuffer = SmallVec<[u8; 64]>;

/// The cells of a row that hold a key; at least one.
#[derive(Clone, Debug)]
pub struct KeyCells {
    first: usize,
    rest: SmallVec<[usize; 0]>,
}

impl KeyCells {
    /// A key by its cells, in order.
    pub fn new(first: usize, rest: impl IntoIterator<Item = usize>) -> Self {
        KeyCells { first, rest: rest.into_iter().collect() }
    }

    /// The first of the cells.
    pub(crate) fn first(&self) -> usize {
        self.first
    }

    /// The cells, in order.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// The bytes of a row's key: the cell itself, or the cells one after another with their lengths
    /// between them. None where one of them is NULL.
    #[inline]
    pub fn read<'k>(
        &self,
        cell: impl Fn(usize) -> Option<&'k [u8]>,
        buffer: &'k mut KeyBuffer,
    ) -> Option<&'k [u8]> {
        let first = cell(self.first)?;
        if self.rest.is_empty() {
            return Some(first);
        }
        buffer.clear();
        buffer.extend_from_slice(first);
        for place in &self.rest {
            let next = cell(*place)?;
            buffer.extend_from_slice(next);
            buffer.extend_from_slice(&next.len().to_be_bytes());
        }
        Some(buffer)
    }
}

/// Loaded rows, found by the key of the parent they belong to.
#[derive(Debug, Default)]
pub struct Group {
    rows: Rows,
    by_parent: ByParent,
    /// What was loaded for these rows in turn.
    related: Vec<Group>,
}

/// What there is of the rows.
#[derive(Debug)]
enum Rows {
    /// Their cells, which are read as often as they are asked for.
    Cells(RowBuffer),
    /// What was read of them: a `Vec<Option<O>>`, from which each value is taken once.
    Values(RefCell<Box<dyn Any + Send>>),
}

impl Default for Rows {
    fn default() -> Self {
        Rows::Cells(RowBuffer::default())
    }
}

/// The places of rows by the keys of their parents.
#[derive(Debug, Default)]
struct ByParent {
    /// The parent's number for each key.
    parents: HashMap<GroupKey, u32, FoldState>,
    /// Where the rows of each parent start in `order`; one more at the end.
    starts: Vec<u32>,
    /// Rows by parent, in the order in which they came.
    order: Vec<u32>,
}

/// Rows that come one after another, each with the key of its parent.
#[derive(Default)]
pub(super) struct Grouping {
    parents: HashMap<GroupKey, u32, FoldState>,
    parent_of: Vec<u32>,
}

impl Grouping {
    /// One more row, of a parent, or of none.
    #[expect(clippy::cast_possible_truncation, reason = "memory ends before there are 2^32 rows")]
    pub fn add(&mut self, key: Option<&[u8]>) {
        let next = self.parents.len() as u32;
        let parent = key.map(|key| *self.parents.entry(GroupKey::new(key)).or_insert(next));
        self.parent_of.push(parent.unwrap_or(u32::MAX));
    }

    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "parents are numbered from 0 up, there is a start for each and one more, and memory \
                  ends before there are 2^32 rows"
    )]
    fn by_parent(self) -> ByParent {
        let Grouping { parents, parent_of } = self;
        let mut starts = vec![0u32; parents.len() + 1];
        for parent in parent_of.iter().filter(|parent| **parent != u32::MAX) {
            starts[*parent as usize + 1] += 1;
        }
        for parent in 1..starts.len() {
            starts[parent] += starts[parent - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; starts.last().map_or(0, |end| *end as usize)];
        for (row, parent) in parent_of.iter().enumerate().filter(|(_, p)| **p != u32::MAX) {
            let at = &mut next[*parent as usize];
            order[*at as usize] = row as u32;
            *at += 1;
        }
        ByParent { parents, starts, order }
    }
}

impl Group {
    /// Groups rows by a key. Where a row has the first key of a pair, it belongs to the second.
    pub fn new(
        rows: RowBuffer,
        key: &KeyCells,
        same: &[(Vec<u8>, Vec<u8>)],
        related: Vec<Group>,
    ) -> Self {
        let same: HashMap<&[u8], &[u8]> =
            same.iter().map(|(key, other)| (key.as_slice(), other.as_slice())).collect();
        let mut grouping = Grouping::default();
        for place in 0..rows.len() {
            let row = rows.row(place);
            let mut buffer = KeyBuffer::new();
            let key = key.read(|cell| row.get(cell), &mut buffer);
            grouping.add(key.map(|key| match same.is_empty() {
                true => key,
                false => same.get(key).unwrap_or(&key),
            }));
        }
        Group { rows: Rows::Cells(rows), by_parent: grouping.by_parent(), related }
    }

    /// Rows that were read as they came.
    pub(super) fn of_values<O: Send + 'static>(grouping: Grouping, values: Vec<Option<O>>) -> Self {
        let rows = Rows::Values(RefCell::new(Box::new(values)));
        Group { rows, by_parent: grouping.by_parent(), related: Vec::new() }
    }

    /// Finds the rows of the second key of each pair by the first as well.
    #[must_use]
    pub fn with_others(mut self, same: &[(Vec<u8>, Vec<u8>)]) -> Self {
        for (key, other) in same {
            let parents = &mut self.by_parent.parents;
            if let Some(parent) = parents.get(&GroupKey::new(other)).copied() {
                parents.insert(GroupKey::new(key), parent);
            }
        }
        self
    }

    /// The rows of a parent, in the order of their query.
    pub fn rows(&self, key: &[u8]) -> &[u32] {
        let ByParent { parents, starts, order } = &self.by_parent;
        let Some(parent) = parents.get(&GroupKey::new(key)) else { return &[] };
        let from = starts.get(*parent as usize..).unwrap_or_default();
        let [from, to, ..] = from else { return &[] };
        order.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// Reads one of the rows. What was read as it came is taken, so that it is there once.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    pub fn read<T: 'static>(
        &self,
        row: u32,
        read: impl FnOnce(&mut Reader<'_>) -> Decoded<T>,
    ) -> Decoded<T> {
        match &self.rows {
            Rows::Cells(rows) => {
                read(&mut Reader::with_related(&rows.row(row as usize), &self.related))
            }
            Rows::Values(values) => {
                let mut values = values.borrow_mut();
                let values = values.downcast_mut::<Vec<Option<T>>>();
                let value = values.and_then(|values| values.get_mut(row as usize)?.take());
                let gone = || Reader::new(&NoCells).error("a prefetched row was read twice");
                value.ok_or_else(gone)
            }
        }
    }
}

/// No cells.
struct NoCells;

impl Cells for NoCells {
    fn cell(&self, _: usize) -> Option<&[u8]> {
        None
    }
}

/// The bytes of a key; short ones (all numbers and uuids) without an allocation.
#[derive(Debug, PartialEq, Eq)]
enum GroupKey {
    /// At most 16 bytes, behind zeros, and how many they are: `[1]` is not `[0, 1]`.
    Short(u128, u8),
    Long(Box<[u8]>),
}

impl GroupKey {
    fn new(raw: &[u8]) -> Self {
        let mut bytes = [0u8; 16];
        let start = 16_u8.checked_sub(u8::try_from(raw.len()).unwrap_or(u8::MAX));
        let end = start.and_then(|start| Some((start, bytes.get_mut(usize::from(start)..)?)));
        let Some((start, end)) = end else { return GroupKey::Long(raw.into()) };
        end.copy_from_slice(raw);
        GroupKey::Short(u128::from_be_bytes(bytes), 16 - start)
    }
}

impl std::hash::Hash for GroupKey {
    /// Both halves, one after another: who chooses keys must not see which of them collide.
    #[expect(clippy::cast_possible_truncation, reason = "the two halves of the key")]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            GroupKey::Short(key, _) => {
                let (high, low) = ((*key >> 64) as u64, *key as u64);
                if high != 0 {
                    state.write_u64(high);
                }
                state.write_u64(low);
            }
            GroupKey::Long(key) => {
                state.write_usize(key.len());
                state.write(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    #[test]
    fn keys_that_were_chosen_to_collide_do_not() {
        let state = FoldState::default();
        let equal_halves = |n: u64| [n.to_be_bytes(), n.to_be_bytes()].concat();
        let swapped = |n: u64| [n.to_be_bytes(), (!n).to_be_bytes()].concat();
        let bytes = |n: u64| vec![7; usize::try_from(n % 400).unwrap_or(0)];
        for keys in [equal_halves, swapped] {
            let hashes: HashSet<u64> =
                (0..10_000).map(|n| state.hash_one(GroupKey::new(&keys(n)))).collect();
            assert_eq!(hashes.len(), 10_000);
        }
        let lengths: HashSet<u64> =
            (0..400).map(|n| state.hash_one(GroupKey::new(&bytes(n)))).collect();
        assert_eq!(lengths.len(), 400);
        // Another map has another order.
        let key = GroupKey::new(&equal_halves(1));
        assert_ne!(state.hash_one(&key), FoldState::default().hash_one(&key));
    }
}
