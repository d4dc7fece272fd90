//! Rows that may be there already, of a model that extends another: written by their key, in all tables.
//!
//! A row of another tenant is left alone in all of them: such rows are left out at first, and a table is
//! given those only that were written to the one before.

use super::super::insertion::{Conflict, ConflictTarget};
use super::super::parts::bare;
use super::super::plan::{Planner, Result, table_of, usage};
use super::{Levels, key_of, named, own};
use crate::ir::{FieldMeta, ModelMeta, Node, Scope};
use orm_sql::ast::{self, Body, Connective, Expr, Label, TableId, Target};
use smallvec::SmallVec;

/// What becomes of rows that are there.
#[derive(Clone, Copy)]
pub(super) struct Upsert<'c> {
    set: &'c [(&'static FieldMeta, Node)],
    new: Scope,
}

/// The table that rows were written to before, which says whose they are: it, and its statement.
pub(super) fn written_before(levels: &Levels, places: &[u16]) -> Option<(&'static ModelMeta, u16)> {
    let before = places.len().checked_sub(1)?;
    let of_tenants = levels.iter().take(places.len()).any(|level| level.tenant.is_some());
    levels.get(before).copied().zip(places.last().copied()).filter(|_| of_tenants)
}

impl<'a> Planner<'a> {
    /// That no table has a row with a key that is another tenant's.
    pub(super) fn none_of_others(&mut self, levels: &Levels, key: Expr<'a>) -> Result<Expr<'a>> {
        let mut all: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for level in levels {
            let (frame, row) = self.bare_table(table_of(level));
            let Some(of_tenant) = self.of_tenant(row, level)? else { continue };
            let own = Expr::Column(named(row, key_of(level)?));
            let (same, of_other) = (self.binary("=", own, key), self.not(of_tenant));
            let filter = self.fold(Connective::And, &[same, of_other]);
            let others = Expr::Exists(self.arena.alloc(Body::Select(bare(frame, filter))));
            all.push(self.not(others));
        }
        Ok(self.fold(Connective::And, &all))
    }

    /// What becomes of a row that is there, in the table of one of the models.
    pub(super) fn upsert_level(
        &mut self,
        level: &'static ModelMeta,
        table: TableId,
        upsert: Upsert<'_>,
    ) -> Result<ast::Conflict<'a>> {
        let key = key_of(level)?;
        let (_, excluded) = self.bare_table(table_of(level));
        self.table_mut(excluded).label = Some(Label::Name("EXCLUDED"));
        let mut sets: SmallVec<[(&'static str, Expr<'a>); 16]> = SmallVec::new();
        for (field, node) in upsert.set {
            let Some((_, own)) = own(level).find(|(_, own)| field.comes_from(own)) else {
                continue;
            };
            let value = match node {
                Node::Column { path, .. } if path.scope == upsert.new => {
                    Expr::Column(named(excluded, own))
                }
                Node::Value(value, sql_type) => self.bind(value.clone(), *sql_type),
                _ => return usage(only_by_key(level)),
            };
            sets.push((own.column, value));
        }
        if sets.is_empty() {
            // The row comes back only where something is written to it.
            sets.push((key.column, Expr::Column(named(excluded, key))));
        }
        let target = Target::Columns(self.arena.alloc([key.column]));
        let sets = self.arena.alloc_slice_copy(&sets);
        let filter = self.of_tenant(table, level)?.unwrap_or(Expr::Bool(true));
        Ok(ast::Conflict::Update { target, sets, filter })
    }
}

fn only_by_key(model: &ModelMeta) -> String {
    format!(
        "the rows of `{}` stand in several tables, and what is unique in one of them does not tell what \
         is to be done in the others: insert them without `ignore` and `update_on`, or find the rows \
         that are there first, as `get_or_create` does",
        model.name
    )
}

/// What is done where a row is there: nothing but an update by the primary key can be, in all tables.
pub(super) fn upsert_of<'c>(
    model: &'static ModelMeta,
    conflict: Option<&'c Conflict>,
) -> Result<Option<Upsert<'c>>> {
    match conflict {
        None => Ok(None),
        Some(Conflict::Update {
            target: ConflictTarget::Fields(keys),
            set,
            filter: None,
            new,
            ..
        }) if keys.as_slice() == model.key_fields().as_slice() => {
            Ok(Some(Upsert { set, new: *new }))
        }
        Some(Conflict::Update { filter: Some(_), .. }) if model.version().is_some() => {
            usage(format!(
                "`{}` counts its saves, and its rows stand in several tables: save the row by `save`, and \
             insert it by `create`",
                model.name
            ))
        }
        Some(_) => usage(only_by_key(model)),
    }
}
