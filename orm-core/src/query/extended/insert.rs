//! INSERT into the tables of a model and of those that it extends.

use super::super::change::Returning;
use super::super::compile::{columns_of, model_columns};
use super::super::insertion::{Given, Insert, InsertValue, NO_ROWS};
use super::super::parts::{Want, bare};
use super::super::plan::{Ctx, FrameKind, Planner, Result, table_of, usage};
use super::upsert::{Upsert, upsert_of, written_before};
use super::{Levels, key_of, levels, named, output, own};
use crate::ir::{Default, FieldMeta, ModelMeta, Scope};
use orm_sql::ast::{
    self, Body, Cte, CteColumns, Expr, FrameId, Key, Name, Order, Rows, TableId, Template, number,
};
use orm_sql::exec::OutputColumn;
use orm_sql::value::SqlType;
use smallvec::SmallVec;

static ROW_NUMBER: Template = Template::new("row_number() OVER ()");

/// The rows to insert: in which SELECT they stand, and their values.
struct New<'a> {
    frame: FrameId,
    values: SmallVec<[Expr<'a>; 16]>,
    /// There may be more than one.
    many: bool,
}

impl<'a> Planner<'a> {
    /// ```text
    /// WITH d0 AS (SELECT nextval(…) AS c0, $1 AS c1, $2 AS c2),
    ///      d1 AS (INSERT INTO content (id, author_id) SELECT c0, c1 FROM d0 RETURNING …),
    ///      d2 AS (INSERT INTO thread (content_ptr_id, title) SELECT c0, c2 FROM d0 RETURNING …)
    /// SELECT … FROM d0 JOIN d1 ON d1.id = d0.c0 JOIN d2 ON d2.content_ptr_id = d0.c0
    /// ```
    pub(in crate::query) fn insert_extended(
        &mut self,
        insert: Insert,
    ) -> Result<(Body<'a>, Vec<OutputColumn>)> {
        let Insert { model, fields, rows, conflict, returning, tenancy } = insert;
        self.tenancy = tenancy;
        let upsert = upsert_of(model, conflict.as_ref())?;
        let levels = levels(model);
        let new = self.new_rows(model, &fields, rows)?;
        let many = new.many;
        let first = self.key_and_values(&levels, &fields, new, upsert.is_some())?;
        let mut places: SmallVec<[u16; 2]> = SmallVec::new();
        for level in &levels {
            let before = upsert.and_then(|_| written_before(&levels, &places));
            let rows = self.rows_of_level(level, &fields, first, before)?;
            let insert = self.insert_level(level, rows, upsert)?;
            if *level == model && returning == Returning::Nothing {
                let body = Body::Insert(ast::Insert { returning: &[], ..insert });
                return Ok((body, Vec::new()));
            }
            let inserted = *level == model && returning == Returning::Upserted;
            places.push(self.inserted_level(level, insert, inserted));
        }
        let (frame, root) = self.read_statement(first);
        let mut tables: SmallVec<[TableId; 2]> = SmallVec::new();
        for (level, place) in levels.iter().zip(places) {
            tables.push(self.join_statement(root, place, key_of(level)?));
        }
        let (items, columns) = returned(model, &levels, &tables, &returning);
        let number = ast::Column {
            table: root,
            name: Name::Output(number(fields.len() + 1)),
            null: false,
            sql_type: SqlType::Int8,
        };
        let order = Order { key: Key::Expr(Expr::Column(number)), desc: false, nulls: None };
        let order = &*self.arena.alloc([order]);
        let order = if many { order.as_slice() } else { &[] };
        let items = self.list(&items);
        let select = ast::Select { items, order, ..bare(frame, Expr::Bool(true)) };
        Ok((Body::Select(select), columns))
    }

