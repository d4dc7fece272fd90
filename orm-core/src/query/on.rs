//! Which rows a key joins: what stands in ON.

use super::join::pairs_of;
use super::plan::{Planner, Result, usage};
use crate::ir::Relation;
use orm_sql::ast::{Column, Connective, Expr, TableId};
use orm_sql::value::SqlValue;

impl<'a> Planner<'a> {
    /// The columns of a table that a key joins by, each with that of the other table.
    pub fn pairs_at(
        &self,
        at: TableId,
        key: &'static Relation,
        reverse: bool,
    ) -> Result<&'a [(Column, &'static str)]> {
        let pairs = pairs_of(key)?;
        let pairs = pairs.iter().map(|(own, target)| {
            let (near, right, null) = match reverse {
                true => (target.column, own.column, target.null),
                false => (own.column, target.column, key.null),
            };
            let name = self.named(at, near);
            (Column { table: at, name, null, sql_type: target.sql_type }, right)
        });
        Ok(self.arena.alloc_slice_fill_iter(pairs))
    }

    /// Which rows a key joins, beside its columns: those of the executor's tenant, and those of its kind.
    pub fn more_in_on(
        &mut self,
        at: TableId,
        new: TableId,
        key: &'static Relation,
        reverse: bool,
    ) -> Result<Option<Expr<'a>>> {
        let model = if reverse { key.from() } else { key.to() };
        let of_kind = self.of_kind(key, if reverse { new } else { at })?;
        Ok(match (self.ask_joined(new, model)?, of_kind) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one),
            (Some(tenant), Some(kind)) => Some(self.fold(Connective::And, &[tenant, kind])),
        })
    }

    /// That a row is of the kind of a generic key that is followed from it, or to it. A constant of the
    /// program, which stands in the text.
    fn of_kind(&self, key: &Relation, table: TableId) -> Result<Option<Expr<'a>>> {
        let Some((field, value)) = key.kind_is() else { return Ok(None) };
        let value = match value {
            SqlValue::Text(kind) => format!("'{}'", kind.replace('\'', "''")),
            SqlValue::I32(kind) => kind.to_string(),
            SqlValue::Invalid(message) => return usage(message),
            _ => return usage("the kind of a generic key is a text or a number"),
        };
        let name = self.named(table, field.column);
        let own = Expr::Column(Column { table, name, null: field.null, sql_type: field.sql_type });
        Ok(Some(self.binary("=", own, Expr::Raw(self.arena.alloc_str(&value), &[]))))
    }
}
