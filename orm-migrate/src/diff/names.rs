//! New names: of tables and columns first, of constraints and indexes once those that go are gone.

use crate::renames::{Renames, in_order};
use orm_sql::schema::{Change, Table, TableName};
use std::collections::BTreeMap;

/// Gives tables and columns their new names.
pub(super) fn changes(before: &[Table], renames: &Renames) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut by_schema: BTreeMap<Option<String>, Vec<(String, String)>> = BTreeMap::new();
    for table in before {
        for (from, to) in in_order(renames.columns_of(&table.name)) {
            changes.push(Change::RenameColumn { table: table.name.clone(), from, to });
        }
        let new = renames.table(&table.name);
        if *new == table.name {
            continue;
        }
        if new.schema != table.name.schema {
            let schema = new.schema.clone().unwrap_or_else(|| "public".to_owned());
            changes.push(Change::SetSchema { table: table.name.clone(), schema });
        }
        let pair = (table.name.name.clone(), new.name.clone());
        by_schema.entry(new.schema.clone()).or_default().push(pair);
    }
    for (schema, pairs) in by_schema {
        changes.extend(in_order(pairs).into_iter().map(|(from, to)| Change::RenameTable {
            table: TableName { schema: schema.clone(), name: from },
            to,
        }));
    }
    changes
}

/// A new name for a constraint or an index.
pub(super) struct PartRename {
    /// Its table, under its new name.
    pub table: TableName,
    /// What the name must be unique in.
    pub scope: Scope,
    pub from: String,
    pub to: String,
}

/// What a name must be unique in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// A constraint without an index.
    Table(TableName),
    /// An index, of its own or of a constraint.
    Schema(Option<String>),
}

/// Gives constraints and indexes their new names, so that none is taken when it is given.
pub(super) fn in_order_of_scopes(renames: Vec<PartRename>) -> Vec<Change> {
    let mut by_scope: BTreeMap<Scope, Vec<PartRename>> = BTreeMap::new();
    for rename in renames {
        by_scope.entry(rename.scope.clone()).or_default().push(rename);
    }
    let mut changes = Vec::new();
    for renames in by_scope.into_values() {
        let pairs = renames.iter().map(|one| (one.from.clone(), one.to.clone())).collect();
        // What goes over another name keeps its place among those that are left.
        let mut of: BTreeMap<String, &PartRename> =
            renames.iter().map(|one| (one.from.clone(), one)).collect();
        for (from, to) in in_order(pairs) {
            let Some(rename) = of.remove(&from) else { continue };
            changes.push(rename.change(from, to.clone()));
            of.insert(to, rename);
        }
    }
    changes
}

impl PartRename {
    fn change(&self, from: String, to: String) -> Change {
        match &self.scope {
            Scope::Table(_) => Change::RenameConstraint { table: self.table.clone(), from, to },
            // The index of a constraint, and the constraint with it.
            Scope::Schema(schema) => {
                Change::RenameIndex { name: TableName { schema: schema.clone(), name: from }, to }
            }
        }
    }
}
