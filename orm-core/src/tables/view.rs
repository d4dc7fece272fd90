//! Models whose rows come from a query: their views.

use super::freeze::{OfMeta, name_of, stored_as};
use super::state::{FieldKind, ModelState, ViewState};
use super::table::Targets;
use crate::ir::{FieldMeta, ModelMeta, ViewRows};
use crate::query::{self, ViewColumn};
use crate::row::RECORD;
use orm_sql::error::{Error, Result};
use orm_sql::schema::{
    Change, ColumnType, Constraint, ConstraintKind, Index, IndexPart, RawSql, TableName, View,
};
use orm_sql::value::SqlType;

/// The view of a model of today.
pub(super) fn state_of(model: &'static ModelMeta) -> Result<Option<ViewState>> {
    let Some(view) = &model.view else { return Ok(None) };
    let materialized = view.materialized;
    let (query, columns) = match view.rows {
        ViewRows::Sql(sql) => (without_end(sql), Vec::new()),
        ViewRows::Query(query) => {
            let query = query::view(&query()).map_err(|error| explained(error, model))?;
            (query.sql.clone(), columns(model, &query)?)
        }
        ViewRows::Nowhere => return Ok(None),
    };
    Ok(Some(ViewState { query: RawSql::new(query), columns, materialized }))
}

fn explained(error: Error, model: &ModelMeta) -> Error {
    match error {
        Error::Usage(message) => {
            Error::usage(format!("in the view of `{}`: {message}", model.name))
        }
        Error::Encode { message, .. } => Error::usage(format!(
            "in the view of `{}`: a value of its query cannot stand in a view: {message}",
            model.name
        )),
        other => other,
    }
}

/// SQL without the semicolon at its end.
fn without_end(sql: &str) -> String {
    sql.trim().trim_end_matches(';').trim_end().to_owned()
}

/// The columns of the view, by the fields of the model, which are those of the query by place.
fn columns(model: &'static ModelMeta, query: &query::ViewQuery) -> Result<Vec<(String, String)>> {
    if query.columns.len() != model.fields.len() {
        return Err(Error::usage(format!(
            "the view of `{}` selects {} columns, and the model has {}: `values` selects one for each \
             field, in their order",
            model.name,
            query.columns.len(),
            model.fields.len()
        )));
    }
    let fields: &'static [FieldMeta] = model.fields;
    let pairs = fields.iter().zip(&query.columns);
    pairs
        .map(|(field, (output, column))| {
            // Rows of several models are read as rows, and kept as JSON.
            let is_row = field.sql_type == RECORD && output.sql_type == SqlType::Jsonb;
            if output.sql_type != field.sql_type && !is_row {
                return Err(Error::usage(format!(
                    "the view of `{}` selects `{}` of the type `{}` for `{}`, which is `{}`",
                    model.name,
                    output.field,
                    output.sql_type.name(),
                    field.name,
                    field.sql_type.name()
                )));
            }
            let column_type = match column {
                ViewColumn::Column(of) => {
                    let stored = stored_as(of);
                    ColumnType::sized(of.sql_type, stored.max_length, stored.digits).to_string()
                }
                ViewColumn::Typed(sql_type) => ColumnType::from(*sql_type).to_string(),
                ViewColumn::Unknown(_) => String::new(),
            };
            Ok((field.column.to_owned(), column_type))
        })
        .collect()
}

impl ModelState {
    /// The view, where the model is one.
    pub fn made_view(&self) -> Option<View> {
        let ViewState { query, columns, materialized } = self.view.as_ref()?;
        Some(View {
            name: self.table.clone(),
            columns: columns.iter().map(|(name, _)| name.clone()).collect(),
            query: query.clone(),
            materialized: *materialized,
            comment: self.comment.clone(),
            column_comments: self.column_comments(),
        })
    }

    /// The columns that have a comment, with it.
    fn column_comments(&self) -> Vec<(String, String)> {
        let mut comments = Vec::new();
        for field in &self.fields {
            let comment = field.comment.iter().cloned();
            comments.extend(field.columns().iter().cloned().zip(comment));
        }
        comments
    }

    /// The indexes of a materialized view. That of the primary key is one of them: it is what
    /// `refresh(…).concurrently()` tells the rows apart by.
    ///
    /// # Errors
    ///
    /// Those of [`table`](Self::table).
    pub fn view_indexes(&self, targets: &dyn Targets) -> Result<Vec<Index>> {
        if self.view.as_ref().is_none_or(|view| !view.materialized) {
            return Ok(Vec::new());
        }
        let mut model = self.clone();
        for field in &mut model.fields {
            // Views have no constraints.
            if let FieldKind::Key(key) = &mut field.kind {
                key.db_constraint = false;
            }
        }
        let table = model.table(targets)?;
        let unique = table.constraints.iter().filter_map(unique_index);
        Ok(unique.chain(table.indexes.iter().cloned()).collect())
    }
}

/// What a constraint is on a view.
fn unique_index(constraint: &Constraint) -> Option<Index> {
    let columns = |names: &[String]| names.iter().map(IndexPart::column).collect();
    let name = constraint.name.clone();
    Some(match &constraint.kind {
        ConstraintKind::PrimaryKey { columns: key } => {
            Index { unique: true, ..Index::new(name, columns(key)) }
        }
        ConstraintKind::Unique(unique) => Index {
            unique: true,
            include: unique.include.clone(),
            nulls_distinct: unique.nulls_distinct,
            ..Index::new(name, columns(&unique.columns))
        },
        _ => return None,
    })
}

/// The views of models, each with the name of its model and its indexes; those that others read come
/// first.
///
/// # Errors
///
/// When a query cannot be one of a view, or does not select what the model has.
pub fn views_of(models: &[&'static ModelMeta]) -> Result<Vec<(&'static str, View, Vec<Index>)>> {
    let mut all = Vec::new();
    let mut seen: Vec<TableName> = Vec::new();
    for model in models.iter().copied().filter(|model| model.view.is_some()) {
        let name = name_of(model);
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let state = super::freeze::state_of(model)?;
        let indexes = state.view_indexes(&OfMeta(model))?;
        all.extend(state.made_view().map(|view| (model.name, view, indexes)));
    }
    let views: Vec<View> = all.iter().map(|(_, view, _)| view.clone()).collect();
    let order = View::order(&views);
    Ok(order.into_iter().filter_map(|place| all.get(place).cloned()).collect())
}

/// What makes a view.
pub(super) fn creation_of(view: View, indexes: Vec<Index>) -> impl Iterator<Item = Change> {
    let table = view.name.clone();
    let indexes = indexes.into_iter().map(move |index| Change::CreateIndex {
        table: table.clone(),
        index,
        concurrently: false,
    });
    let comments = view.comments(None);
    std::iter::once(Change::CreateView { view, replace: false }).chain(indexes).chain(comments)
}
