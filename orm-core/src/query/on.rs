//! Which rows a key joins: what stands in ON.

use super::join::pairs_of;
use super::plan::{Planner, Result, usage};
use crate::ir::Relation;
use orm_sql::ast::{Column, Connective, Expr, Name, On, TableId};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

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

    /// Which rows a key joins: by its columns, and beside them those of the executor's tenant and those of
    /// its kind.
    pub fn on_key(
        &mut self,
        (at, pairs): (TableId, &'a [(Column, &'static str)]),
        new: TableId,
        key: &'static Relation,
        reverse: bool,
    ) -> Result<On<'a>> {
        let model = if reverse { key.from() } else { key.to() };
        let mut beside: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        beside.extend(self.ask_joined(new, model)?);
        beside.extend(self.of_kind(key, if reverse { new } else { at })?);
        if key.is_held_as_text() {
            for (near, far) in pairs {
                let far = Column { table: new, name: Name::Known(far), ..*near };
                let (own, target) = if reverse { (far, *near) } else { (*near, far) };
                beside.push(self.equal_as_text(own, target));
            }
            let all = self.fold(Connective::And, &beside);
            return Ok(On::Expr(self.keep(all)));
        }
        if beside.is_empty() {
            return Ok(On::Columns(pairs));
        }
        let beside = self.fold(Connective::And, &beside);
        Ok(On::Both(pairs, self.keep(beside)))
    }

    /// That a key which is held as a text is that of a row. The other side is cast: the index is over the
    /// text, which may be no number.
    pub fn equal_as_text(&self, own: Column, target: Column) -> Expr<'a> {
        let target = Expr::Cast(self.keep(Expr::Column(target)), SqlType::Text);
        self.binary("=", target, Expr::Column(own))
    }

    /// That a row is of the kind of a generic key that is followed from it, or to it. A constant of the
    /// program, which stands in the text.
    pub fn of_kind(&self, key: &Relation, table: TableId) -> Result<Option<Expr<'a>>> {
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
