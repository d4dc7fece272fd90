//! Statements that write rows of models that extend others: the tables of all of them at once.
//!
//! What is written stands in WITH first, with the key that the rows have in every table. Each table
//! takes its columns from there, in a statement of its own, so that all of it is one statement.

mod insert;
mod update;
mod upsert;

pub(super) use update::is_wide;

use super::plan::{Ctx, FrameKind, Joined, Planner, Result, usage};
use crate::ir::{FieldMeta, ModelMeta, Relation, Scope};
use orm_sql::ast::{self, Column, FrameId, JoinKind, Name, On, TableId, number};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// The models whose tables have the columns of a row: the outermost first.
type Levels = SmallVec<[&'static ModelMeta; 2]>;

/// The models that a model extends, from the last one on, and itself.
fn levels(model: &'static ModelMeta) -> Levels {
    let mut levels: Levels = model.lineage().collect();
    levels.reverse();
    levels
}

/// True where a model's own table has a column.
fn holds(model: &ModelMeta, field: &FieldMeta) -> bool {
    model.own_fields().iter().any(|own| std::ptr::eq(own, field))
}

/// The columns that a row has in the table of a model, each with the place that it has in the row.
fn own(model: &'static ModelMeta) -> impl Iterator<Item = (usize, &'static FieldMeta)> {
    let first = model.width() - model.own_fields().len();
    model.own_fields().iter().enumerate().map(move |(place, field)| (first + place, field))
}

/// The key of a model's own table.
fn key_of(model: &'static ModelMeta) -> Result<&'static FieldMeta> {
    match model.single_key() {
        Some(key) => Ok(key),
        None => usage(format!(
            "the rows of `{}` have a key of several columns, and another model extends it",
            model.name
        )),
    }
}

/// The places of what a statement in WITH returns: `d0`.
fn output(table: TableId, place: usize, field: &FieldMeta) -> Column {
    let name = Name::Output(number(place));
    Column { table, name, null: true, sql_type: field.sql_type }
}

/// A column of a table, or of what a statement in WITH returns, by its name.
fn named(table: TableId, field: &FieldMeta) -> Column {
    let name = Name::Known(field.column);
    Column { table, name, null: field.null, sql_type: field.sql_type }
}

impl<'a> Planner<'a> {
    /// The table that holds a column of a table's row, and the column as that table has it: of a
    /// model that extends another, columns stand in the tables of both.
    pub(super) fn holder(
        &mut self,
        table: TableId,
        field: &'static FieldMeta,
        ctx: Ctx,
    ) -> Result<(TableId, &'static FieldMeta)> {
        let (table, field) =
            self.up(table, field, |planner, table, link| planner.hop(table, link, false, ctx))?;
        let table = self.climb(table, |model| holds(model, field), ctx)?;
        Ok((table, field))
    }

    /// The table of the model among those that a row's extends, for which something holds; the same
    /// where there is none.
    pub(super) fn climb(
        &mut self,
        table: TableId,
        wanted: impl Fn(&'static ModelMeta) -> bool,
        ctx: Ctx,
    ) -> Result<TableId> {
        let Some(model) = self.table(table).model.filter(|model| model.link().is_some()) else {
            return Ok(table);
        };
        let Some(up) = model.lineage().position(wanted) else { return Ok(table) };
        let links = model.lineage().take(up).filter_map(ModelMeta::link);
        links.into_iter().try_fold(table, |table, link| self.hop_link(table, link, ctx))
    }

    /// From a row to that of the model which its own extends.
    pub(super) fn hop_link(
        &mut self,
        at: TableId,
        link: &'static Relation,
        ctx: Ctx,
    ) -> Result<TableId> {
        let table = self.table(at);
        // The rows of another query have all columns.
        if !matches!(table.source, ast::From::Table { .. }) || table.outputs.is_some() {
            return Ok(at);
        }
        self.hop_on(at, link, false, None, ctx)
    }

    /// [`holder`](Self::holder) of a row that is selected whole. Where the row was reached from that of
    /// the model which it extends, that one is the same; whether there is a row the own key says.
    pub(super) fn holder_in_row(
        &mut self,
        table: TableId,
        field: &'static FieldMeta,
        ctx: Ctx,
    ) -> Result<(TableId, &'static FieldMeta)> {
        self.up(table, field, |planner, table, link| {
            let joined = planner.table(table);
            match (joined.key, joined.parent) {
                (Some((key, true)), Some(before)) if key == link => Ok(before),
                _ => planner.hop(table, link, false, ctx),
            }
        })
    }

    /// From a row to the one that has a column, over those that are extended.
    fn up(
        &mut self,
        table: TableId,
        field: &'static FieldMeta,
        mut step: impl FnMut(&mut Self, TableId, &'static Relation) -> Result<TableId>,
    ) -> Result<(TableId, &'static FieldMeta)> {
        let (mut table, mut field) = (table, field);
        while let Some(from) = field.inherited {
            table = step(self, table, from.link)?;
            field = from.field;
        }
        Ok((table, field))
    }

    /// The tables of a SELECT that have the rows of its model and of those which it extends, the outermost
    /// first.
    pub(super) fn rows_extended(&mut self, frame: FrameId) -> &'a [TableId] {
        let mut rows: SmallVec<[TableId; 2]> = SmallVec::from_elem(self.frame(frame).root, 1);
        for (place, table) in self.tables.iter().enumerate() {
            if table.is_link() && table.parent.is_some_and(|before| rows.contains(&before)) {
                rows.push(number(place));
            }
        }
        self.outermost_first(&mut rows)
    }

    /// Tables in the order in which all statements lock their rows: so none waits for another that waits for it.
    fn outermost_first(&self, tables: &mut [TableId]) -> &'a [TableId] {
        let depth =
            |table: &TableId| self.table(*table).model.map_or(0, |model| model.lineage().count());
        tables.sort_by_key(depth);
        self.arena.alloc_slice_copy(tables)
    }

    /// A statement that goes into WITH, and its place there.
    fn name_statement(&mut self, cte: ast::Cte<'a>) -> u16 {
        self.with.push(cte);
        number(self.with.len() - 1)
    }

    /// What a statement in WITH returns, as the first table of a SELECT.
    fn read_statement(&mut self, place: u16) -> (FrameId, TableId) {
        let frame = self.push_frame(FrameKind::Change, Scope::ANY, None, None);
        let root = self.push_root(frame, ast::From::Cte(place), None);
        (frame, root)
    }

    /// The rows that a statement in WITH has written, beside those that they were made of.
    fn join_statement(&mut self, root: TableId, place: u16, key: &'static FieldMeta) -> TableId {
        let left = Column { sql_type: SqlType::Int8, ..output(root, 0, key) };
        let on = On::Columns(self.arena.alloc([(left, key.column)]));
        let joined = Joined {
            source: ast::From::Cte(place),
            join: Some(ast::Join { kind: JoinKind::Inner, on }),
            parent: Some(root),
            ..self.table(root).clone()
        };
        self.push_table(joined)
    }
}
