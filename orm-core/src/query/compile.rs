//! From query sets to statements: the entrance to the passes.

use super::cache::remembered;
use super::parts::Want;
use super::plan::{self, Planner, compile};
use super::shape::Asked;
use super::single::is_single;
use crate::ir::{FieldMeta, ModelMeta, Node, Query, Selected, Source};
use orm_sql::ast::{self, Body, Command, Connective, ExplainFormat, ExplainOptions, Expr, Name};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::{About, Work};
use orm_sql::exec::{OutputColumn, Statement};
use orm_sql::sql::{Param, Writer};
use orm_sql::value::SqlType;

/// The statement that selects the rows of a query.
///
/// # Errors
///
/// What the types could not catch, with what to do about it: [`orm_sql::Error::Usage`].
pub fn select(query: &Query) -> Result<Statement> {
    remembered(query, Asked::Rows, || rows(query, Want::ROWS))
}

fn rows(query: &Query, want: Want<'_>) -> Result<Statement> {
    compile(|planner| {
        let body = planner.body(query, None, want)?;
        planner.statement(body, output_columns(query))
    })
}

/// The statement that selects at most so many rows of a query that is not sliced, in any order
/// unless that decides which rows there are.
///
/// # Errors
///
/// Those of [`select`].
pub fn select_few(query: &Query, limit: u64) -> Result<Statement> {
    if let Source::Combined(..) = query.source {
        let mut few = query.clone();
        (few.limit, few.order.by) = (Some(limit), Some(Vec::new()));
        return select(&few);
    }
    remembered(query, Asked::Few(limit), || rows(query, Want::few(Some(limit))))
}

/// The statement that selects the only row of a query, and one more row where there may be more
/// than one.
///
/// # Errors
///
/// Those of [`select`].
pub fn select_only(query: &Query) -> Result<Statement> {
    if query.is_sliced() {
        select(query)
    } else if is_single(query) {
        remembered(query, Asked::Few(0), || rows(query, Want::few(None)))
    } else {
        select_few(query, 2)
    }
}

/// The statement that asks the server how it would select the rows of a query.
///
/// # Errors
///
/// Those of [`select`].
pub fn explain(query: &Query, options: ExplainOptions) -> Result<Statement> {
    let sql_type = match options.format {
        ExplainFormat::Json => SqlType::Named("json"),
        ExplainFormat::Xml => SqlType::Named("xml"),
        _ => SqlType::Text,
    };
    let (model, field) = ("the plan", "a line");
    let columns = vec![OutputColumn { model, field, sql_type }];
    let statement = compile(|planner| {
        let body = planner.body(query, None, Want::ROWS)?;
        let statement = planner.whole(body);
        planner.command(&Command::Explain(statement, options), columns)
    })?;
    Ok(Statement { cached: false, ..statement })
}

impl<'a> Planner<'a> {
    /// What the statement is about: the model of its first table.
    pub fn about(&self, work: Work) -> About {
        let model = self.frames.first().and_then(|frame| frame.model);
        About { model: model.map(|model| model as _), work, ..About::default() }
    }

    /// What a statement does, for those who watch.
    fn work_of(&self, command: &Command<'a>) -> Work {
        let Command::Run(statement) = command else { return Work::Unknown };
        if !self.with.is_empty() {
            return Work::Unknown;
        }
        match statement.body {
            Body::Raw(_) => Work::Unknown,
            Body::Insert(_) => Work::Insert,
            Body::Update(_) => Work::Update,
            Body::Delete(_) => Work::Delete,
            Body::Combined(_) => Work::Read { by: None, narrowed: true },
            Body::Select(select) => Work::Read {
                by: self.only_column(&select.filter),
                narrowed: select.limit.is_some()
                    || matches!(select.filter, Expr::Junction(Connective::And, _)),
            },
        }
    }

