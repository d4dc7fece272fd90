//! What tables stand on: extensions, schemas, enum types.

use super::views::Views;
use super::{Difference, Drift, Side};
use crate::answer::ask;
use crate::diff::{Hints, diff};
use crate::introspect::{self, EnumRow};
use crate::operation::enum_changes::EnumChanges;
use crate::renames::Renames;
use crate::state::ProjectState;
use orm_core::tables::Enums;
use orm_sql::error::Result;
use orm_sql::exec::Executor;
use orm_sql::schema::{Change, Table};
use orm_sql::sql::introspection as sql;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

/// What tables stand on, on both sides.
pub(super) struct Containers {
    /// What makes the extensions and schemas that are missing.
    pub needs: Vec<Change>,
    there: Enums,
    wanted: Enums,
}

#[derive(Deserialize)]
struct There {
    extensions: HashSet<String>,
    schemas: HashSet<String>,
}

impl Containers {
    /// Reads what there is, and says what is missing or another.
    pub(super) async fn read(
        db: &dyn Executor,
        models: &ProjectState,
        drift: &mut Drift,
    ) -> Result<Containers> {
        let there: There = ask(db, sql::CONTAINERS, Vec::new()).await?;
        let mut needs = Vec::new();
        let mut lacks = |of: String, text: String| {
            drift.differences.push(Difference { of, side: Side::Models, text });
        };
        for name in models.schemas.iter().filter(|name| !there.schemas.contains(*name)) {
            lacks(format!("schema {name}"), "the schema is missing".to_owned());
            needs.push(Change::CreateSchema { name: name.clone(), if_not_exists: false });
        }
        for name in models.extensions.iter().filter(|name| !there.extensions.contains(*name)) {
            lacks(format!("extension {name}"), "the extension is missing".to_owned());
            needs.push(Change::CreateExtension { name: name.clone(), if_not_exists: false });
        }
        let wanted = models.enums.clone();
        let mut containers = Containers { needs, there: Enums::default(), wanted };
        if !models.enums.is_empty() {
            containers.enums(db, drift).await?;
        }
        Ok(containers)
    }

    async fn enums(&mut self, db: &dyn Executor, drift: &mut Drift) -> Result<()> {
        let current = introspect::current_schema(db).await?;
        let enums: Vec<EnumRow> = ask(db, sql::ENUMS, Vec::new()).await?;
        for (name, labels) in &self.wanted {
            let schema = name.schema.as_ref().or(current.as_ref());
            let found =
                enums.iter().find(|one| Some(&one.schema) == schema && one.name == name.name);
            let ours = labels.join(", ");
            let (side, text) = match found {
                None => (Side::Models, format!("the type is missing: {ours}")),
                Some(found) => {
                    self.there.insert(name.clone(), found.labels.clone());
                    let theirs = found.labels.join(", ");
                    (Side::Both, format!("{ours} in the models, {theirs} in the database"))
                }
            };
            if found.is_none_or(|found| found.labels != *labels) {
                drift.differences.push(Difference { of: format!("type {name}"), side, text });
            }
        }
        Ok(())
    }

    /// The other way round; extensions and schemas stay.
    pub(super) fn back(&self) -> Containers {
        Containers { needs: Vec::new(), there: self.wanted.clone(), wanted: self.there.clone() }
    }

    /// What makes the database as the models are, extensions and schemas aside.
    pub(super) fn statements(
        &self,
        mut before: Vec<Table>,
        mut after: Vec<Table>,
        views: &Views,
    ) -> Vec<Change> {
        let of = |enums: &Enums| ProjectState { enums: enums.clone(), ..ProjectState::default() };
        let (there, wanted) = (of(&self.there), of(&self.wanted));
        let renames = Renames::default();
        let mut enums = EnumChanges::of(&there, &wanted, &renames, &BTreeMap::new());
        let mut changes = enums.aside(&mut before, &renames);
        changes.append(&mut enums.first);
        let named = self.there.keys().chain(self.wanted.keys()).cloned();
        let hints = Hints { enums: named.collect(), ..Hints::default() };
        let views = views.changes(&before, &after);
        before.retain(|table| !views.gone.contains(&table.name));
        after.retain(|table| !views.gone.contains(&table.name));
        changes.extend(views.drops);
        changes.extend(diff(&before, &after, &hints));
        changes.extend(views.creates);
        changes.append(&mut enums.last);
        changes
    }
}
