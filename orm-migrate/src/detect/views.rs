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
    let dropped = dropped(now, to);
    if dropped.is_empty() {
        return Ok(renames);
    }
    let name_before = |name: &ModelName| {
        let before = renames.iter().find_map(|one| match one {
            Operation::RenameModel { from, to, .. } if to == name => Some(from.clone()),
            _ => None,
        });
        before.unwrap_or_else(|| name.clone())
    };
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
fn dropped(now: &ProjectState, to: &ProjectState) -> Vec<ModelName> {
    let views = in_order(now);
    let mut dropped: Vec<ModelName> = Vec::new();
    let mut gone: Vec<&View> = Vec::new();
    for (model, view) in &views {
        let changes = to.model(&model.name).and_then(|new| new.view.as_ref()) != model.view.as_ref();
        let moves = || {
            let read = now.models.values().filter(|one| view.reads(&one.table));
            let mut read = read.filter(|one| one.name != model.name);
            read.any(|one| changes_under_views(one, to.model(&one.name)))
        };
        if gone.iter().any(|other| view.reads(&other.name)) || changes && moves() {
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

/// The models that a view reads.
pub(crate) fn read_by(state: &ProjectState, view: &View) -> BTreeSet<ModelName> {
    let read = state.models.values().filter(|model| view.reads(&model.table));
    read.map(|model| model.name.clone()).collect()
}

/// Where each view stands among those of a state, so that those which others read come first.
pub(super) fn places(state: &ProjectState) -> Vec<ModelName> {
    in_order(state).into_iter().map(|(model, _)| model.name.clone()).collect()
}
