//! Who referred to a model in the migrations that there are: what takes something away comes after them,
//! on every database.

use crate::footprint::referred;
use crate::graph::Graph;
use crate::operation::Operation;
use orm_core::tables::state::{FieldState, ModelName};
use orm_sql::schema::TableName;
use orm_sql::sql_text::reads;
use std::collections::{BTreeMap, BTreeSet};

/// For each model, by its last name, the apps that have ever referred to it.
pub(super) fn referring_apps(graph: &Graph) -> BTreeMap<ModelName, BTreeSet<String>> {
    let mut apps: BTreeMap<ModelName, BTreeSet<String>> = BTreeMap::new();
    let mut tables: BTreeMap<ModelName, TableName> = BTreeMap::new();
    for migration in graph.iter() {
        let app = &migration.name.app;
        for operation in migration.operations.iter().flat_map(Operation::state_operations) {
            if let Operation::CreateModel(model) = operation {
                tables.insert(model.name.clone(), model.table.clone());
            }
            for to in read(operation, &tables).filter(|to| to.app != *app) {
                apps.entry(to.clone()).or_default().insert(app.clone());
            }
            let fields: &[FieldState] = match operation {
                Operation::CreateModel(model) => &model.fields,
                Operation::AddField { field, .. } | Operation::AlterField { field, .. } => {
                    std::slice::from_ref(field)
                }
                Operation::AlterTable { model, table } => {
                    tables.insert(model.clone(), table.clone());
                    continue;
                }
                Operation::RenameModel { from, to, table } => {
                    let old = tables.remove(from);
                    tables.extend(table.clone().or(old).map(|table| (to.clone(), table)));
                    let known = apps.remove(from).unwrap_or_default();
                    apps.entry(to.clone()).or_default().extend(known);
                    continue;
                }
                _ => continue,
            };
            for to in fields.iter().flat_map(referred).filter(|to| to.app != *app) {
                apps.entry(to.clone()).or_default().insert(app.clone());
            }
        }
    }
    apps
}

/// For each enum type, the apps whose migrations made it, changed it or used it.
pub(super) fn enum_apps(graph: &Graph) -> BTreeMap<TableName, BTreeSet<String>> {
    let mut apps: BTreeMap<TableName, BTreeSet<String>> = BTreeMap::new();
    for migration in graph.iter() {
        for operation in migration.operations.iter().flat_map(Operation::state_operations) {
            let fields: &[FieldState] = match operation {
                Operation::CreateModel(model) => &model.fields,
                Operation::AddField { field, .. } | Operation::AlterField { field, .. } => {
                    std::slice::from_ref(field)
                }
                _ => &[],
            };
            let used = fields.iter().filter_map(FieldState::own_type);
            for name in used.chain(super::enums_of(operation).into_iter().cloned()) {
                apps.entry(name).or_default().insert(migration.name.app.clone());
            }
        }
    }
    apps
}

/// The models that the query of a view reads.
fn read<'a>(
    operation: &'a Operation,
    tables: &'a BTreeMap<ModelName, TableName>,
) -> impl Iterator<Item = &'a ModelName> {
    let query = match operation {
        Operation::CreateModel(model) => model.view.as_ref(),
        Operation::AlterView { view, .. } => view.as_deref(),
        _ => None,
    };
    let query = query.map(|view| &view.query);
    query.into_iter().flat_map(|query| {
        let is_read = |table: &TableName| {
            let name = (table.schema.as_deref(), &*table.name);
            reads(query.as_str(), name)
        };
        tables.iter().filter(move |(_, table)| is_read(table)).map(|(name, _)| name)
    })
}

/// The apps whose migrations come before an operation because of what it takes away.
pub(super) fn needed(
    history: &BTreeMap<ModelName, BTreeSet<String>>,
    operation: &Operation,
) -> BTreeSet<String> {
    let takes_away = matches!(
        operation,
        Operation::DeleteModel(_)
            | Operation::RenameModel { .. }
            | Operation::RemoveField { .. }
            | Operation::RenameField { .. }
            | Operation::AlterPrimaryKey { .. }
    );
    let model = operation.model().filter(|_| takes_away);
    model.and_then(|model| history.get(model)).cloned().unwrap_or_default()
}
