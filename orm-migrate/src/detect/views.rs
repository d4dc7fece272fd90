//! Views that must be out of the way while what they read changes.
//!
//! A view whose query changes together with what it reads is dropped first and made again last: in
//! between, neither the old query nor the new one need fit the tables. What stays as it is, or gets
//! another query over the same tables, is one operation.

use crate::operation::{Misfit, Operation};
use crate::state::ProjectState;
use crate::views::in_order;
use orm_core::tables::state::{ModelName, ModelState};
use orm_sql::schema::View;
use std::collections::BTreeSet;

/// Puts what drops such views in front of the renames.
pub(super) fn out_of_the_way(
    from: &ProjectState,
    now: &mut ProjectState,
    to: &ProjectState,
    renames: Vec<Operation>,
) -> Result<Vec<Operation>, Misfit> {
    let name_before = |name: &ModelName| {
        let before = renames.iter().find_map(|one| match one {
            Operation::RenameModel { from, to, .. } if to == name => Some(from.clone()),
            _ => None,
        });
        before.unwrap_or_else(|| name.clone())
    };
    let dropped = dropped(now, to, &|name| from.model(&name_before(name)));
    if dropped.is_empty() {
        return Ok(renames);
    }
    let drops = dropped.iter().rev().map(|name| {
        let model = name_before(name);
        Operation::AlterView { model, view: None }
    });
    let operations: Vec<Operation> = drops.chain(renames.iter().cloned()).collect();
    *now = from.clone();
    for operation in &operations {
        operation.apply(now)?;
    }
    Ok(operations)
}

/// The views that go first, those that others read before these.
fn dropped<'a>(
    now: &ProjectState,
    to: &ProjectState,
    before: &dyn Fn(&ModelName) -> Option<&'a ModelState>,
) -> Vec<ModelName> {
    let views = in_order(now);
    let mut dropped: Vec<ModelName> = Vec::new();
    let mut gone: Vec<&View> = Vec::new();
    for (model, view) in &views {
        let new = to.model(&model.name).and_then(|new| new.view.as_ref());
        let old = before(&model.name).and_then(|old| old.view.as_ref());
        // A query of ours has followed the new names; SQL of the user's need not have.
        let query = model.view.as_ref().map(|view| &view.query);
        let follows = old.is_none_or(|old| Some(&old.query) != query);
        let moves = |one: &ModelState| {
            new.is_some() && changes_under_views(one, to.model(&one.name))
                || !follows && before(&one.name).is_some_and(|old| has_new_names(old, one))
        };
        let read = || {
            let others = now.models.values().filter(|one| one.name != model.name);
            let own = before(&model.name).and_then(ModelState::made_view);
            others.filter(move |one| {
                let table = before(&one.name).map_or(&one.table, |old| &old.table);
                own.as_ref().is_some_and(|view| view.reads(table))
            })
        };
        if gone.iter().any(|other| view.reads(&other.name))
            || new != model.view.as_ref()
                && (has_other_indexes(model, to) || read().any(|one| moves(one)))
        {
            dropped.push(model.name.clone());
            gone.push(view);
        }
    }
    dropped
}

/// True where a query over the old model need not fit the new one.
fn changes_under_views(old: &ModelState, new: Option<&ModelState>) -> bool {
    let Some(new) = new else { return true };
    let stays = |field| new.fields.contains(field);
    old.view != new.view || old.primary_key != new.primary_key || !old.fields.iter().all(stays)
}

/// True where the indexes of a stored view cannot change before its query does.
fn has_other_indexes(old: &ModelState, to: &ProjectState) -> bool {
    let is_stored = old.view.as_ref().is_some_and(|view| view.materialized);
    let differs = |new: &ModelState| {
        let parts = |model: &ModelState| (model.primary_key.clone(), model.fields.clone());
        parts(old) != parts(new) || old.indexes != new.indexes || old.uniques != new.uniques
    };
    is_stored && to.model(&old.name).is_some_and(differs)
}

/// True where the table or a column is called otherwise.
fn has_new_names(old: &ModelState, new: &ModelState) -> bool {
    let columns = |model: &ModelState| -> BTreeSet<String> {
        model.fields.iter().flat_map(|field| field.columns().to_vec()).collect()
    };
    old.table != new.table || columns(old) != columns(new)
}

/// The models that a view reads.
pub(crate) fn read_by(state: &ProjectState, view: &View) -> BTreeSet<ModelName> {
    let read = state.models.values().filter(|model| view.reads(&model.table));
    read.map(|model| model.name.clone()).collect()
}

/// Where each view stands among those of a state, so that those which others read come first.
pub(super) fn places(state: &ProjectState) -> Vec<ModelName> {
    in_order(state).into_iter().map(|(model, _)| model.name.clone()).collect()
}
