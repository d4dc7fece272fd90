//! Tables that come and tables that go.

use super::parts::Parts;
use super::{Pair, Place, Steps, keys};
use orm_sql::schema::{AlterTable, Change, Creation, ForeignKey, Table, order};
use std::collections::HashSet;

/// Drops tables, those that refer to others first.
pub(super) fn drop(gone: Vec<Table>, steps: &mut Steps) {
    for group in order(&gone).into_iter().rev() {
        let group: Vec<&Table> = group.into_iter().filter_map(|place| gone.get(place)).collect();
        if group.len() > 1 {
            // They refer to each other.
            for table in &group {
                for key in keys::keys(table) {
                    let (name, if_exists, cascade) = (key.name.clone(), false, false);
                    let drop = AlterTable::DropConstraint { name, if_exists, cascade };
                    steps.drop_keys.push(Change::alter(&table.name, drop));
                }
            }
        }
        steps.drop_tables.extend(group.into_iter().map(|table| Change::DropTable {
            table: table.name.clone(),
            if_exists: false,
            cascade: false,
        }));
    }
}

/// Creates tables, those that others refer to first. Keys to what is not there yet come last.
pub(super) fn create(
    new: Vec<Table>,
    pairs: &[Pair<'_>],
    parts: &[Parts<'_>],
    touched: &HashSet<Place>,
    steps: &mut Steps,
) {
    let is_ready = |key: &ForeignKey| {
        let is_touched = |name: &String| touched.contains(&(key.to.clone(), name.clone()));
        let mut target = pairs.iter().zip(parts).filter(|(pair, _)| *pair.name() == key.to);
        target.all(|(pair, parts)| {
            let is_there = |name: &String| pair.columns.kept(name).is_some();
            !parts.adds_key(&key.to_columns)
                && key.to_columns.iter().all(|name| is_there(name) && !is_touched(name))
        })
    };
    let Creation { tables, constraints, keys, comments } = Creation::of(new, is_ready);
    let change = |(_, change): (usize, Change)| change;
    steps.create_tables.extend(tables.into_iter().map(change));
    steps.constraints.extend(constraints.into_iter().map(change));
    steps.keys.extend(keys.into_iter().map(change));
    steps.comments.extend(comments.into_iter().map(change));
}
