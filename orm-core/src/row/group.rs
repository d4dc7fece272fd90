//! Rows grouped by a key: what a prefetch has loaded, ready to be attached to its parents.

use super::Reader;
use orm_sql::hash::FoldState;
use orm_sql::row::{Cells, RowBuffer};
use std::collections::HashMap;
use std::hash::Hasher;

/// Loaded rows, found by the key of the parent they belong to.
#[derive(Debug, Default)]
pub struct Group {
    rows: RowBuffer,
    /// The parent's number for each key.
    parents: HashMap<GroupKey, u32, FoldState>,
    /// Where the rows of each parent start in `order`; one more at the end.
    starts: Vec<u32>,
    /// Rows by parent, in the order in which they came.
    order: Vec<u32>,
    /// What was loaded for these rows in turn.
    related: Vec<Group>,
}

impl Group {
    /// Groups rows by the cell of a column.
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "parents are numbered from 0 up, there is a start for each and one more, and memory \
                  ends before there are 2^32 rows"
    )]
    pub fn new(rows: RowBuffer, key_column: usize, related: Vec<Group>) -> Self {
        let mut parents: HashMap<GroupKey, u32, FoldState> = HashMap::default();
        let mut parent_of = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let next = parents.len() as u32;
            let parent = match rows.row(row).cell(key_column) {
                Some(key) => *parents.entry(GroupKey::new(key)).or_insert(next),
                None => u32::MAX,
            };
            parent_of.push(parent);
        }
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
        Group { rows, parents, starts, order, related }
    }

    /// The rows of a parent, in the order of their query.
    pub fn rows(&self, key: &[u8]) -> &[u32] {
        let Some(parent) = self.parents.get(&GroupKey::new(key)) else { return &[] };
        let from = self.starts.get(*parent as usize..).unwrap_or_default();
        let [from, to, ..] = from else { return &[] };
        self.order.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// Reads one of the rows.
    pub fn read<T>(&self, row: u32, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let row = self.rows.row(row as usize);
        read(&mut Reader::with_related(&row, &self.related))
    }
}

/// The bytes of a key; short ones (all numbers and uuids) without an allocation.
#[derive(Debug, PartialEq, Eq)]
enum GroupKey {
    Short(u128),
    Long(Box<[u8]>),
}

impl GroupKey {
    fn new(raw: &[u8]) -> Self {
        let mut bytes = [0u8; 16];
        let end = 16_usize.checked_sub(raw.len()).and_then(|start| bytes.get_mut(start..));
        let Some(end) = end else { return GroupKey::Long(raw.into()) };
        end.copy_from_slice(raw);
        GroupKey::Short(u128::from_be_bytes(bytes))
    }
}

impl std::hash::Hash for GroupKey {
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the key are mixed")]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            GroupKey::Short(key) => state.write_u64((*key ^ (*key >> 64)) as u64),
            GroupKey::Long(key) => state.write(key),
        }
    }
}
