//! UPDATE of rows by their keys, with values of their own for each.

use super::cache::remembered;
use super::parts::bare;
use super::plan::{FrameKind, Planner, compile, usage};
use super::shape::Asked;
use crate::ir::{FieldMeta, Query, Scope};
use orm_sql::ast::{
    self, Body, Column, Connective, Expr, LockStrength, LockWait, Name, TableId, Update,
};
use orm_sql::exec::Statement;
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// Values for rows that are there: a column each.
#[derive(Clone, Debug)]
pub struct RowValues {
    /// What finds a row: fields and their values.
    pub keys: Vec<(&'static FieldMeta, SqlValue)>,
    /// What is written to it: fields and their values.
    pub fields: Vec<(&'static FieldMeta, SqlValue)>,
    /// What is written to all of them.
    pub all: Vec<(&'static FieldMeta, SqlValue)>,
}

/// The statement that writes values of their own to rows of a query, found by their keys.
///
/// ```text
/// UPDATE book AS t0 SET pages = t1.c1 FROM UNNEST($1::bigint[], $2::integer[]) AS t1 (c0, c1)
/// WHERE t0.id = t1.c0
/// ```
///
/// The text does not depend on the number of rows. Arrays and types that are known by name only
/// travel as text, each value an item of its own: an array of arrays would be one array.
///
/// # Errors
///
/// When the query is sliced, combined or nested.
pub fn update_rows(query: &Query, rows: RowValues) -> orm_sql::Result<Statement> {
    let Some(model) = query.model() else { return compiled(query, rows) };
    if model.link().is_some() {
        return compile(|planner| planner.update_rows_extended(query, rows));
    }
    // Whether a tenant may be assigned depends on its values.
    match rows.fields.iter().any(|(field, _)| model.as_tenant(field).is_some()) {
        true => compiled(query, rows),
        false => remembered(query, Asked::UpdateRows(&rows), || compiled(query, rows.clone())),
    }
}

fn compiled(query: &Query, rows: RowValues) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let (frame, model, filter) = planner.changed_rows(query, "bulk_update")?;
        for (field, values) in &rows.fields {
            planner.check_assigned(model, field, Some(values))?;
        }
        let table = planner.frame(frame).root;
        let from = planner.push_frame(FrameKind::Change, Scope::ANY, None, None);
        let source = planner.push_root(from, ast::From::Unnest(&[]), None);
        let mut arrays: SmallVec<[(ast::Slot, SqlType); 16]> = SmallVec::new();
        let mut conditions: SmallVec<[Expr<'_>; 4]> = SmallVec::new();
        for (field, values) in rows.keys {
            let given = planner.given(field, values, source, &mut arrays);
            let own = Expr::Column(planner.column_at(table, field));
            conditions.push(planner.binary("=", own, given));
        }
        let mut sets: SmallVec<[(&'static str, Expr<'_>); 16]> = SmallVec::new();
        for (field, values) in rows.fields {
            sets.push((field.column, planner.given(field, values, source, &mut arrays)));
        }
        for (field, value) in rows.all {
            sets.push((field.column, planner.bind(value, field.sql_type)));
        }
        if sets.is_empty() {
            return usage("there are no fields to write");
        }
        planner.table_mut(source).source =
            ast::From::Unnest(planner.arena.alloc_slice_copy(&arrays));
        if filter != Expr::Bool(true) {
            conditions.push(filter);
        }
        let filter = match conditions.as_slice() {
            [one] => *one,
            several => Expr::Junction(Connective::And, planner.list(several)),
        };
        let sets = planner.arena.alloc_slice_copy(&sets);
        let update = Update { table, sets, from: Some(from), filter, returning: &[] };
        planner.statement(&Body::Update(update), Vec::new())
    })
}

/// The statement that locks rows of a query, found by their keys, in the order of these.
///
/// ```text
/// SELECT 1 FROM book AS t0 WHERE t0.id IN (SELECT t1.c0 FROM UNNEST($1::bigint[]) AS t1 (c0))
/// ORDER BY t0.id FOR NO KEY UPDATE
/// ```
///
/// # Errors
///
/// Those of [`update_rows`].
pub fn lock_rows(
    query: &Query,
    keys: Vec<(&'static FieldMeta, SqlValue)>,
) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let (frame, _, filter) = planner.changed_rows(query, "bulk_update")?;
        let table = planner.frame(frame).root;
        let within = planner.push_frame(FrameKind::Query, Scope::ANY, None, Some(frame));
        let source = planner.push_root(within, ast::From::Unnest(&[]), None);
        let mut arrays: SmallVec<[(ast::Slot, SqlType); 16]> = SmallVec::new();
        let mut own: SmallVec<[Expr<'_>; 2]> = SmallVec::new();
        let mut given: SmallVec<[Expr<'_>; 2]> = SmallVec::new();
        for (field, values) in keys {
            own.push(Expr::Column(planner.column_at(table, field)));
            given.push(planner.given(field, values, source, &mut arrays));
        }
        planner.table_mut(source).source =
            ast::From::Unnest(planner.arena.alloc_slice_copy(&arrays));
        let order = own.iter().map(|column| {
            let key = ast::Key::Expr(*column);
            ast::Order { key, desc: false, nulls: None }
        });
        let order: SmallVec<[ast::Order<'_>; 2]> = order.collect();
        let items = planner.list(&given);
        let select = ast::Select { items, ..bare(within, Expr::Bool(true)) };
        let left = planner.row(own.into_iter());
        let among = planner.arena.alloc(Body::Select(select));
        let among = Expr::InQuery(planner.keep(left), among);
        let filter = planner.fold(Connective::And, &[among, filter]);
        let (strength, wait) = (LockStrength::NoKeyUpdate, LockWait::Wait);
        let lock = Some(ast::Lock { strength, wait, of: &[] });
        let order = planner.arena.alloc_slice_copy(&order);
        let select = ast::Select { order, lock, ..bare(frame, filter) };
        planner.statement(&Body::Select(select), Vec::new())
    })
}

impl<'a> Planner<'a> {
    /// A column of the values given, as the field's type.
    pub fn given(
        &mut self,
        field: &'static FieldMeta,
        values: SqlValue,
        source: TableId,
        arrays: &mut SmallVec<[(ast::Slot, SqlType); 16]>,
    ) -> Expr<'a> {
        let as_text = field.sql_type.is_text_in_arrays();
        let (array, sql_type) = match as_text {
            true => (SqlType::Array(&SqlType::Text), SqlType::Text),
            false => (SqlType::Array(&field.sql_type), field.sql_type),
        };
        let name = Name::Output(ast::number(arrays.len()));
        arrays.push((self.slot(values, array), array));
        let column = Expr::Column(Column { table: source, name, null: true, sql_type });
        match as_text {
            true => Expr::Cast(self.keep(column), field.sql_type),
            false => column,
        }
    }
}
