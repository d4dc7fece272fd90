//! An unsaved row, evaluated without being inserted.

use super::compile::model_columns;
use super::insertion::InsertValue;
use super::parts::bare;
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of};
use crate::ir::{Default, FieldMeta, ModelMeta, Node, Scope};
use orm_sql::ast::{self, Body, Expr, FrameId, Label, Template};
use orm_sql::exec::Statement;
use orm_sql::ident::Ident;
use orm_sql::value::{SqlType, SqlValue};

/// The statement that gives a row as inserting these values would make it: keys are drawn, and
/// what the database fills in or calculates is evaluated. One value for each field.
///
/// # Errors
///
/// When an expression reaches over a relation.
pub fn evaluate(model: &'static ModelMeta, values: &[InsertValue]) -> orm_sql::Result<Statement> {
    compile(|planner| {
        let frame = planner.push_frame(FrameKind::Change, Scope::ANY, Some(model), None);
        let root = planner.push_root(frame, table_of(model), Some(model));
        planner.table_mut(root).label = Some(Label::Bare);
        let mut row = Vec::with_capacity(model.width());
        for (field, value) in model.fields.iter().zip(values) {
            row.push(planner.row_value(model, field, value, frame)?);
        }
        let select = planner.row_of(frame, &row);
        planner.statement(&Body::Select(select), model_columns(model))
    })
}

/// A column of the row.
#[derive(Clone, Copy)]
enum RowValue<'a> {
    /// A value of its own.
    Given(&'static FieldMeta, Expr<'a>),
    /// Calculated from the others, by their bare names.
    Generated(Expr<'a>),
}

impl<'a> Planner<'a> {
    /// `SELECT …`, or `SELECT … FROM (SELECT …) AS given` where columns are calculated from others.
    fn row_of(&mut self, frame: FrameId, row: &[RowValue<'a>]) -> ast::Select<'a> {
        let nowhere = self.push_frame(FrameKind::Change, Scope::ANY, None, None);
        let root = self.frame(frame).root;
        let calculated = row.iter().any(|value| matches!(value, RowValue::Generated(_)));
        let (mut outer, mut inner, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for value in row {
            match value {
                RowValue::Given(field, expr) => {
                    outer.push(Expr::Column(self.column_at(root, field)));
                    inner.push(*expr);
                    names.push(field.column);
                }
                RowValue::Generated(expr) => outer.push(*expr),
            }
        }
        let given = ast::Select { items: self.list(&inner), ..bare(nowhere, Expr::Bool(true)) };
        if !calculated {
            return given;
        }
        let names = ast::Names::Given(self.arena.alloc_slice_copy(&names));
        let body = self.arena.alloc(Body::Select(ast::Select { names, ..given }));
        let table = self.table_mut(root);
        (table.source, table.label) = (ast::From::Query(body), Some(Label::Silent("given")));
        ast::Select { items: self.list(&outer), ..bare(frame, Expr::Bool(true)) }
    }

    fn row_value(
        &mut self,
        model: &'static ModelMeta,
        field: &'static FieldMeta,
        value: &InsertValue,
        frame: FrameId,
    ) -> Result<RowValue<'a>> {
        let ctx = Ctx { joins: false, ..Ctx::value(frame) };
        let given = match (value, field.generated, field.default) {
            (InsertValue::Value(value), ..) => self.bind(value.clone(), field.sql_type),
            (InsertValue::Node(node), ..) => self.drafted(field, node, ctx)?,
            (InsertValue::Default, Some(node), _) => {
                return Ok(RowValue::Generated(self.value(&node(), ctx)?));
            }
            (InsertValue::Default, None, Default::Database(node)) => self.value(&node(), ctx)?,
            (InsertValue::Default, None, _) if field.identity => {
                let holder =
                    model.lineage().find(|model| model.own_fields().contains(field.origin()));
                self.next_key(holder.unwrap_or(model), field.origin(), ctx)?
            }
            (InsertValue::Default, None, _) => self.bind(SqlValue::Null, field.sql_type),
        };
        Ok(RowValue::Given(field, given))
    }

    /// The next number of an identity column, drawn as an insertion would.
    pub fn next_key(
        &mut self,
        model: &'static ModelMeta,
        field: &'static FieldMeta,
        ctx: Ctx,
    ) -> Result<Expr<'a>> {
        static NEXT: Template = Template::new("nextval(pg_get_serial_sequence({}, {}))");
        let mut table = String::new();
        if let Some(schema) = model.schema {
            Ident::new(schema).write(&mut table);
            table.push('.');
        }
        Ident::new(model.table).write(&mut table);
        let text = |text: String| Node::Value(SqlValue::Text(text), SqlType::Text);
        let arguments = vec![text(table), text(field.column.to_owned())];
        let next = Node::template(&NEXT, arguments);
        match field.sql_type {
            SqlType::Int8 => self.value(&next, ctx),
            narrower => self.value(&Node::Cast(Box::new(next), narrower), ctx),
        }
    }
}