    /// The column of the first table that has a value, where a condition says no more.
    fn only_column(&self, filter: &Expr<'a>) -> Option<&'static str> {
        match filter {
            Expr::Binary("=", [Expr::Column(column), Expr::Param(_)])
                if Some(column.table) == self.frames.first().map(|frame| frame.root) =>
            {
                match column.name {
                    Name::Known(name) => Some(name),
                    Name::Output(_) => None,
                }
            }
            _ => None,
        }
    }

    /// A statement.
    pub fn statement(
        &mut self,
        body: &Body<'a>,
        columns: Vec<OutputColumn>,
    ) -> plan::Result<Statement> {
        let statement = self.whole(self.arena.alloc(*body));
        self.command(&Command::Run(statement), columns)
    }

    /// A statement with those that it names.
    pub fn whole(&self, body: &'a Body<'a>) -> ast::Statement<'a> {
        ast::Statement { with: self.arena.alloc_slice_copy(&self.with), body }
    }

    /// The text of a command, and the columns that come back.
    pub fn command(
        &mut self,
        command: &Command<'a>,
        columns: Vec<OutputColumn>,
    ) -> plan::Result<Statement> {
        let about = self.about(self.work_of(command));
        let (sql, params) = self.written(command)?;
        let (sql, columns) = (sql.into(), columns.into());
        Ok(Statement { sql, params, columns, cached: true, about, ..Statement::default() })
    }

    /// The text, with its parameters.
    pub fn written(&mut self, command: &Command<'a>) -> plan::Result<(String, Vec<Param>)> {
        let tables = self.freeze()?;
        let mut writer = Writer::new(tables, std::mem::take(&mut self.values));
        writer.command(command);
        Ok(writer.finish())
    }
}

/// The columns that a query returns.
pub(crate) fn output_columns(query: &Query) -> Vec<OutputColumn> {
    let inner = match &query.source {
        Source::Combined(_, parts) => parts.first().map(output_columns).unwrap_or_default(),
        Source::Nested(inner) => output_columns(inner),
        Source::Cte(cte) => output_columns(cte.rows()),
        Source::Model(_)
        | Source::Related(_)
        | Source::Function(..)
        | Source::Row(..)
        | Source::Raw(..) => Vec::new(),
    };
    let mut columns = Vec::with_capacity(16);
    for selected in &query.select {
        match selected {
            Selected::Model(path) => {
                columns.extend(model_columns(path.target()));
            }
            Selected::Expr(Node::Output(scope, _, sql_type), _) if *scope != query.scope => {
                let (model, field) = ("the row beside it", "a column");
                columns.push(OutputColumn { model, field, sql_type: *sql_type });
            }
            Selected::Expr(node, sql_type) => columns.push(output_column(node, *sql_type, &inner)),
        }
    }
    columns
}

/// The columns of a model's rows.
pub(crate) fn model_columns(model: &'static ModelMeta) -> Vec<OutputColumn> {
    columns_of(model, model.fields)
}

/// Some columns of a model's rows.
pub(crate) fn columns_of<'f>(
    model: &ModelMeta,
    fields: impl IntoIterator<Item = &'f FieldMeta>,
) -> Vec<OutputColumn> {
    let column = |field: &FieldMeta| OutputColumn {
        model: model.name,
        field: field.name,
        sql_type: field.sql_type,
    };
    fields.into_iter().map(column).collect()
}

/// An expression that a query returns, with names for messages.
pub(super) fn output_column(
    node: &Node,
    sql_type: SqlType,
    inner: &[OutputColumn],
) -> OutputColumn {
    let (model, field) = match node {
        Node::Column { path, field } => (path.target().name, field.name),
        Node::Relation(path) => (path.target().name, "the key"),
        Node::Output(_, place, _) => {
            inner.get(*place).map_or(("the row", "a column"), |column| (column.model, column.field))
        }
        _ => ("the row", "an expression"),
    };
    OutputColumn { model, field, sql_type }
}
