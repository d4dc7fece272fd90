//! Tables that come and tables that go.

use super::parts::Parts;
use super::{Pair, Place, Steps, keys};
use orm_sql::schema::{
    AlterTable, Change, Constraint, ConstraintKind, ForeignKey, Table, TableName, order,
};
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
    let mut there: HashSet<TableName> = HashSet::new();
    let is_ready = |key: &ForeignKey| {
        let is_touched = |name: &String| touched.contains(&(key.to.clone(), name.clone()));
        let mut target = pairs.iter().zip(parts).filter(|(pair, _)| *pair.name() == key.to);
        target.all(|(pair, parts)| {
            let is_there = |name: &String| pair.columns.kept(name).is_some();
            !parts.adds_key(&key.to_columns)
                && key.to_columns.iter().all(|name| is_there(name) && !is_touched(name))
        })
    };
    let created: HashSet<TableName> = new.iter().map(|table| table.name.clone()).collect();
    for place in order(&new).concat() {
        let Some(mut table) = new.get(place).cloned() else { continue };
        there.insert(table.name.clone());
        let late: Vec<_> = table
            .constraints
            .extract_if(.., |one| match &one.kind {
                ConstraintKind::ForeignKey(key) if created.contains(&key.to) => {
                    !there.contains(&key.to)
                }
                ConstraintKind::ForeignKey(key) => !is_ready(key),
                _ => false,
            })
            .collect();
        steps.keys.extend(late.into_iter().map(|key| keys::add(&table.name, key, true)));
        let redundant = take_redundant(&mut table);
        steps
            .constraints
            .extend(redundant.into_iter().map(|key| keys::add(&table.name, key, true)));
        steps.comments.extend(Change::comments(&table));
        steps.create_tables.push(Change::CreateTable(table.clone()));
        steps.create_tables.extend(table.indexes.into_iter().map(|index| {
            let (table, concurrently) = (table.name.clone(), false);
            Change::CreateIndex { table, index, concurrently }
        }));
    }
}

/// Takes out the constraints that have the columns of an earlier one: CREATE TABLE would leave them out
/// without a word.
fn take_redundant(table: &mut Table) -> Vec<Constraint> {
    let mut seen: Vec<Vec<String>> = Vec::new();
    let is_redundant = |one: &mut Constraint| {
        let columns = match &one.kind {
            ConstraintKind::PrimaryKey { columns } => columns,
            ConstraintKind::Unique(unique) => &unique.columns,
            _ => return false,
        };
        let is_seen = seen.contains(columns);
        seen.push(columns.clone());
        is_seen
    };
    table.constraints.extract_if(.., is_redundant).collect()
}
