//! Foreign keys of tables that stay.

use super::names::{PartRename, Scope};
use super::parts::{Matched, Parts};
use super::{Hints, Pair, Place, Steps};
use orm_sql::schema::{
    AlterTable, Change, Constraint, ConstraintKind, ForeignKey, Table, TableName,
};
use std::collections::HashSet;

pub(super) fn steps(
    pairs: &[Pair<'_>],
    parts: &[Parts<'_>],
    touched: &HashSet<Place>,
    hints: &Hints,
    steps: &mut Steps,
) {
    let is_anew = |table: &TableName, constraint: &Constraint| {
        let ConstraintKind::ForeignKey(key) = &constraint.kind else { return false };
        let mut target = pairs.iter().zip(parts).filter(|(pair, _)| *pair.name() == key.to);
        touches(table, key, touched) || target.any(|(_, parts)| parts.drops_key(&key.to_columns))
    };
    for pair in pairs {
        let table = pair.name();
        let matched = Matched::of(keys(pair.before), keys(pair.after), |old| is_anew(table, old));
        for key in matched.dropped {
            let (name, if_exists, cascade) = (key.name.clone(), false, false);
            let drop = AlterTable::DropConstraint { name, if_exists, cascade };
            steps.drop_keys.push(Change::alter(table, drop));
        }
        steps.rename_parts.extend(matched.renamed.iter().map(|(old, new)| PartRename {
            table: table.clone(),
            scope: Scope::Table(table.clone()),
            from: old.name.clone(),
            to: new.name.clone(),
        }));
        for key in matched.added {
            steps.keys.push(add(table, key.clone(), !hints.not_valid));
        }
    }
}

/// The foreign keys of a table.
pub(super) fn keys(table: &Table) -> impl Iterator<Item = &Constraint> {
    table.constraints.iter().filter(|one| matches!(one.kind, ConstraintKind::ForeignKey(_)))
}

pub(super) fn add(table: &TableName, constraint: Constraint, valid: bool) -> Change {
    Change::alter(table, AlterTable::AddConstraint { constraint, valid })
}

/// True where a column of a key, or one that it refers to, becomes another.
fn touches(table: &TableName, key: &ForeignKey, touched: &HashSet<Place>) -> bool {
    let own = key.columns.iter().map(|name| (table.clone(), name.clone()));
    let other = key.to_columns.iter().map(|name| (key.to.clone(), name.clone()));
    own.chain(other).any(|place| touched.contains(&place))
}
