//! INSERT.

use super::change::{Returning, has_table};
use super::insert_shape::{Shape, remembered};
use super::insertion::{Conflict, ConflictTarget, Given, Insert, InsertValue, NO_ROWS};
use super::join::written;
use super::parts::{Want, bare};
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of, usage};
use super::table_expr::table_expr;
use super::tenant::complete;
use crate::ir::{Child, FieldMeta, IndexPart, InsertRows, ModelMeta, Node, Scope, UniqueMeta};
use orm_sql::ast::{
    self, ALL, Body, Column, Conflict as Clause, Connective, DEFAULT, Expr, FrameId, Label, Name,
    Rows, Target,
};
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::value::{SqlType, SqlValue};
use smallvec::SmallVec;

/// The statement that inserts rows.
///
/// # Errors
///
/// When there are no rows, or more values than a statement takes.
pub fn insert(mut insert: Insert) -> orm_sql::Result<Statement> {
    let tenancy = insert.tenancy.clone();
    complete(&mut insert, &tenancy)?;
    match Shape::of(&insert) {
        Some(shape) => remembered(shape, insert, compiled),
        None => compiled(insert),
    }
}

fn compiled(insert: Insert) -> orm_sql::Result<Statement> {
    compile(|planner| {
        if insert.model.link().is_some() {
            has_table(insert.model, "insert")?;
            let (body, columns) = planner.insert_extended(insert)?;
            return planner.statement(&body, columns);
        }
        let (insert, columns) = planner.insertion(insert)?;
        planner.statement(&Body::Insert(insert), columns)
    })
}

impl<'a> Planner<'a> {
    /// An INSERT, and the columns that come back.
    fn insertion(&mut self, insert: Insert) -> Result<(ast::Insert<'a>, Vec<OutputColumn>)> {
        has_table(insert.model, "insert")?;
        if matches!(insert.rows, Given::Rows(0, _)) {
            return usage(NO_ROWS);
        }
        let Insert { model, fields, rows, conflict, returning, tenancy } = insert;
        self.tenancy = tenancy;
        let frame = self.insert_frame(model, conflict.as_ref());
        let columns = self.columns_of(&fields);
        let (columns, rows) = match rows.in_a_row() {
            Given::Arrays(arrays) => (columns, self.arrays(&fields, arrays)),
            Given::Rows(count, _) if fields.is_empty() => self.only_defaults(model, count),
            Given::Rows(_, values) => (columns, self.value_rows(&fields, values, frame)?),
            Given::Query(query) => (columns, Rows::Query(self.body(&query, None, Want::ROWS)?)),
            Given::Alike(_) => return usage(NO_ROWS),
        };
        let rows = match &conflict {
            Some(Conflict::There { fields, .. }) => self.missing(model, columns, rows, fields)?,
            _ => rows,
        };
        let conflict = match &conflict {
            Some(conflict) => self.conflict(conflict, frame)?,
            None => None,
        };
        let table = self.frame(frame).root;
        let (returning, outputs) = self.returned(frame, model, &returning)?;
        Ok((ast::Insert { table, columns, rows, conflict, returning }, outputs))
    }

    /// Rows of a query that are inserted and returned whole, and how many columns these have.
    pub fn inserted(&mut self, insert: &InsertRows) -> Result<(Body<'a>, u16)> {
        let InsertRows { model, fields, rows, ignore, inserted } = insert;
        if let Some(message) = &inserted.error {
            return usage(message.clone());
        }
        let mut insert = Insert {
            model,
            fields: fields.clone(),
            rows: Given::Query(Box::new(rows.clone())),
            conflict: ignore.then_some(Conflict::Nothing(None)),
            returning: Returning::Rows,
            tenancy: self.tenancy.clone(),
        };
        complete(&mut insert, &self.tenancy)?;
        if model.link().is_some() {
            has_table(model, "insert")?;
            let (body, columns) = self.insert_extended(insert)?;
            return Ok((body, ast::number(columns.len())));
        }
        let (insert, columns) = self.insertion(insert)?;
        Ok((Body::Insert(insert), ast::number(columns.len())))
    }

    /// The row that is inserted, with the one that could not be around it.
    fn insert_frame(&mut self, model: &'static ModelMeta, conflict: Option<&Conflict>) -> FrameId {
        let (row, new) = match conflict {
            Some(Conflict::Update { row, new, .. }) => (*row, Some(*new)),
            _ => (Scope::ANY, None),
        };
        let frame = self.push_frame(FrameKind::Change, row, Some(model), None);
        self.push_root(frame, table_of(model), Some(model));
        if let Some(new) = new {
            let excluded = self.push_frame(FrameKind::Change, new, Some(model), None);
            let root = self.push_root(excluded, table_of(model), Some(model));
            self.table_mut(root).label = Some(Label::Name("EXCLUDED"));
            self.frame_mut(frame).parent = Some(excluded);
        }
        frame
    }

