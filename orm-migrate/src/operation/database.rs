//! What an operation does to the database.

use super::enum_changes::{EnumChanges, different};
use super::enums::has_type;
use super::safely::stages;
use super::{Misfit, Operation, Renamed, separate};
use crate::diff::{Hints, diff};
use crate::renames::Renames;
use crate::state::ProjectState;
use crate::views;
use orm_core::tables::state::{FieldKind, FieldState, ModelName, ModelState};
use orm_sql::ident::RawSql;
use orm_sql::schema::{AlterTable, Change, Table, TableName};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Operation {
    /// The statements that bring a database from the state before the operation to the one after it.
    ///
    /// # Errors
    ///
    /// When a model has no table that could be made.
    pub fn changes(
        &self,
        before: &ProjectState,
        after: &ProjectState,
    ) -> Result<Vec<Change>, Misfit> {
        match self {
            Operation::Safely(_) => return flat(self, before, after, true),
            Operation::RunSql { sql, .. } => return Ok(of_user(sql)),
            Operation::SeparateDatabaseAndState { database, .. } => {
                return separate::changes(database, before);
            }
            _ => {}
        }
        if let Operation::ValidateConstraint { model, name } = self {
            let Some(model) = after.model(model) else { return Ok(Vec::new()) };
            let validate = AlterTable::ValidateConstraint(name.clone());
            return Ok(vec![Change::alter(&model.table, validate)]);
        }
        self.between(before, after, self.renamed(), true)
    }

    /// The statements that bring a database back.
    ///
    /// # Errors
    ///
    /// When a model has no table that could be made, or the operation cannot be undone.
    pub fn changes_back(
        &self,
        before: &ProjectState,
        after: &ProjectState,
    ) -> Result<Vec<Change>, Misfit> {
        match self {
            Operation::Safely(_) => return flat(self, before, after, false),
            Operation::ValidateConstraint { .. } => return Ok(Vec::new()),
            Operation::RunSql { reverse: Some(sql), .. } => return Ok(of_user(sql)),
            Operation::RunSql { reverse: None, .. } | Operation::RunRust { reverse: None, .. } => {
                return Err(Misfit("it has no `reverse`, and cannot be undone".to_owned()));
            }
            Operation::SeparateDatabaseAndState { database, .. } => {
                return separate::changes_back(database, before);
            }
            _ => {}
        }
        self.between(after, before, self.renamed().inverted(), false)
    }

    fn between(
        &self,
        before: &ProjectState,
        after: &ProjectState,
        renamed: Renamed,
        forwards: bool,
    ) -> Result<Vec<Change>, Misfit> {
        let mut hints = Hints { renames: renames(before, after, &renamed), ..Hints::default() };
        match self {
            // What rows get, and how values become others, is said of the way forwards.
            Operation::AddField { .. } | Operation::AlterField { .. } if !forwards => {}
            Operation::AddField { model, field, fill } => {
                self.hint(after, model, field, fill.as_ref(), &mut hints.fills);
            }
            Operation::AlterField { model, field, fill, using } => {
                self.hint(after, model, field, fill.as_ref(), &mut hints.fills);
                self.hint(after, model, field, using.as_ref(), &mut hints.using);
            }
            Operation::AddIndex { concurrently, .. }
            | Operation::RemoveIndex { concurrently, .. } => {
                hints.concurrently = *concurrently;
            }
            Operation::AddConstraint { not_valid, .. } => hints.not_valid = *not_valid,
            Operation::AlterEnum { name, replace, .. } if forwards => {
                hints.replace.insert(name.clone(), replace.clone());
            }
            _ => {}
        }
        project(before, after, &hints)
    }

    /// Notes an expression for the columns of a field.
    fn hint(
        &self,
        after: &ProjectState,
        model: &ModelName,
        field: &FieldState,
        sql: Option<&RawSql>,
        hints: &mut std::collections::HashMap<crate::diff::Place, RawSql>,
    ) {
        let (Some(model), Some(sql)) = (after.model(model), sql) else { return };
        let columns = field.columns().iter();
        hints.extend(columns.map(|name| ((model.table.clone(), name.clone()), sql.clone())));
    }
}

