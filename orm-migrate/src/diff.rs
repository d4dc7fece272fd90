//! The statements that make some tables into others, and keep their rows.
//!
//! This is what every change of a database goes through: an operation of a migration, forwards and
//! backwards, and models that are compared with a live database. What the tables cannot say is in
//! the [`Hints`]: which of them are the old ones under new names, and what old rows get.
//!
//! The steps, of which each needs those before it: new names; what goes, from the outside in (policies,
//! foreign keys, indexes, constraints, tables, columns); what comes, from the inside out (tables, columns,
//! constraints, indexes, foreign keys, policies); comments.

mod columns;
mod creation;
mod keys;
mod names;
mod parts;
mod policies;

use crate::renames::Renames;
use columns::Columns;
use orm_sql::ident::RawSql;
use orm_sql::schema::{AlterTable, Change, Storage, Table, TableName};
use parts::Parts;
pub(crate) use parts::{Matched, Named};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A column, by the new name of its table.
pub type Place = (TableName, String);

/// What cannot be seen in the tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// Which tables and columns have new names.
    pub renames: Renames,
    /// What rows get that have nothing in a column which is NOT NULL from now on.
    pub fills: HashMap<Place, RawSql>,
    /// How values become those of another type, where that is not a cast.
    pub using: HashMap<Place, RawSql>,
    /// The enum types, under their new names. Their values become others over their text.
    pub enums: BTreeSet<TableName>,
    /// Which values rows get instead of others when their type becomes an enum type, by its name.
    pub replace: BTreeMap<TableName, Vec<(String, String)>>,
    /// Indexes are made and dropped without locking anybody out. Such statements cannot stand in a
    /// transaction.
    pub concurrently: bool,
    /// New checks and foreign keys do not look at the rows that are there.
    pub not_valid: bool,
}

/// The statements that make the tables `before` into those of `after`.
///
/// Tables that are in neither are not touched. The columns of a table that is there keep their
/// order, and new ones come last.
///
/// ```
/// use orm_migrate::diff::{Hints, diff};
/// use orm_sql::schema::{Column, ColumnType, Table};
///
/// let before = Table::new("book");
/// let mut after = before.clone();
/// after.columns.push(Column::new("isbn", ColumnType::Varchar(13)).nullable());
/// let changes = diff(&[before], &[after], &Hints::default());
/// assert_eq!(changes[0].sql(), "ALTER TABLE \"book\" ADD COLUMN \"isbn\" varchar(13)");
/// ```
pub fn diff(before: &[Table], after: &[Table], hints: &Hints) -> Vec<Change> {
    let renames = &hints.renames;
    let old: HashMap<TableName, Table> = before
        .iter()
        .map(|table| renames.apply(table))
        .map(|table| (table.name.clone(), table))
        .collect();
    let mut steps = Steps { renames: names::changes(before, renames), ..Steps::default() };
    let pairs: Vec<Pair<'_>> =
        after.iter().filter_map(|after| Some(Pair::of(old.get(&after.name)?, after))).collect();
    let kept: HashSet<&TableName> = after.iter().map(|table| &table.name).collect();
    let gone: Vec<Table> = before
        .iter()
        .filter_map(|table| old.get(renames.table(&table.name)))
        .filter(|table| !kept.contains(&table.name))
        .cloned()
        .collect();
    let new: Vec<Table> =
        after.iter().filter(|table| !old.contains_key(&table.name)).cloned().collect();

    let touched: HashSet<Place> = pairs.iter().flat_map(Pair::touched).collect();
    let parts: Vec<Parts<'_>> = pairs.iter().map(Parts::of).collect();
    for (pair, parts) in pairs.iter().zip(&parts) {
        pair.columns.steps(pair, hints, &mut steps);
        parts.steps(pair, hints, &mut steps);
        stored(pair, &mut steps);
        policies::steps(pair, &mut steps);
        comments(pair, &mut steps);
    }
    keys::steps(&pairs, &parts, &touched, hints, &mut steps);
    creation::drop(gone, &mut steps);
    creation::create(new, &pairs, &parts, &touched, &mut steps);
    steps.into_changes()
}

/// A table before, under its new names, and after.
struct Pair<'a> {
    before: &'a Table,
    after: &'a Table,
    columns: Columns<'a>,
}

impl<'a> Pair<'a> {
    fn of(before: &'a Table, after: &'a Table) -> Self {
        Pair { before, after, columns: Columns::of(before, after) }
    }

    fn name(&self) -> &'a TableName {
        &self.after.name
    }

    /// The columns whose values become others, or which are made anew.
    fn touched(&self) -> impl Iterator<Item = Place> {
        self.columns.touched().map(|name| (self.name().clone(), name.to_owned()))
    }
}

/// Statements by when they must run.
#[derive(Default)]
struct Steps {
    renames: Vec<Change>,
    drop_policies: Vec<Change>,
    drop_keys: Vec<Change>,
    drop_indexes: Vec<Change>,
    drop_constraints: Vec<Change>,
    rename_parts: Vec<names::PartRename>,
    drop_tables: Vec<Change>,
    create_tables: Vec<Change>,
    columns: Vec<Change>,
    constraints: Vec<Change>,
    indexes: Vec<Change>,
    keys: Vec<Change>,
    policies: Vec<Change>,
    comments: Vec<Change>,
}

impl Steps {
    fn into_changes(self) -> Vec<Change> {
        let mut all = self.renames;
        all.extend(self.drop_policies);
        all.extend(self.drop_keys);
        all.extend(self.drop_indexes);
        all.extend(self.drop_constraints);
        all.extend(self.drop_tables);
        all.extend(names::in_order_of_scopes(self.rename_parts));
        all.extend(self.create_tables);
        all.extend(self.columns);
        all.extend(self.constraints);
        all.extend(self.indexes);
        all.extend(self.keys);
        all.extend(self.policies);
        all.extend(self.comments);
        all
    }
}

/// Storage parameters and the tablespace.
fn stored(pair: &Pair<'_>, steps: &mut Steps) {
    let (old, new) = (&pair.before.storage, &pair.after.storage);
    let reset: Vec<String> = old.keys().filter(|name| !new.contains_key(*name)).cloned().collect();
    let set = new.iter().filter(|(name, value)| old.get(*name) != Some(value));
    let set: Storage = set.map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut alters = Vec::new();
    if !reset.is_empty() {
        alters.push(AlterTable::ResetStorage(reset));
    }
    if !set.is_empty() {
        alters.push(AlterTable::SetStorage(set));
    }
    if pair.before.tablespace != pair.after.tablespace {
        alters.push(AlterTable::SetTablespace(pair.after.tablespace.clone()));
    }
    steps.columns.extend(alters.into_iter().map(|alter| Change::alter(pair.name(), alter)));
}

fn comments(pair: &Pair<'_>, steps: &mut Steps) {
    let table = || pair.name().clone();
    if pair.before.comment != pair.after.comment {
        let comment = pair.after.comment.clone();
        steps.comments.push(Change::CommentOnTable { table: table(), comment });
    }
    for column in &pair.after.columns {
        let old = pair.columns.kept(&column.name).and_then(|old| old.comment.as_ref());
        if old != column.comment.as_ref() {
            let (name, comment) = (column.name.clone(), column.comment.clone());
            steps.comments.push(Change::CommentOnColumn { table: table(), column: name, comment });
        }
    }
}
