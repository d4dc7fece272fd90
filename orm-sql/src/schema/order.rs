//! The order in which tables can be created.

use super::Table;
use std::collections::HashMap;

/// Groups of tables, by their places, so that foreign keys point into the own group or an earlier
/// one. A group of several is a cycle: its keys come after all of its tables. Where nothing
/// depends on it, the given order is kept.
///
/// ```
/// use orm_sql::schema::{Table, order};
///
/// assert_eq!(order(&[Table::new("a"), Table::new("b")]), [[0], [1]]);
/// ```
pub fn order(tables: &[Table]) -> Vec<Vec<usize>> {
    let mut search = Search {
        needs: needs(tables),
        numbers: vec![None; tables.len()],
        lowest: vec![0; tables.len()],
        open: Vec::new(),
        groups: Vec::new(),
        next: 0,
    };
    for table in 0..tables.len() {
        search.visit(table);
    }
    search.groups
}

/// For each table the places of those that its foreign keys point to.
fn needs(tables: &[Table]) -> Vec<Vec<usize>> {
    let places: HashMap<_, _> =
        tables.iter().enumerate().map(|(place, table)| (&table.name, place)).collect();
    let of = |table: &Table| {
        let mut needs: Vec<usize> =
            table.foreign_keys().filter_map(|key| places.get(&key.to).copied()).collect();
        needs.sort_unstable();
        needs
    };
    tables.iter().map(of).collect()
}

/// Tarjan's search for strongly connected components, which come out dependencies first.
struct Search {
    needs: Vec<Vec<usize>>,
    numbers: Vec<Option<usize>>,
    lowest: Vec<usize>,
    open: Vec<usize>,
    groups: Vec<Vec<usize>>,
    next: usize,
}

impl Search {
    #[expect(clippy::indexing_slicing, reason = "there is an item for the place of each table")]
    fn visit(&mut self, table: usize) {
        if self.numbers[table].is_some() {
            return;
        }
        let number = self.next;
        self.next += 1;
        self.numbers[table] = Some(number);
        self.lowest[table] = number;
        self.open.push(table);
        for needed in std::mem::take(&mut self.needs[table]) {
            self.visit(needed);
            if self.open.contains(&needed) {
                self.lowest[table] = self.lowest[table].min(self.lowest[needed]);
            }
        }
        if self.lowest[table] == number {
            self.close(table);
        }
    }

    /// What was opened since this table is one group.
    fn close(&mut self, table: usize) {
        let start = self.open.iter().position(|open| *open == table).unwrap_or_default();
        let mut group = self.open.split_off(start);
        group.sort_unstable();
        self.groups.push(group);
    }
}
