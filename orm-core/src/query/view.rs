//! The query of a view.

use super::compile::output_columns;
use super::parts::Want;
use super::plan::{Planner, compile};
use crate::ir::{self, FieldMeta, Node, Query, Selected};
use orm_sql::ast::{Body, Command, Distinct, Expr, Select};
use orm_sql::error::{Error, Result};
use orm_sql::exec::OutputColumn;
use orm_sql::sql::Writer;
use orm_sql::value::SqlType;
use std::borrow::Cow;

/// What a view has of a query set.
pub struct ViewQuery {
    /// The text: values stand in it with their types, since a view takes no parameters.
    pub sql: String,
    /// What it selects.
    pub columns: Vec<(OutputColumn, ViewColumn)>,
}

/// How much is known of the type of a view's column. The server tells a `varchar(20)` from a `text`,
/// and refuses to put the one in the place of the other.
#[derive(Clone, Copy)]
pub enum ViewColumn {
    /// That of the column of a table.
    Column(&'static FieldMeta),
    /// This type.
    Typed(SqlType),
    /// This type, of a length that is not known.
    Unknown(SqlType),
}

/// The query of a view, from a query set.
///
/// # Errors
///
/// Those of [`super::select`], and [`orm_sql::Error::Encode`] for a value that cannot be written.
pub fn view(query: &Query) -> Result<ViewQuery> {
    // The order of the model is for those who read it; a view would sort each time.
    let mut query = Cow::Borrowed(query);
    let is_free = !query.is_sliced() && !matches!(query.distinct, ir::Distinct::On(_));
    if query.order.by.is_none() && is_free {
        query.to_mut().order.by = Some(Vec::new());
    }
    // Who reads the view says of whom.
    let query = &*query.of_all_tenants();
    let mut columns = columns_of(query);
    let outputs = output_columns(query);
    if columns.len() != outputs.len() {
        columns = outputs.iter().map(|one| unknown(one.sql_type)).collect();
    }
    let sql = text_of(query, &mut columns)?;
    Ok(ViewQuery { sql, columns: outputs.into_iter().zip(columns).collect() })
}

/// The query of a model's rows, as a text that stands in FROM where a table would. Rows of tenants are those of
/// all, where the model itself is asked for the tenant.
///
/// # Errors
///
/// Those of [`view`], and [`Error::Usage`] where rows belong to tenants and nothing asks for theirs.
pub fn inline(query: &Query, is_asked_for_tenants: bool) -> Result<String> {
    let all = || text_of(&query.of_all_tenants(), &mut columns_of(query));
    if is_asked_for_tenants {
        return all();
    }
    let text = text_of(query, &mut columns_of(query));
    match text.is_err() && all().is_ok() {
        true => Err(Error::usage(
            "they belong to tenants, and nothing says to which: make the tenant one of the columns that \
             all have, and name it in `#[model(tenant = …)]`",
        )),
        false => text,
    }
}

/// The text, in which values stand as literals.
fn text_of(query: &Query, columns: &mut [ViewColumn]) -> Result<String> {
    compile(|planner| {
        let body = *planner.body(query, None, Want::ROWS)?;
        let body = match body {
            Body::Select(select) => planner.with_types(select, columns),
            other => {
                columns.iter_mut().for_each(forget);
                other
            }
        };
        let body = planner.arena.alloc(body);
        let statement = planner.whole(body);
        planner.check_literals()?;
        let tables = planner.freeze()?;
        let mut writer = Writer::with_exact_literals(tables, std::mem::take(&mut planner.values));
        writer.command(&Command::Run(statement));
        Ok(writer.finish().0)
    })
}

fn columns_of(query: &Query) -> Vec<ViewColumn> {
    let mut columns = Vec::new();
    for selected in &query.select {
        match selected {
            Selected::Model(path) => {
                let fields: &'static [FieldMeta] = path.target().fields;
                columns.extend(fields.iter().map(ViewColumn::Column));
            }
            Selected::Expr(Node::Column { field, .. }, _) => {
                columns.push(ViewColumn::Column(field));
            }
            Selected::Expr(_, sql_type) => columns.push(unknown(*sql_type)),
        }
    }
    columns
}

/// An expression of a type: texts and numbers may have a length.
fn unknown(sql_type: SqlType) -> ViewColumn {
    match sql_type.leaf() {
        SqlType::Text | SqlType::Numeric => ViewColumn::Unknown(sql_type),
        _ => ViewColumn::Typed(sql_type),
    }
}

fn forget(column: &mut ViewColumn) {
    if let ViewColumn::Column(field) = column {
        *column = unknown(field.sql_type);
    }
}

impl<'a> Planner<'a> {
    /// A SELECT whose expressions have the types that are said of them.
    fn with_types(&mut self, select: Select<'a>, columns: &mut [ViewColumn]) -> Body<'a> {
        // What rows are told apart by is ordered by as it is selected.
        let is_fixed = select.distinct != Distinct::No;
        if is_fixed || select.items.len() != columns.len() {
            return Body::Select(select);
        }
        let mut items: Vec<Expr<'a>> = select.items.to_vec();
        for (item, column) in items.iter_mut().zip(columns) {
            if let ViewColumn::Unknown(sql_type) = *column {
                if !matches!(item, Expr::Cast(_, cast) if *cast == sql_type) {
                    *item = Expr::Cast(self.keep(*item), sql_type);
                }
                *column = ViewColumn::Typed(sql_type);
            }
        }
        Body::Select(Select { items: self.list(&items), ..select })
    }
}