/// The statements of all steps.
fn flat(
    operation: &Operation,
    before: &ProjectState,
    after: &ProjectState,
    forwards: bool,
) -> Result<Vec<Change>, Misfit> {
    let stages = stages(operation, before, after, forwards)?;
    Ok(stages.into_iter().flat_map(|stage| stage.work.changes()).collect())
}

/// SQL of the user's own; nothing where there is none.
fn of_user(sql: &RawSql) -> Vec<Change> {
    let is_empty = sql.as_str().trim().is_empty();
    if is_empty { Vec::new() } else { vec![Change::Sql(sql.clone())] }
}

/// The statements between two states: what tables need, the tables, what they need no more.
///
/// # Errors
///
/// When a model has no table that could be made.
pub fn project(
    before: &ProjectState,
    after: &ProjectState,
    hints: &Hints,
) -> Result<Vec<Change>, Misfit> {
    let mut changes = needs(before, after);
    let mut enums = EnumChanges::of(before, after, &hints.renames, &hints.replace);
    let touched = touched(before, after, &hints.renames);
    let tables = |state: &ProjectState| -> Result<Vec<Table>, Misfit> {
        let ours = touched.iter().filter(|name| !passes(before, after, name));
        let models = ours.filter_map(|name| state.model(name));
        let tables: Vec<_> =
            models.map(|model| state.tables_of(model)).collect::<Result<_, _>>()?;
        Ok(tables.concat())
    };
    let (mut old, new) = (tables(before)?, tables(after)?);
    changes.extend(enums.aside(&mut old, &hints.renames));
    changes.append(&mut enums.first);
    let mut hints = hints.clone();
    hints.enums.extend(after.enums.keys().cloned());
    hints.enums.extend(before.enums.keys().map(|name| hints.renames.own_type(name).clone()));
    let views = views::changes((before, &old), (after, &new), &hints)?;
    changes.extend(views.drops);
    changes.extend(diff(&old, &new, &hints));
    changes.extend(views.creates);
    changes.append(&mut enums.last);
    changes.extend(needs_no_more(before, after));
    Ok(changes)
}

/// What tables need from now on: schemas, extensions, collations.
fn needs(before: &ProjectState, after: &ProjectState) -> Vec<Change> {
    let if_not_exists = true;
    let schemas = after.schemas.difference(&before.schemas).cloned();
    let extensions = after.extensions.difference(&before.extensions).cloned();
    let schemas = schemas.map(|name| Change::CreateSchema { name, if_not_exists });
    let extensions = extensions.map(|name| Change::CreateExtension { name, if_not_exists });
    let new = after.collations.iter().filter(|(name, _)| !before.collations.contains_key(*name));
    let collations = new.map(|(name, collation)| Change::CreateCollation {
        name: name.clone(),
        collation: collation.clone(),
    });
    schemas.chain(extensions).chain(collations).collect()
}

/// What they need no more.
fn needs_no_more(before: &ProjectState, after: &ProjectState) -> Vec<Change> {
    let extensions = before.extensions.difference(&after.extensions).cloned();
    let schemas = before.schemas.difference(&after.schemas).cloned();
    let extensions = extensions.map(|name| Change::DropExtension { name });
    let gone = before.collations.keys().filter(|name| !after.collations.contains_key(*name));
    let collations = gone.map(|name| Change::DropCollation { name: name.clone() });
    collations.chain(extensions).chain(schemas.map(|name| Change::DropSchema { name })).collect()
}

/// True for a table that is given away or taken over, which stays as it is.
fn passes(before: &ProjectState, after: &ProjectState, name: &ModelName) -> bool {
    let (Some(old), Some(new)) = (before.model(name), after.model(name)) else { return false };
    old.managed != new.managed && old.view.is_none() && new.view.is_none()
}

