//! A row to be, evaluated without being inserted.

use super::compile::model_columns;
use super::insert::InsertValue;
use super::plan::{Ctx, FrameKind, Planner, Result, compile, table_of};
use crate::ast::{Expr, FrameId, Label, Template};
use crate::exec::Statement;
use crate::ident::Ident;
use crate::ir::{Default, FieldMeta, ModelMeta, Node, Scope};
use crate::sql::{RowValue, Writer};
use crate::value::{SqlType, SqlValue};

/// The statement that gives a row as inserting these values would make it: keys are drawn, and
/// what the database fills in or calculates is evaluated. One value for each field.
///
/// # Errors
///
/// When an expression reaches over a relation.
pub fn evaluate(model: &'static ModelMeta, values: &[InsertValue]) -> crate::Result<Statement> {
    compile(|planner| {
        let frame = planner.push_frame(FrameKind::Change, Scope::ANY, Some(model), None);
        let root = planner.push_root(frame, table_of(model), Some(model));
        planner.table_mut(root).label = Some(Label::Bare);
        let mut row = Vec::with_capacity(model.fields.len());
        for (field, value) in model.fields.iter().zip(values) {
            row.push(planner.row_value(model, field, value, frame)?);
        }
        let tables = planner.freeze()?;
        let mut writer = Writer::new(tables, std::mem::take(&mut planner.values));
        writer.row_of(&row);
        let (sql, params) = writer.finish();
        let columns = model_columns(model);
        Ok(Statement { sql, params, columns, cached: true, about: planner.about() })
    })
}

impl<'a> Planner<'a> {
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
            (InsertValue::Node(node), ..) => self.assigned(field, node, ctx)?,
            (InsertValue::Default, Some(node), _) => {
                return Ok(RowValue::Generated(self.value(&node(), ctx)?));
            }
            (InsertValue::Default, None, Default::Database(node)) => self.value(&node(), ctx)?,
            (InsertValue::Default, None, _) if field.identity => {
                self.next_key(model, field, ctx)?
            }
            (InsertValue::Default, None, _) => self.bind(SqlValue::Null, field.sql_type),
        };
        Ok(RowValue::Given(field.column, given))
    }

    /// The next number of an identity column, drawn as an insertion would.
    fn next_key(
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