    /// The statement in WITH that inserts the rows of one of the tables and returns them, with whether
    /// each was inserted, where that is asked.
    fn inserted_level(
        &mut self,
        level: &'static ModelMeta,
        insert: ast::Insert<'a>,
        inserted: bool,
    ) -> u16 {
        let names = level.own_fields().iter().map(|field| field.column);
        let mut names: SmallVec<[&'static str; 16]> = names.collect();
        let mut returning: SmallVec<[Expr<'a>; 16]> = SmallVec::from_slice(insert.returning);
        if inserted {
            returning.push(self.is_inserted(insert.table));
            names.push("inserted");
        }
        let columns = CteColumns::Given(self.arena.alloc_slice_copy(&names));
        let body = Body::Insert(ast::Insert { returning: self.list(&returning), ..insert });
        self.name_statement(Cte { columns, ..Cte::of(body) })
    }

    /// The values of the rows to insert.
    fn new_rows(
        &mut self,
        model: &'static ModelMeta,
        fields: &[&'static FieldMeta],
        rows: Given,
    ) -> Result<New<'a>> {
        let frame = self.push_frame(FrameKind::Change, Scope::ANY, Some(model), None);
        let source = match rows.in_a_row() {
            Given::Rows(0, _) | Given::Alike(_) => return usage(NO_ROWS),
            Given::Rows(1, values) => {
                let values = self.typed_values(fields, values, frame)?;
                return Ok(New { frame, values, many: false });
            }
            Given::Rows(count, _) if fields.is_empty() => {
                let row: &[Expr<'a>] = self.arena.alloc([Expr::Bool(true)]);
                ast::From::Values(self.arena.alloc_slice_fill_copy(count, row))
            }
            Given::Rows(_, values) => {
                let values = self.typed_values(fields, values, frame)?;
                let rows = values.chunks(fields.len());
                let rows: SmallVec<[&'a [Expr<'a>]; 8]> = rows.map(|row| self.list(row)).collect();
                ast::From::Values(self.arena.alloc_slice_copy(&rows))
            }
            Given::Arrays(arrays) => {
                let table = self.push_root(frame, ast::From::Unnest(&[]), None);
                let mut slots: SmallVec<[(ast::Slot, SqlType); 16]> = SmallVec::new();
                let arrays = fields.iter().zip(arrays);
                let values =
                    arrays.map(|(field, array)| self.given(field, array, table, &mut slots));
                let values = values.collect();
                let slots = self.arena.alloc_slice_copy(&slots);
                self.table_mut(table).source = ast::From::Unnest(slots);
                return Ok(New { frame, values, many: true });
            }
            Given::Query(query) => {
                let want = Want { numbered: true, ..Want::ROWS };
                ast::From::Query(self.body(&query, None, want)?)
            }
        };
        let table = self.push_root(frame, source, None);
        let values = fields.iter().enumerate();
        let values = values.map(|(place, field)| Expr::Column(output(table, place, field)));
        Ok(New { frame, values: values.collect(), many: true })
    }

    /// Values with their types, which nothing else says where they stand.
    fn typed_values(
        &mut self,
        fields: &[&'static FieldMeta],
        values: Vec<InsertValue>,
        frame: FrameId,
    ) -> Result<SmallVec<[Expr<'a>; 16]>> {
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let mut typed = SmallVec::new();
        for (value, field) in values.into_iter().zip(fields.iter().cycle()) {
            typed.push(match value {
                InsertValue::Value(value) => {
                    let value = self.bind(value, field.sql_type);
                    Expr::Cast(self.keep(value), field.sql_type)
                }
                InsertValue::Node(node) => self.drafted(field, &node, ctx)?,
                InsertValue::Default => {
                    return usage(format!(
                        "some rows leave `{}` to the database and others do not",
                        field.name
                    ));
                }
            });
            self.within_limits()?;
        }
        Ok(typed)
    }

    /// The statement in WITH that has the key of each row, its values, and its number. Of rows that may
    /// be there already, those are left out which are of another tenant.
    fn key_and_values(
        &mut self,
        levels: &Levels,
        fields: &[&'static FieldMeta],
        new: New<'a>,
        upserts: bool,
    ) -> Result<u16> {
        let Some(outermost) = levels.first() else { return usage("a row of no model") };
        let key = key_of(outermost)?;
        let ctx = Ctx { joins: false, ..Ctx::value(new.frame) };
        let given = fields.iter().position(|field| field.comes_from(key));
        let key = match (given.and_then(|place| new.values.get(place)), key.default) {
            (Some(given), _) => *given,
            (None, Default::Database(node)) => self.value(&node(), ctx)?,
            (None, _) if key.identity => self.next_key(outermost, key, ctx)?,
            (None, _) => {
                return usage(format!("`{}` of `{}` has no value", key.name, outermost.name));
            }
        };
        let filter = match given.is_some() && upserts {
            true => self.none_of_others(levels, key)?,
            false => Expr::Bool(true),
        };
        let mut items: SmallVec<[Expr<'a>; 16]> = SmallVec::new();
        items.push(key);
        items.extend(new.values);
        if new.many {
            items.push(Expr::Template(&ROW_NUMBER, &[]));
        }
        let items = self.list(&items);
        let names = ast::Names::Places;
        let select = ast::Select { items, names, ..bare(new.frame, filter) };
        Ok(self.name_statement(Cte::of(Body::Select(select))))
    }

    /// What one of the tables is given: its columns, and the rows. Where rows may be there already, those
    /// that were written to the table before.
    fn rows_of_level(
        &mut self,
        level: &'static ModelMeta,
        fields: &[&'static FieldMeta],
        first: u16,
        before: Option<(&'static ModelMeta, u16)>,
    ) -> Result<(&'a [&'static str], Rows<'a>)> {
        let key = key_of(level)?;
        let (from, new) = self.read_statement(first);
        if let Some((before, place)) = before {
            self.join_statement(new, place, key_of(before)?);
        }
        let mut columns: SmallVec<[&'static str; 16]> = SmallVec::from_slice(&[key.column]);
        let mut items: SmallVec<[Expr<'a>; 16]> = SmallVec::new();
        items.push(Expr::Column(output(new, 0, key)));
        for (_, field) in own(level).filter(|(_, field)| *field != key) {
            let Some(place) = fields.iter().position(|given| given.comes_from(field)) else {
                continue;
            };
            columns.push(field.column);
            items.push(Expr::Column(output(new, place + 1, field)));
        }
        let items = self.list(&items);
        let rows = ast::Select { items, ..bare(from, Expr::Bool(true)) };
        let rows = Rows::Query(self.arena.alloc(Body::Select(rows)));
        Ok((self.arena.alloc_slice_copy(&columns), rows))
    }

    /// The INSERT into the table of one of the models.
    fn insert_level(
        &mut self,
        level: &'static ModelMeta,
        (columns, rows): (&'a [&'static str], Rows<'a>),
        upsert: Option<Upsert<'_>>,
    ) -> Result<ast::Insert<'a>> {
        let frame = self.push_frame(FrameKind::Change, Scope::ANY, Some(level), None);
        let table = self.push_root(frame, table_of(level), Some(level));
        let conflict = match upsert {
            Some(upsert) => Some(self.upsert_level(level, table, upsert)?),
            None => None,
        };
        let returning = level.own_fields().iter().map(|field| Expr::Column(named(table, field)));
        let returning: SmallVec<[Expr<'a>; 16]> = returning.collect();
        let returning = self.list(&returning);
        Ok(ast::Insert { table, columns, rows, conflict, returning })
    }
}

/// The columns that come back.
fn returned<'a>(
    model: &'static ModelMeta,
    levels: &Levels,
    tables: &[TableId],
    returning: &Returning,
) -> (SmallVec<[Expr<'a>; 16]>, Vec<OutputColumn>) {
    let column = |field: &'static FieldMeta| {
        let origin = field.origin();
        let place = levels.iter().position(|level| own(level).any(|(_, own)| own == origin));
        let table = place.and_then(|place| tables.get(place)).copied().unwrap_or_default();
        Expr::Column(named(table, origin))
    };
    let all = || model.fields.iter();
    match returning {
        Returning::Nothing => (SmallVec::new(), Vec::new()),
        Returning::Rows => (all().map(column).collect(), model_columns(model)),
        Returning::Fields(fields) => {
            let columns = columns_of(model, fields.iter().copied());
            (fields.iter().copied().map(column).collect(), columns)
        }
        Returning::Upserted => {
            let mut items: SmallVec<[Expr<'a>; 16]> = all().map(column).collect();
            let table = tables.last().copied().unwrap_or_default();
            let (name, sql_type) = (Name::Known("inserted"), SqlType::Bool);
            items.push(Expr::Column(ast::Column { table, name, null: false, sql_type }));
            let mut columns = model_columns(model);
            columns.push(OutputColumn { model: model.name, field: "inserted", sql_type });
            (items, columns)
        }
    }
}