/// The models whose tables may be different: those that are, and those that refer to what they refer
/// to in one.
fn touched(before: &ProjectState, after: &ProjectState, renames: &Renames) -> BTreeSet<ModelName> {
    let types = different(before, after, renames);
    let differs = |name: &&ModelName| match (before.models.get(*name), after.models.get(*name)) {
        (Some(old), Some(new)) => {
            (!Arc::ptr_eq(old, new) && old != new)
                || types.iter().any(|name| has_type(old, name) || has_type(new, name))
        }
        _ => true,
    };
    let names: BTreeSet<&ModelName> = before.models.keys().chain(after.models.keys()).collect();
    let mut touched: BTreeSet<ModelName> = names.into_iter().filter(differs).cloned().collect();
    let is_seen = |name: &&ModelName| is_seen_by_others(before.model(name), after.model(name));
    let mut news: BTreeSet<ModelName> = touched.iter().filter(is_seen).cloned().collect();
    let mut seen = news.clone();
    while !news.is_empty() {
        let mut more = BTreeSet::new();
        for model in before.models.values().chain(after.models.values()) {
            let keys =
                model.fields.iter().filter(|one| one.to().is_some_and(|to| news.contains(to)));
            for key in keys {
                touched.insert(model.name.clone());
                // Others may refer to this key in turn, which has another type then.
                if key.unique || model.primary_key.contains(&key.name) || !model.uniques.is_empty()
                {
                    more.insert(model.name.clone());
                }
            }
        }
        news = more.difference(&seen).cloned().collect();
        seen.extend(news.iter().cloned());
    }
    touched
}

/// False where a model changed, and nothing that keys to it are made of: it has fields more, others,
/// or a constraint.
fn is_seen_by_others(before: Option<&ModelState>, after: Option<&ModelState>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return true };
    let kept = |field: &FieldState| after.field(&field.name) == Some(field);
    before.table != after.table
        || before.managed != after.managed
        || before.primary_key != after.primary_key
        || before.on_delete_in_library != after.on_delete_in_library
        || !before.fields.iter().all(kept)
}

/// The tables and columns that have new names.
fn renames(before: &ProjectState, after: &ProjectState, renamed: &Renamed) -> Renames {
    let mut renames = Renames::default();
    renames.types.extend(renamed.enum_type.clone());
    if let Some((name, from, to)) = renamed.value.clone() {
        renames.labels.insert(name, vec![(from, to)]);
    }
    for old in before.models.values() {
        let name = match &renamed.model {
            Some((from, to)) if *from == old.name => to,
            _ => &old.name,
        };
        let Some(new) = after.models.get(name) else { continue };
        if Arc::ptr_eq(old, new) && renamed.field.is_none() && renamed.model.is_none() {
            continue;
        }
        table(&old.table, &new.table, &mut renames);
        for field in &old.fields {
            let name = match &renamed.field {
                Some((model, from, to)) if *model == old.name && *from == field.name => to,
                _ => &field.name,
            };
            let Some(new_field) = new.field(name) else { continue };
            columns(&old.table, field.columns(), new_field.columns(), &mut renames);
            between((before, old, field), (after, new, new_field), &mut renames);
        }
    }
    renames
}

type Side<'a> = (&'a ProjectState, &'a ModelState, &'a FieldState);

/// The table of a many-to-many field, and its columns.
fn between(old: Side<'_>, new: Side<'_>, renames: &mut Renames) {
    let model = |(state, model, field): Side<'_>| match &field.kind {
        FieldKind::ManyToMany(relation) => state.between(model, field, relation),
        FieldKind::Column { .. } | FieldKind::Key(_) => None,
    };
    let (Some(old), Some(new)) = (model(old), model(new)) else { return };
    table(&old.table, &new.table, renames);
    for (own, other) in old.fields.iter().zip(&new.fields) {
        columns(&old.table, own.columns(), other.columns(), renames);
    }
}

fn table(old: &TableName, new: &TableName, renames: &mut Renames) {
    if old != new {
        renames.tables.insert(old.clone(), new.clone());
    }
}

fn columns(table: &TableName, old: &[String], new: &[String], renames: &mut Renames) {
    if old.len() != new.len() {
        return;
    }
    for (old, new) in old.iter().zip(new).filter(|(old, new)| old != new) {
        renames.columns.insert((table.clone(), old.clone()), new.clone());
    }
}
