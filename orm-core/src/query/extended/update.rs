//! UPDATE of the tables of a model and of those that it extends.

use super::super::change::Returning;
use super::super::change_rows::RowValues;
use super::super::compile::columns_of;
use super::super::parts::bare;
use super::super::plan::{Ctx, FrameKind, Joined, Planner, Result, table_of, usage};
use super::{key_of, levels, named, output, own};
use crate::ir::{FieldMeta, ModelMeta, Node, Query, Scope};
use orm_sql::ast::{
    self, Body, Connective, Cte, CteColumns, Expr, FrameId, JoinKind, LockStrength, LockWait, On,
    TableId, Update,
};
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::SqlType;
use smallvec::SmallVec;

/// The rows that change, as the first statement in WITH has them.
struct Rows<'a> {
    frame: FrameId,
    filter: Expr<'a>,
    /// Their key, what is assigned to them, and what comes back of what is not.
    items: SmallVec<[Expr<'a>; 16]>,
    /// The tables that are locked.
    locked: SmallVec<[TableId; 2]>,
}

/// A column that gets a value: the place of that in the first statement.
#[derive(Clone, Copy)]
struct Assigned {
    field: &'static FieldMeta,
    place: usize,
}

/// The models whose tables are written: the outermost first.
fn written(model: &'static ModelMeta, assigned: &[Assigned]) -> SmallVec<[&'static ModelMeta; 2]> {
    let is_written = |level: &&'static ModelMeta| {
        own(level).any(|(_, own)| assigned.iter().any(|assigned| assigned.field == own))
    };
    levels(model).into_iter().filter(is_written).collect()
}