    fn columns_of(&self, fields: &[&'static FieldMeta]) -> &'a [&'static str] {
        self.arena.alloc_slice_fill_iter(fields.iter().map(|field| field.column))
    }

    fn value_rows(
        &mut self,
        fields: &[&'static FieldMeta],
        values: Vec<InsertValue>,
        frame: FrameId,
    ) -> Result<Rows<'a>> {
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let mut rows = Vec::with_capacity(values.len() / fields.len().max(1));
        let mut row: SmallVec<[Expr<'a>; 16]> = SmallVec::new();
        for (value, field) in values.into_iter().zip(fields.iter().cycle()) {
            row.push(match value {
                InsertValue::Value(value) => self.bind(value, field.sql_type),
                InsertValue::Default => Expr::Template(&DEFAULT, &[]),
                InsertValue::Node(node) => self.drafted(field, &node, ctx)?,
            });
            self.within_limits()?;
            if row.len() == fields.len() {
                rows.push(&*self.arena.alloc_slice_copy(&row));
                row.clear();
            }
        }
        Ok(Rows::Values(self.arena.alloc_slice_copy(&rows)))
    }

    /// An expression as the value of a row that is not there yet.
    pub fn drafted(&mut self, field: &FieldMeta, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        let Some(read) = reads_row(node) else { return self.assigned(field, node, ctx) };
        let model = self.frame(ctx.frame).model.map_or("the model", |model| model.name);
        let read = match read {
            Node::Column { path, field } => format!("the column `{}`", written(path, field.name)),
            Node::Relation(_) => "a relation".to_owned(),
            _ => "an aggregate".to_owned(),
        };
        usage(format!(
            "`{}` of `{model}` is given {read} in a draft, whose row is not there yet: columns and \
             aggregates are read by `update`; a draft takes values, and expressions of these",
            field.name
        ))
    }

    /// Rows of nothing but defaults.
    fn only_defaults(
        &self,
        model: &'static ModelMeta,
        rows: usize,
    ) -> (&'a [&'static str], Rows<'a>) {
        if rows == 1 {
            return (&[], Rows::Default);
        }
        let column = model.fields.first().map_or("", |field| field.column);
        let row: &[Expr<'a>] = self.arena.alloc([Expr::Template(&DEFAULT, &[])]);
        let rows = self.arena.alloc_slice_fill_copy(rows, row);
        (self.arena.alloc([column]), Rows::Values(rows))
    }

    /// `SELECT * FROM UNNEST($1::…[], …)`: an array for each column.
    fn arrays(&mut self, fields: &[&'static FieldMeta], arrays: Vec<SqlValue>) -> Rows<'a> {
        let casts = fields.iter().any(|field| field.sql_type.is_text_in_arrays());
        let (frame, table) = self.bare_table(ast::From::Unnest(&[]));
        if casts {
            self.table_mut(table).label = Some(Label::Silent("u"));
        }
        let mut slots: SmallVec<[(ast::Slot, SqlType); 16]> = SmallVec::new();
        let mut items: SmallVec<[Expr<'a>; 16]> = SmallVec::new();
        for (place, (field, array)) in fields.iter().zip(arrays).enumerate() {
            let text = field.sql_type.is_text_in_arrays();
            let array_type = SqlType::Array(if text { &SqlType::Text } else { &field.sql_type });
            slots.push((self.slot(array, array_type), array_type));
            let name = Name::Output(ast::number(place));
            let column = Column { table, name, null: true, sql_type: field.sql_type };
            items.push(match text {
                true => Expr::Typed(self.keep(Expr::Column(column)), field.sql_type),
                false => Expr::Column(column),
            });
        }
        self.table_mut(table).source = ast::From::Unnest(self.arena.alloc_slice_copy(&slots));
        let all = [Expr::Template(&ALL, &[])];
        let items = self.list(if casts { &items } else { &all });
        let select = ast::Select { items, ..bare(frame, Expr::Bool(true)) };
        Rows::Query(self.arena.alloc(Body::Select(select)))
    }

    /// Rows of which there is none with the same values of some columns.
    ///
    /// ```text
    /// SELECT * FROM (…) AS new ("a", "b")
    /// WHERE NOT EXISTS (SELECT 1 FROM "book" AS old WHERE old."a" = new."a")
    /// ```
    fn missing(
        &mut self,
        model: &'static ModelMeta,
        columns: &'a [&'static str],
        rows: Rows<'a>,
        fields: &[&'static FieldMeta],
    ) -> Result<Rows<'a>> {
        let source = match rows {
            Rows::Default => return Ok(rows),
            Rows::Values(rows) => ast::From::Values(rows),
            Rows::Query(body) => ast::From::Query(body),
        };
        let (frame, new) = self.bare_table(source);
        let table = self.table_mut(new);
        (table.label, table.columns) = (Some(Label::Name("new")), columns);
        let (within, old) = self.bare_table(table_of(model));
        self.table_mut(old).label = Some(Label::Name("old"));
        let mut same: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for field in fields {
            let column = |table| Expr::Column(self.column_at(table, field));
            same.push(self.binary("=", column(old), column(new)));
        }
        same.extend(self.of_tenant(old, model)?);
        let same = self.fold(Connective::And, &same);
        let there = Expr::Exists(self.arena.alloc(Body::Select(bare(within, same))));
        let items = self.list(&[Expr::Template(&ALL, &[])]);
        let filter = self.not(there);
        let select = ast::Select { items, ..bare(frame, filter) };
        Ok(Rows::Query(self.arena.alloc(Body::Select(select))))
    }

    fn conflict(&mut self, conflict: &Conflict, frame: FrameId) -> Result<Option<Clause<'a>>> {
        let (target, set, filter) = match conflict {
            Conflict::Nothing(target) => {
                let target =
                    target.as_ref().map(|target| self.target(target, frame)).transpose()?;
                return Ok(Some(Clause::Nothing(target)));
            }
            Conflict::There { fields, unique } => {
                let target = Target::Columns(self.columns_of(fields));
                return Ok(unique.then_some(Clause::Nothing(Some(target))));
            }
            Conflict::Update { target, set, filter, row: _, new: _ } => (target, set, filter),
        };
        let target = self.target(target, frame)?;
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let sets = self.assignments(set, ctx)?;
        let filter = match filter {
            Some(filter) => self.condition(filter, ctx)?,
            None => Expr::Bool(true),
        };
        let (root, model) = (self.frame(frame).root, self.frame(frame).model);
        let tenant = model.map(|model| self.of_tenant(root, model)).transpose()?.flatten();
        let filter = match tenant {
            Some(tenant) => self.fold(Connective::And, &[filter, tenant]),
            None => filter,
        };
        Ok(Some(Clause::Update { target, sets, filter }))
    }

    fn target(&mut self, target: &ConflictTarget, frame: FrameId) -> Result<Target<'a>> {
        match (target, self.frame(frame).model) {
            (ConflictTarget::Fields(fields), _) => Ok(Target::Columns(self.columns_of(fields))),
            (ConflictTarget::Constraint(name), _) => {
                Ok(Target::Constraint(self.arena.alloc_str(name)))
            }
            (ConflictTarget::Unique(unique), Some(model)) => self.unique_index(model, unique),
            (ConflictTarget::Unique(_), None) => usage("a unique index of no model"),
        }
    }

    /// What a unique index is over, in the words in which the table says it, which is how the server
    /// finds it.
    fn unique_index(
        &mut self,
        model: &'static ModelMeta,
        unique: &UniqueMeta,
    ) -> Result<Target<'a>> {
        let (_, table) = self.bare_table(table_of(model));
        let text = |node: Node| -> Result<Expr<'a>> {
            Ok(Expr::Raw(self.arena.alloc_str(&table_expr(&node, model)?), &[]))
        };
        let mut keys: SmallVec<[Expr<'a>; 4]> = SmallVec::new();
        for part in unique.parts {
            match part {
                IndexPart::Field { name, .. } => {
                    let columns = model.columns_of(name).iter();
                    keys.extend(columns.map(|field| Expr::Column(self.column_at(table, field))));
                }
                IndexPart::Expression(node) => keys.push(text(node())?),
                IndexPart::Ordered(order) => {
                    for order in order() {
                        keys.push(text(order.node)?);
                    }
                }
            }
        }
        let filter = match unique.condition {
            Some(condition) => text(condition())?,
            None => Expr::Bool(true),
        };
        Ok(Target::Index { keys: self.list(&keys), filter })
    }
}

/// What an expression reads of rows, outside of queries of its own.
fn reads_row(node: &Node) -> Option<&Node> {
    match node {
        Node::Column { .. } | Node::Relation(_) | Node::Output(..) | Node::Aggregate(_) => {
            Some(node)
        }
        _ => {
            let mut found = None;
            node.each_child(&mut |child| {
                if let (Child::Node(child), None) = (child, found) {
                    found = reads_row(child);
                }
            });
            found
        }
    }
}
