//! Enum types in the database.

use crate::renames::{Renames, in_order};
use crate::state::ProjectState;
use orm_sql::schema::{Change, ColumnType, Table, TableName};
use std::collections::{BTreeMap, BTreeSet};

/// What happens to enum types.
#[derive(Default)]
pub(crate) struct EnumChanges {
    /// Before the tables change.
    pub first: Vec<Change>,
    /// After that.
    pub last: Vec<Change>,
    /// Types that are made anew, by their new names, with the values that no row may have.
    remade: BTreeMap<TableName, Vec<String>>,
}

/// The name under which a type that is made anew is kept meanwhile.
fn aside(name: &TableName) -> TableName {
    let short = name.name.get(..name.name.floor_char_boundary(55)).unwrap_or(&name.name);
    TableName { schema: name.schema.clone(), name: format!("{short}__old") }
}

impl EnumChanges {
    pub(crate) fn of(
        before: &ProjectState,
        after: &ProjectState,
        renames: &Renames,
        replace: &BTreeMap<TableName, Vec<(String, String)>>,
    ) -> EnumChanges {
        let mut changes = EnumChanges::default();
        let mut kept: BTreeSet<&TableName> = BTreeSet::new();
        for (old_name, old) in &before.enums {
            let name = renames.own_type(old_name);
            let Some(new) = after.enums.get(name) else {
                changes.last.push(Change::DropEnum { name: name.clone() });
                continue;
            };
            kept.insert(name);
            changes.rename(old_name, name);
            let mut labels = old.clone();
            let pairs = renames.labels.get(old_name).cloned().unwrap_or_default();
            for label in &mut labels {
                if let Some((_, to)) = pairs.iter().find(|(from, _)| from == label) {
                    label.clone_from(to);
                }
            }
            changes.first.extend(
                in_order(pairs).into_iter().map(|(from, to)| Change::RenameEnumLabel {
                    name: name.clone(),
                    from,
                    to,
                }),
            );
            changes.values(name, &labels, new, replace.get(name).map_or(&[], Vec::as_slice));
        }
        for (name, labels) in after.enums.iter().filter(|(name, _)| !kept.contains(name)) {
            let (name, labels) = (name.clone(), labels.clone());
            changes.first.push(Change::CreateEnum { name, labels });
        }
        changes
    }

    fn rename(&mut self, old: &TableName, new: &TableName) {
        if old.schema != new.schema {
            let schema = new.schema.clone().unwrap_or_else(|| "public".to_owned());
            self.first.push(Change::SetEnumSchema { name: old.clone(), schema });
        }
        if old.name != new.name {
            let name = TableName { schema: new.schema.clone(), name: old.name.clone() };
            self.first.push(Change::RenameEnum { name, to: new.name.clone() });
        }
    }

    /// Values are added where that is all; otherwise the type is made anew.
    fn values(
        &mut self,
        name: &TableName,
        old: &[String],
        new: &[String],
        replace: &[(String, String)],
    ) {
        let kept = new.iter().filter(|label| old.contains(label));
        if kept.eq(old) {
            for (place, label) in new.iter().enumerate().filter(|(_, one)| !old.contains(one)) {
                let after = new.get(place..).unwrap_or_default();
                let before = after.iter().find(|label| old.contains(label)).cloned();
                let (name, label) = (name.clone(), label.clone());
                self.first.push(Change::AddEnumLabel { name, label, before });
            }
            return;
        }
        let is_refused = |label: &&String| {
            !new.contains(label) && !replace.iter().any(|(from, _)| from == *label)
        };
        let refused: Vec<String> = old.iter().filter(is_refused).cloned().collect();
        self.first.push(Change::RenameEnum { name: name.clone(), to: aside(name).name });
        self.first.push(Change::CreateEnum { name: name.clone(), labels: new.to_vec() });
        self.last.push(Change::DropEnum { name: aside(name) });
        self.remade.insert(name.clone(), refused);
    }

    /// The tables of before, with the types that are made anew under the names that they have
    /// meanwhile; and what is checked before anything happens.
    pub(crate) fn aside(&self, tables: &mut [Table], renames: &Renames) -> Vec<Change> {
        let mut checks = Vec::new();
        for table in tables {
            for column in &mut table.columns {
                let Some(own) = column.column_type.own_type() else { continue };
                let name = renames.own_type(&own);
                let Some(refused) = self.remade.get(name) else { continue };
                column.column_type = column.column_type.with_own_type(&aside(name));
                if !refused.is_empty() {
                    checks.push(Change::RefuseValues {
                        table: table.name.clone(),
                        column: column.name.clone(),
                        is_array: matches!(column.column_type, ColumnType::Array(_)),
                        values: refused.clone(),
                    });
                }
            }
        }
        checks
    }
}

/// The enum types that are different, by their names before and after.
pub(super) fn different(
    before: &ProjectState,
    after: &ProjectState,
    renames: &Renames,
) -> BTreeSet<TableName> {
    let mut names = BTreeSet::new();
    for (old, labels) in &before.enums {
        let new = renames.own_type(old);
        if new != old || after.enums.get(new) != Some(labels) {
            names.extend([old.clone(), new.clone()]);
        }
    }
    names
}
