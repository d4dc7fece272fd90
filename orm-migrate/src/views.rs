//! Views between two states: which go before the tables change, and which come afterwards.
//!
//! A view that reads what changes under it is dropped and made again, and so are those that read it. A
//! new name for a table or a column is followed by the server itself.

use crate::diff::{Hints, diff};
use crate::renames::Renames;
use crate::state::ProjectState;
use orm_core::tables::state::{ModelState, ViewState};
use orm_sql::error::Result;
use orm_sql::ident::RawSql;
use orm_sql::schema::{Change, Column, Fill, Index, Table, TableName, View};
use orm_sql::sql_text::{with_column, with_relation};

/// What becomes of views.
#[derive(Debug, Default)]
pub struct ViewChanges {
    /// Before the tables change.
    pub drops: Vec<Change>,
    /// Afterwards.
    pub creates: Vec<Change>,
}

/// A view of a state.
struct Live<'a> {
    state: &'a ViewState,
    view: View,
    indexes: Vec<Index>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It stays; its indexes may be others.
    Stays,
    /// It gets another query in its place.
    Replaced,
    /// It goes, be it to come again.
    Dropped,
}

/// The views of a state, those that others read first.
pub(crate) fn in_order(state: &ProjectState) -> Vec<(&ModelState, View)> {
    let models = state.models.values().map(AsRef::as_ref);
    let all: Vec<(&ModelState, View)> =
        models.filter_map(|model| Some((model, model.made_view()?))).collect();
    let views: Vec<View> = all.iter().map(|(_, view)| view.clone()).collect();
    View::order(&views).into_iter().filter_map(|place| all.get(place).cloned()).collect()
}

fn live(state: &ProjectState) -> Result<Vec<Live<'_>>> {
    let mut all = Vec::new();
    for (model, view) in in_order(state) {
        let indexes = model.view_indexes(state)?;
        all.extend(model.view.as_ref().map(|state| Live { state, view, indexes }));
    }
    Ok(all)
}

/// What becomes of the views between two states, of which the tables that may be different are given.
///
/// # Errors
///
/// When an index of a view names what there is not.
pub fn changes(
    (before, old_tables): (&ProjectState, &[Table]),
    (after, new_tables): (&ProjectState, &[Table]),
    hints: &Hints,
) -> Result<ViewChanges> {
    let (old, new) = (live(before)?, live(after)?);
    let broken = broken(old_tables, new_tables, &hints.renames);
    let fates = fates(&old, &new, &broken, &hints.renames);
    let mut changes = ViewChanges::default();
    for (view, _) in old.iter().zip(&fates).rev().filter(|(_, fate)| **fate == Fate::Dropped) {
        let (name, materialized) = (view.view.name.clone(), view.view.materialized);
        changes.drops.push(Change::DropView {
            name,
            materialized,
            if_exists: false,
            cascade: false,
        });
    }
    for view in &new {
        let before = old.iter().zip(&fates).find(|(one, _)| one.view.name == view.view.name);
        match before {
            Some((old, Fate::Stays)) => {
                changes.creates.extend(indexes(old, view, hints));
                changes.creates.extend(view.view.comments(Some(&old.view)));
            }
            Some((old, Fate::Replaced)) => {
                let (replaced, replace) = (view.view.clone(), true);
                changes.creates.push(Change::CreateView { view: replaced, replace });
                changes.creates.extend(view.view.comments(Some(&old.view)));
            }
            Some((_, Fate::Dropped)) | None => {
                changes
                    .creates
                    .push(Change::CreateView { view: view.view.clone(), replace: false });
                let bare = Live { state: view.state, view: view.view.clone(), indexes: Vec::new() };
                changes.creates.extend(indexes(&bare, view, &Hints::default()));
                changes.creates.extend(view.view.comments(None));
            }
        }
    }
    Ok(changes)
}

/// What becomes of the old views.
fn fates(old: &[Live<'_>], new: &[Live<'_>], broken: &[TableName], renames: &Renames) -> Vec<Fate> {
    let mut fates: Vec<Fate> = Vec::with_capacity(old.len());
    for view in old {
        let reads_dropped = old
            .iter()
            .zip(&fates)
            .any(|(other, fate)| *fate == Fate::Dropped && view.view.reads(&other.view.name));
        let reads_broken = broken.iter().any(|table| view.view.reads(table));
        fates.push(match new.iter().find(|one| one.view.name == view.view.name) {
            Some(one) if !reads_dropped && !reads_broken => fate(view, one, renames),
            _ => Fate::Dropped,
        });
    }
    fates
}

/// What becomes of a view whose tables do not change under it.
fn fate(old: &Live<'_>, new: &Live<'_>, renames: &Renames) -> Fate {
    let followed = ViewState { query: renamed(&old.state.query, renames), ..old.state.clone() };
    match () {
        () if *new.state == *old.state || *new.state == followed => Fate::Stays,
        () if followed.can_become(new.state) => Fate::Replaced,
        () => Fate::Dropped,
    }
}

/// The query as the server has it once tables and columns have their new names.
fn renamed(query: &RawSql, renames: &Renames) -> RawSql {
    let mut sql = query.as_str().to_owned();
    fn parts(table: &TableName) -> (Option<&str>, &str) {
        (table.schema.as_deref(), &table.name)
    }
    for ((table, old), new) in &renames.columns {
        sql = with_column(&sql, parts(table), old, new);
    }
    for (old, new) in &renames.tables {
        sql = with_relation(&sql, parts(old), parts(new));
    }
    RawSql::new(sql)
}

/// The tables, by their old names, that cannot change under a view: they go, or a column of theirs does,
/// or gets another type, or another key tells their rows apart.
pub(crate) fn broken(before: &[Table], after: &[Table], renames: &Renames) -> Vec<TableName> {
    let is_broken = |old: &&Table| {
        let old = renames.apply(old);
        let Some(new) = after.iter().find(|new| new.name == old.name) else { return true };
        let changes = |column: &Column| {
            new.column(&column.name).is_none_or(|new| {
                let generated = |column: &Column| match &column.fill {
                    Fill::Generated(sql) => Some(sql.clone()),
                    _ => None,
                };
                new.column_type != column.column_type
                    || new.collation != column.collation
                    || generated(new) != generated(column)
            })
        };
        old.columns.iter().any(changes) || old.primary_key() != new.primary_key()
    };
    before.iter().filter(is_broken).map(|table| table.name.clone()).collect()
}

/// The statements that make the indexes of a view those of another.
fn indexes(old: &Live<'_>, new: &Live<'_>, hints: &Hints) -> Vec<Change> {
    let table = |live: &Live<'_>| Table {
        name: live.view.name.clone(),
        indexes: live.indexes.clone(),
        ..Table::new("")
    };
    let hints = Hints { concurrently: hints.concurrently, ..Hints::default() };
    diff(&[table(old)], &[table(new)], &hints)
}
