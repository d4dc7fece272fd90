//! Tables that are created together.

use super::{AlterTable, Change, Constraint, ConstraintKind, ForeignKey, Table, TableName, order};
use std::collections::HashSet;

/// The changes that create some tables, each with the place of its table. The parts come one after
/// the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Creation {
    /// The tables with their indexes and their row level security, those that others refer to first.
    pub tables: Vec<(usize, Change)>,
    /// Constraints that `CREATE TABLE` would leave out without a word, since an earlier one has the
    /// same columns.
    pub constraints: Vec<(usize, Change)>,
    /// Foreign keys to what is not there yet.
    pub keys: Vec<(usize, Change)>,
    /// What people are told.
    pub comments: Vec<(usize, Change)>,
}

impl Creation {
    /// Creates tables. `is_ready` says whether what a key to a table that is there already refers to
    /// is there as well.
    ///
    /// ```
    /// use orm_sql::schema::{Creation, Table};
    ///
    /// let creation = Creation::of(vec![Table::new("a"), Table::new("b")], |_| true);
    /// let sql: Vec<String> = creation.changes().map(|(_, change)| change.sql()).collect();
    /// assert_eq!(sql, ["CREATE TABLE \"a\" (\n)", "CREATE TABLE \"b\" (\n)"]);
    /// ```
    pub fn of(tables: Vec<Table>, is_ready: impl Fn(&ForeignKey) -> bool) -> Creation {
        let created: HashSet<TableName> = tables.iter().map(|table| table.name.clone()).collect();
        let mut there: HashSet<TableName> = HashSet::new();
        let mut creation = Creation::default();
        let places = order(&tables).concat();
        let mut tables: Vec<Option<Table>> = tables.into_iter().map(Some).collect();
        for place in places {
            let Some(mut table) = tables.get_mut(place).and_then(Option::take) else { continue };
            there.insert(table.name.clone());
            let is_late = |one: &mut Constraint| match &one.kind {
                ConstraintKind::ForeignKey(key) if created.contains(&key.to) => {
                    !there.contains(&key.to)
                }
                ConstraintKind::ForeignKey(key) => !is_ready(key),
                _ => false,
            };
            let late: Vec<Constraint> = table.constraints.extract_if(.., is_late).collect();
            let redundant = take_redundant(&mut table);
            let name = &table.name;
            let add = |constraint| {
                (place, Change::alter(name, AlterTable::AddConstraint { constraint, valid: true }))
            };
            creation.keys.extend(late.into_iter().map(add));
            creation.constraints.extend(redundant.into_iter().map(add));
            creation.comments.extend(Change::comments(&table).map(|change| (place, change)));
            let indexes = std::mem::take(&mut table.indexes);
            let security = table.row_level_security.take();
            let name = table.name.clone();
            creation.tables.push((place, Change::CreateTable(table)));
            creation.tables.extend(indexes.into_iter().map(|index| {
                let (table, concurrently) = (name.clone(), false);
                (place, Change::CreateIndex { table, index, concurrently })
            }));
            let security = security.iter().flat_map(|security| security.creation(&name));
            creation.tables.extend(security.map(|change| (place, change)));
        }
        creation
    }

    /// All of them, in order.
    pub fn changes(self) -> impl Iterator<Item = (usize, Change)> {
        let Creation { tables, constraints, keys, comments } = self;
        tables.into_iter().chain(constraints).chain(keys).chain(comments)
    }
}

/// The constraints that the server would take for those before them: with the same columns, or the
/// same exclusion.
fn take_redundant(table: &mut Table) -> Vec<Constraint> {
    let (mut seen, mut exclusions) = (Vec::new(), Vec::new());
    let is_redundant = |one: &mut Constraint| {
        let columns = match &one.kind {
            ConstraintKind::PrimaryKey { columns } => columns,
            ConstraintKind::Unique(unique) => &unique.columns,
            ConstraintKind::Exclude(exclude) => {
                let is_seen = exclusions.contains(exclude);
                exclusions.push(exclude.clone());
                return is_seen;
            }
            _ => return false,
        };
        let is_seen = seen.contains(columns);
        seen.push(columns.clone());
        is_seen
    };
    table.constraints.extract_if(.., is_redundant).collect()
}