/// Where a column that comes back stands: in what was written, or in the first statement.
fn back_of(
    field: &'static FieldMeta,
    root: TableId,
    written: &[(&'static ModelMeta, TableId)],
    beside: &[Assigned],
) -> ast::Column {
    let origin = field.origin();
    let of_level =
        |(level, _): &&(&'static ModelMeta, TableId)| own(level).any(|(_, own)| own == origin);
    match written.iter().find(of_level) {
        Some((_, table)) => named(*table, origin),
        None => {
            let beside = beside.iter().find(|beside| beside.field == origin);
            output(root, beside.map_or(0, |beside| beside.place), origin)
        }
    }
}

/// True where an UPDATE of a model takes more than a change of its own table. Where another table says
/// whose a row is, it does: the rows are found with that one, and locked, so that conditions on them hold
/// while they are written.
pub(in crate::query) fn is_wide(
    model: &'static ModelMeta,
    sets: &[(&'static FieldMeta, Node)],
    returning: &Returning,
) -> bool {
    model.link().is_some()
        && (*returning != Returning::Nothing
            || model.has_tenant_above()
            || sets.iter().any(|(field, _)| !own(model).any(|(_, own)| own == *field)))
}

impl<'a> Planner<'a> {
    /// The rows are locked before anything is made of their values, so that these are the latest.
    ///
    /// ```text
    /// WITH d0 AS (SELECT t0.content_ptr_id AS c0, $1 AS c1, t1.views + 1 AS c2
    ///             FROM thread AS t0 JOIN content AS t1 … WHERE … FOR UPDATE OF t1, t0),
    ///      d1 AS (UPDATE content AS t2 SET views = t3.c2 FROM d0 AS t3 WHERE t2.id = t3.c0 RETURNING …)
    /// UPDATE thread AS t4 SET title = t5.c1 FROM d0 AS t5 WHERE t4.content_ptr_id = t5.c0
    /// ```
    pub(in crate::query) fn update_extended(
        &mut self,
        query: &Query,
        sets: &[(&'static FieldMeta, Node)],
        returning: &Returning,
    ) -> Result<Statement> {
        let (body, columns) = self.updated_extended(query, sets, returning)?;
        self.statement(&body, columns)
    }

    pub(in crate::query) fn updated_extended(
        &mut self,
        query: &Query,
        sets: &[(&'static FieldMeta, Node)],
        returning: &Returning,
    ) -> Result<(Body<'a>, Vec<OutputColumn>)> {
        let (frame, model, filter) = self.locked_rows(query, "update")?;
        let (items, locked) = (SmallVec::new(), SmallVec::new());
        let mut rows = Rows { frame, filter, items, locked };
        let assigned = self.assigned_items(&mut rows, model, sets)?;
        let back: Vec<&'static FieldMeta> = match returning {
            Returning::Nothing => Vec::new(),
            Returning::Fields(fields) => fields.clone(),
            Returning::Rows | Returning::Upserted => model.fields.iter().collect(),
        };
        let written = written(model, &assigned);
        let beside = self.unwritten_items(&mut rows, model, &back, &written)?;
        let first = self.lock_first(rows);
        if *returning == Returning::Nothing {
            return self.updates_only(first, &written, &assigned);
        }
        let mut tables = Vec::with_capacity(written.len());
        for level in written {
            let update = self.update_level(level, first, &assigned, true)?;
            let names = level.own_fields().iter().map(|field| field.column);
            let columns = CteColumns::Given(self.arena.alloc_slice_fill_iter(names));
            let update = Cte { columns, ..Cte::of(Body::Update(update)) };
            tables.push((level, self.name_statement(update)));
        }
        let (frame, root) = self.read_statement(first);
        for (level, place) in &mut tables {
            *place = self.join_statement(root, *place, key_of(level)?);
        }
        let items: SmallVec<[Expr<'a>; 16]> =
            back.iter().map(|field| Expr::Column(back_of(field, root, &tables, &beside))).collect();
        let columns = columns_of(model, back.iter().copied());
        let items = self.list(&items);
        let select = ast::Select { items, ..bare(frame, Expr::Bool(true)) };
        Ok((Body::Select(select), columns))
    }

    /// Values of their own for each row: the rows are found by them first.
    pub(in crate::query) fn update_rows_extended(
        &mut self,
        query: &Query,
        given: RowValues,
    ) -> Result<Statement> {
        let (frame, model, filter) = self.locked_rows(query, "bulk_update")?;
        let (root, ctx) = (self.frame(frame).root, Ctx::value(frame));
        let key = Expr::Column(named(root, key_of(model)?));
        let mut rows = Rows { frame, filter, items: SmallVec::new(), locked: SmallVec::new() };
        rows.items.push(key);
        rows.locked.push(root);
        let source = self.values_beside(root);
        let mut arrays: SmallVec<[(ast::Slot, SqlType); 16]> = SmallVec::new();
        let mut same: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for (field, values) in given.keys {
            let value = self.given(field, values, source, &mut arrays);
            let (table, field) = self.holder(root, field, ctx)?;
            self.table_mut(table).read = true;
            let own = Expr::Column(named(table, field));
            same.push(self.binary("=", own, value));
        }
        let mut assigned = Vec::new();
        for (field, values) in given.fields {
            self.check_assigned(model, field, Some(&values))?;
            let value = self.given(field, values, source, &mut arrays);
            self.assign_item(&mut rows, model, field, value, &mut assigned)?;
        }
        for (field, value) in given.all {
            let value = self.bind(value, field.sql_type);
            let value = Expr::Cast(self.keep(value), field.sql_type);
            self.assign_item(&mut rows, model, field, value, &mut assigned)?;
        }
        if assigned.is_empty() {
            return usage("there are no fields to write");
        }
        let on = self.fold(Connective::And, &same);
        rows.filter = self.fold(Connective::And, &[on, rows.filter]);
        self.table_mut(source).source = ast::From::Unnest(self.arena.alloc_slice_copy(&arrays));
        let written = written(model, &assigned);
        let first = self.lock_first(rows);
        let (body, columns) = self.updates_only(first, &written, &assigned)?;
        self.statement(&body, columns)
    }

    /// Arrays as rows beside those of a table: conditions say which belong together.
    fn values_beside(&mut self, root: TableId) -> TableId {
        let on = On::Expr(self.keep(Expr::Bool(true)));
        self.push_table(Joined {
            source: ast::From::Unnest(&[]),
            join: Some(ast::Join { kind: JoinKind::Inner, on }),
            parent: Some(root),
            model: None,
            ..self.table(root).clone()
        })
    }

    /// One more value for a column of the rows.
    fn assign_item(
        &mut self,
        rows: &mut Rows<'a>,
        model: &'static ModelMeta,
        field: &'static FieldMeta,
        value: Expr<'a>,
        assigned: &mut Vec<Assigned>,
    ) -> Result<()> {
        let root = self.frame(rows.frame).root;
        let own = model.place_of(field).and_then(|place| model.fields.get(place));
        let (table, field) = self.holder(root, own.unwrap_or(field), Ctx::value(rows.frame))?;
        self.table_mut(table).read = true;
        if !rows.locked.contains(&table) {
            rows.locked.push(table);
        }
        assigned.push(Assigned { field, place: rows.items.len() });
        rows.items.push(value);
        Ok(())
    }

    /// The key of the rows, and what is assigned to them.
    fn assigned_items(
        &mut self,
        rows: &mut Rows<'a>,
        model: &'static ModelMeta,
        sets: &[(&'static FieldMeta, Node)],
    ) -> Result<Vec<Assigned>> {
        let root = self.frame(rows.frame).root;
        rows.locked.push(root);
        rows.items.push(Expr::Column(named(root, key_of(model)?)));
        let exprs = self.assignments(sets, Ctx::value(rows.frame))?;
        let mut assigned = Vec::with_capacity(sets.len());
        for ((field, node), (_, expr)) in sets.iter().zip(exprs) {
            let value = match node {
                Node::Value(..) | Node::Row(_) => Expr::Cast(self.keep(*expr), field.sql_type),
                _ => *expr,
            };
            self.assign_item(rows, model, field, value, &mut assigned)?;
        }
        Ok(assigned)
    }

    /// Columns that come back of tables that are not written.
    fn unwritten_items(
        &mut self,
        rows: &mut Rows<'a>,
        model: &'static ModelMeta,
        back: &[&'static FieldMeta],
        written: &[&'static ModelMeta],
    ) -> Result<Vec<Assigned>> {
        let root = self.frame(rows.frame).root;
        let ctx = Ctx::value(rows.frame);
        let mut beside = Vec::new();
        for field in back {
            let origin = field.origin();
            if written.iter().any(|level| own(level).any(|(_, own)| own == origin)) {
                continue;
            }
            let own = model.place_of(field).and_then(|place| model.fields.get(place));
            let (table, held) = self.holder(root, own.unwrap_or(field), ctx)?;
            self.table_mut(table).read = true;
            let place = rows.items.len();
            rows.items.push(Expr::Column(named(table, held)));
            beside.push(Assigned { field: origin, place });
        }
        Ok(beside)
    }

    /// The first statement in WITH.
    fn lock_first(&mut self, mut rows: Rows<'a>) -> u16 {
        let of = self.outermost_first(&mut rows.locked);
        let (strength, wait) = (LockStrength::NoKeyUpdate, LockWait::Wait);
        let lock = Some(ast::Lock { strength, wait, of });
        let items = self.list(&rows.items);
        let names = ast::Names::Places;
        let select = ast::Select { items, names, lock, ..bare(rows.frame, rows.filter) };
        self.name_statement(Cte::of(Body::Select(select)))
    }

    /// Nothing comes back: the last of the changes is the statement itself, and says how many there were.
    fn updates_only(
        &mut self,
        first: u16,
        written: &[&'static ModelMeta],
        assigned: &[Assigned],
    ) -> Result<(Body<'a>, Vec<OutputColumn>)> {
        let mut bodies = Vec::with_capacity(written.len());
        for level in written {
            bodies.push(Body::Update(self.update_level(level, first, assigned, false)?));
        }
        let last = bodies.pop();
        for body in bodies {
            self.name_statement(Cte::of(body));
        }
        Ok((last.unwrap_or(Body::Raw(Expr::Bool(false))), Vec::new()))
    }

    /// The change of the table of one of the models.
    fn update_level(
        &mut self,
        level: &'static ModelMeta,
        first: u16,
        assigned: &[Assigned],
        returns: bool,
    ) -> Result<Update<'a>> {
        let frame = self.push_frame(FrameKind::Change, Scope::ANY, Some(level), None);
        let table = self.push_root(frame, table_of(level), Some(level));
        let (from, rows) = self.read_statement(first);
        let own_of = |assigned: &&Assigned| own(level).any(|(_, own)| own == assigned.field);
        let sets = assigned.iter().filter(own_of).map(|Assigned { field, place }| {
            (field.column, Expr::Column(output(rows, *place, field)))
        });
        let sets: SmallVec<[(&'static str, Expr<'a>); 16]> = sets.collect();
        let sets = self.arena.alloc_slice_copy(&sets);
        let key = key_of(level)?;
        let same = (Expr::Column(named(table, key)), Expr::Column(output(rows, 0, key)));
        let filter = self.binary("=", same.0, same.1);
        let returning = level.own_fields().iter().map(|field| Expr::Column(named(table, field)));
        let returning: SmallVec<[Expr<'a>; 16]> = returning.filter(|_| returns).collect();
        let returning = self.list(&returning);
        Ok(Update { table, sets, from: Some(from), filter, returning })
    }
}
