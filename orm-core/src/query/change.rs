//! UPDATE and DELETE of the rows of a query.

use super::compile::model_columns;
use super::join::primary_key;
use super::parts::{Items, Plan, Want, WantOrder};
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of, usage};
use super::{Distinct, Query, Source};
use crate::ast::{Body, Expr, FrameId, Name};
use crate::exec::{OutputColumn, Statement};
use crate::model::{FieldMeta, ModelMeta};
use crate::node::{Node, Template};
use crate::sql::{Change, Writer};
use crate::value::SqlType;
use smallvec::SmallVec;

/// What a statement that changes rows returns of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Returning {
    /// Nothing but how many there were.
    Nothing,
    /// All columns, in the order of the model's fields.
    Rows,
    /// These columns.
    Fields(Vec<&'static FieldMeta>),
    /// All columns, and whether the row was inserted (and not updated).
    Upserted,
}

/// The statement that assigns to columns of all rows of a query.
///
/// Where conditions reach over relations, the rows are found in a subquery by their keys.
///
/// # Errors
///
/// When the query is sliced, combined or nested, and when a value reaches over a relation.
pub fn update(
    query: &Query,
    sets: &[(&'static FieldMeta, Node)],
    returning: Returning,
) -> crate::Result<Statement> {
    compile(|planner| {
        let (frame, model, filter) = planner.changed_rows(query, "update")?;
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let sets = planner.assignments(sets, ctx)?;
        let table = planner.frame(frame).root;
        planner.check_alone(frame, model)?;
        planner.change(Change::Update { table, sets, filter }, frame, model, &returning)
    })
}

/// The statement that deletes all rows of a query. What refers to them is not its business.
///
/// # Errors
///
/// When the query is sliced, combined or nested.
pub fn delete(query: &Query, returning: Returning) -> crate::Result<Statement> {
    compile(|planner| {
        let (frame, model, filter) = planner.changed_rows(query, "delete")?;
        let table = planner.frame(frame).root;
        planner.change(Change::Delete { table, filter }, frame, model, &returning)
    })
}

impl<'a> Planner<'a> {
    /// The table of the rows of a query, and the condition that finds them.
    fn changed_rows(
        &mut self,
        query: &Query,
        verb: &str,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        let model = changeable(query, verb)?;
        let want = Want { items: Items::None, order: WantOrder::Never, numbered: false };
        let mut plan = self.open_plan(query, None, want)?;
        self.fill(&mut plan)?;
        let frame = plan.frame;
        if !self.frame(frame).grouped && self.is_alone(frame) {
            let filter = self.all_filters(&plan);
            return Ok((frame, model, filter));
        }
        self.found_by_key(&mut plan, model)
    }

    /// Rows that are found in a subquery.
    fn found_by_key(
        &mut self,
        plan: &mut Plan<'_, 'a>,
        model: &'static ModelMeta,
    ) -> Result<(FrameId, &'static ModelMeta, Expr<'a>)> {
        let inner = self.frame(plan.frame).root;
        let scope = self.frame(plan.frame).scope;
        let frame = self.push_frame(FrameKind::Query, scope, Some(model), None);
        let root = self.push_root(frame, table_of(model), Some(model));
        let mut left: SmallVec<[Expr<'a>; 2]> = SmallVec::new();
        for field in primary_key(model) {
            left.push(Expr::Column(self.column_at(root, field)));
            plan.items.push(Expr::Column(self.column_at(inner, field)));
        }
        let left = self.row(left.into_iter());
        let select = self.close(plan)?;
        let filter = Expr::InQuery(self.keep(left), self.arena.alloc(Body::Select(select)));
        Ok((frame, model, filter))
    }

    /// What is assigned to columns.
    pub fn assignments(
        &mut self,
        sets: &[(&'static FieldMeta, Node)],
        ctx: Ctx,
    ) -> Result<&'a [(&'static str, Expr<'a>)]> {
        let mut assignments: SmallVec<[(&'static str, Expr<'a>); 8]> = SmallVec::new();
        let model = self.frame(ctx.frame).model;
        for (field, node) in sets {
            if !model.is_some_and(|model| model.fields.contains(field)) {
                return usage(
                    "`set` works on the model's own columns and keys, and this one is reached \
                     through a relation: update the other model's query set instead",
                );
            }
            assignments.push((field.column, self.assigned(field, node, ctx)?));
        }
        Ok(self.arena.alloc_slice_copy(&assignments))
    }

    /// The value of a column; a key takes its type from the column.
    pub fn assigned(&mut self, field: &FieldMeta, node: &Node, ctx: Ctx) -> Result<Expr<'a>> {
        match node {
            Node::Row(values) => Ok(self.typed_row(values, &[field])),
            node => self.value(node, ctx),
        }
    }

    /// True where a SELECT reads from one table only.
    fn is_alone(&self, frame: FrameId) -> bool {
        !self.tables.iter().any(|t| t.frame == frame && t.join.is_some() && t.read)
    }

    fn check_alone(&self, frame: FrameId, model: &ModelMeta) -> Result<()> {
        if self.is_alone(frame) {
            return Ok(());
        }
        usage(format!(
            "a value in `update` of `{}` reaches over a relation inside `outer_ref`, which is not \
             possible here",
            model.name
        ))
    }

    /// A statement that changes rows of a table.
    pub fn change(
        &mut self,
        change: Change<'a>,
        frame: FrameId,
        model: &'static ModelMeta,
        returning: &Returning,
    ) -> Result<Statement> {
        let (exprs, columns) = self.returned(frame, model, returning);
        let tables = self.freeze();
        if self.values.len() > usize::from(u16::MAX) {
            return usage("a statement takes at most 65535 parameters: split the rows");
        }
        let mut writer = Writer::new(tables, std::mem::take(&mut self.values));
        writer.change(&change, &exprs);
        let (sql, params) = writer.finish();
        Ok(Statement { sql, params, columns, cached: true, about: self.about() })
    }

    fn returned(
        &mut self,
        frame: FrameId,
        model: &'static ModelMeta,
        returning: &Returning,
    ) -> (SmallVec<[Expr<'a>; 16]>, Vec<OutputColumn>) {
        static INSERTED: Template = Template::new("({} = 0)");
        let root = self.frame(frame).root;
        let column = |field: &FieldMeta| Expr::Column(self.column_at(root, field));
        match returning {
            Returning::Nothing => (SmallVec::new(), Vec::new()),
            Returning::Rows => (model.fields.iter().map(column).collect(), model_columns(model)),
            Returning::Fields(fields) => {
                let columns = fields.iter().map(|field| OutputColumn {
                    model: model.name,
                    field: field.name,
                    sql_type: field.sql_type,
                });
                (fields.iter().map(|field| column(field)).collect(), columns.collect())
            }
            Returning::Upserted => {
                let mut exprs: SmallVec<[Expr<'a>; 16]> = model.fields.iter().map(column).collect();
                let mut columns = model_columns(model);
                let table = root;
                let (name, sql_type) = (Name::Known("xmax"), SqlType::Int8);
                let xmax = crate::ast::Column { table, name, null: false, sql_type };
                exprs.push(Expr::Template(&INSERTED, self.list(&[Expr::Column(xmax)])));
                let inserted = ("inserted", SqlType::Bool);
                let (field, sql_type) = inserted;
                columns.push(OutputColumn { model: model.name, field, sql_type });
                (exprs, columns)
            }
        }
    }
}

/// The model whose rows a query is about, if they can be changed.
fn changeable(query: &Query, verb: &str) -> Result<&'static ModelMeta> {
    if let Some(message) = &query.error {
        return usage(message.clone());
    }
    let by_key = "select the keys and use them in `in_`";
    if query.is_sliced() {
        return usage(format!("`{verb}` after `limit`, `offset` or `slice`: {by_key}"));
    }
    if let Distinct::On(_) = query.distinct {
        return usage(format!("`{verb}` after `distinct_on`: {by_key}"));
    }
    match &query.source {
        Source::Model(model) => Ok(model),
        Source::Related(path) => Ok(path.target()),
        Source::Nested(_) => usage(format!("`{verb}` after `nested`: {by_key}")),
        Source::Combined(..) => usage(format!("`{verb}` of a set operation: {by_key}")),
        Source::Raw(..) => usage(format!("`{verb}` of raw SQL: write it in SQL")),
    }
}
