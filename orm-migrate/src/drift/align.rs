//! The table of a model in the words of the database, where both mean the same.

use crate::introspect::Relation;
use orm_sql::ident::RawSql;
use orm_sql::schema::{
    Column, Constraint, ConstraintKind, Fill, ForeignKey, Index, IndexKey, IndexPart,
    RowLevelSecurity, Storage, Table,
};

/// The table that a model should have: as it is in the database as far as that means the same, and as
/// the server would say it otherwise.
///
/// `ours` and `theirs` are what the server says once both are made again. What it says of what it has
/// said is not always the same once more, so each of them is enough.
pub(super) fn align(
    wanted: &Table,
    ours: Option<&Table>,
    found: &Relation,
    theirs: Option<&Table>,
) -> Table {
    let there = &found.table;
    let ours = ours.unwrap_or(wanted);
    let again = theirs.unwrap_or(there);
    let columns = wanted.columns.iter().map(|column| {
        let said = ours.column(&column.name).unwrap_or(column);
        let Some(place) = there.columns.iter().position(|one| one.name == column.name) else {
            return said.clone();
        };
        let serial = found.facts.get(place).is_some_and(|facts| facts.serial);
        match there.columns.get(place) {
            Some(old) => self::column(column, said, old, again.column(&column.name), serial),
            None => said.clone(),
        }
    });
    Table {
        name: wanted.name.clone(),
        columns: columns.collect(),
        constraints: constraints(wanted, ours, there, again),
        indexes: indexes(wanted, ours, there, again),
        comment: wanted.comment.clone(),
        storage: wanted.storage.clone(),
        tablespace: wanted.tablespace.clone(),
        row_level_security: row_level_security(wanted, ours, there, again),
    }
}

fn constraints(wanted: &Table, ours: &Table, there: &Table, again: &Table) -> Vec<Constraint> {
    let align = |given: &Constraint| {
        let said = ours.constraint(&given.name).unwrap_or(given);
        let is_it = |old: &&Constraint| {
            let again = again.constraint(&old.name).unwrap_or(old);
            same_constraint(&said.kind, old, again) || same_constraint(&given.kind, old, again)
        };
        let mut all = there.constraints.iter();
        let named = all.clone().find(|old| old.name == given.name && is_it(old));
        let old = named.or_else(|| all.find(is_it));
        let kind = old.map_or_else(|| said.kind.clone(), |old| old.kind.clone());
        Constraint { name: given.name.clone(), kind }
    };
    wanted.constraints.iter().map(align).collect()
}

/// The policy as the database has it, where the condition means the same.
fn row_level_security(
    wanted: &Table,
    ours: &Table,
    there: &Table,
    again: &Table,
) -> Option<RowLevelSecurity> {
    let condition = |table: &Table| table.row_level_security.as_ref().map(|one| one.using.clone());
    let given = wanted.row_level_security.clone()?;
    let (said, old) = (condition(ours), condition(there));
    match old.clone().filter(|_| said == old || said == condition(again)) {
        Some(using) => Some(RowLevelSecurity { using, ..given }),
        None => Some(given),
    }
}

fn indexes(wanted: &Table, ours: &Table, there: &Table, again: &Table) -> Vec<Index> {
    let align = |given: &Index| {
        let said = ours.index(&given.name).unwrap_or(given);
        let is_it = |old: &&Index| {
            let again = again.index(&old.name).unwrap_or(old);
            same_index(said, old, again)
        };
        let mut all = there.indexes.iter();
        let named = all.clone().find(|old| old.name == given.name && is_it(old));
        let old = named.or_else(|| all.find(is_it));
        Index { name: given.name.clone(), ..old.unwrap_or(said).clone() }
    };
    wanted.indexes.iter().map(align).collect()
}

fn column(
    given: &Column,
    said: &Column,
    old: &Column,
    again: Option<&Column>,
    serial: bool,
) -> Column {
    let again = again.unwrap_or(old);
    let is_serial = serial && given.fill == Fill::Identity && matches!(old.fill, Fill::Default(_));
    let fill = match is_serial || same_fill(&said.fill, &old.fill, &again.fill) {
        true => old.fill.clone(),
        false => said.fill.clone(),
    };
    let same_type = said.column_type == old.column_type || given.column_type == old.column_type;
    let column_type = if same_type { &old.column_type } else { &said.column_type }.clone();
    Column { fill, column_type, comment: given.comment.clone(), ..said.clone() }
}

fn same_fill(said: &Fill, old: &Fill, again: &Fill) -> bool {
    said == old || said == again
}

fn same_constraint(said: &ConstraintKind, old: &Constraint, again: &Constraint) -> bool {
    if let (ConstraintKind::ForeignKey(said), ConstraintKind::ForeignKey(old)) = (said, &old.kind) {
        return same_key(said, old);
    }
    *said == old.kind || *said == again.kind
}

/// In which order a key names its columns is no difference.
fn same_key(said: &ForeignKey, old: &ForeignKey) -> bool {
    let pairs = |key: &ForeignKey| {
        let mut pairs: Vec<(String, String)> =
            key.columns.iter().cloned().zip(key.to_columns.iter().cloned()).collect();
        pairs.sort();
        pairs
    };
    let (columns, to_columns) = (old.columns.clone(), old.to_columns.clone());
    pairs(said) == pairs(old) && ForeignKey { columns, to_columns, ..said.clone() } == *old
}

/// What models cannot say of a unique index is no difference.
fn same_index(said: &Index, old: &Index, again: &Index) -> bool {
    let (said, old) = (&sayable(said), &sayable(old));
    let text = |said: &RawSql, old: &RawSql, again: &RawSql| said == old || said == again;
    let condition = match (&said.condition, &old.condition, &again.condition) {
        (Some(said), Some(old), Some(again)) => text(said, old, again),
        (said, old, _) => said == old,
    };
    let part = |((said, old), again): ((&IndexPart, &IndexPart), &IndexPart)| {
        let key = match (&said.key, &old.key, &again.key) {
            (
                IndexKey::Expression(said),
                IndexKey::Expression(old),
                IndexKey::Expression(again),
            ) => text(said, old, again),
            (said, old, _) => said == old,
        };
        key && IndexPart { key: old.key.clone(), ..said.clone() } == *old
    };
    let parts = said.parts.len() == old.parts.len()
        && old.parts.len() == again.parts.len()
        && said.parts.iter().zip(&old.parts).zip(&again.parts).all(part);
    let (name, parts_of_old, condition_of_old) =
        (old.name.clone(), old.parts.clone(), old.condition.clone());
    condition
        && parts
        && Index { name, parts: parts_of_old, condition: condition_of_old, ..said.clone() } == *old
}

/// A unique index without its direction and its storage; another one as it is.
fn sayable(index: &Index) -> Index {
    if !index.unique {
        return index.clone();
    }
    let bare = |part: &IndexPart| IndexPart { desc: false, nulls_first: None, ..part.clone() };
    let parts = index.parts.iter().map(bare).collect();
    Index { parts, storage: Storage::new(), tablespace: None, ..index.clone() }
}
