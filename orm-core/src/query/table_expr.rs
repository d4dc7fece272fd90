//! Expressions over one table, for constraints, indexes, generated columns and defaults.

use super::plan::{Ctx, FrameKind, compile, table_of};
use crate::ir::{ModelMeta, Node, Scope};
use orm_sql::ast::Label;
use orm_sql::error::Result;
use orm_sql::sql::Writer;

/// An expression or a condition over the columns of a model's table as SQL text: columns by their
/// names only, values written out.
///
/// # Errors
///
/// When it reaches over a relation, which a table's definition cannot.
pub fn table_expr(node: &Node, model: &'static ModelMeta) -> Result<String> {
    compile(|planner| {
        let frame = planner.push_frame(FrameKind::Change, Scope::ANY, Some(model), None);
        let root = planner.push_root(frame, table_of(model), Some(model));
        planner.table_mut(root).label = Some(Label::Bare);
        let expr = planner.value(node, Ctx { joins: false, ..Ctx::value(frame) })?;
        let tables = planner.freeze()?;
        let mut writer = Writer::with_literals(tables, std::mem::take(&mut planner.values));
        writer.expr(&expr);
        Ok(writer.finish().0)
    })
}
