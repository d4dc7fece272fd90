//! Rows of several models in one query: what `combined!` writes calls this.

mod json;
mod record;

use self::record::Record;
use super::join::is_open;
use super::nested::OnRow;
use super::no_model::NO_MODEL;
use super::source::RowSource;
use super::{Nested, QuerySet};
use crate::column::Column;
use crate::expr::{Expr, RawExpr, SelectedAs};
use crate::ir::{ModelMeta, Node, Ordering, PathBuf, Query, SelectList, Selected, Source};
use crate::model::{Cardinality, Fields, Model, OnFields, ToOne};
use crate::query;
use crate::row::{Decoded, RECORD, Reader};
use crate::select::{Selection, ViewValue};
use orm_sql::ast::{Combinator, Template, number};
use orm_sql::error::{Error, Result};
use orm_sql::exec::OutputColumn;
use orm_sql::row::CellError;
use orm_sql::sql::{RowInJson, rows_in_json};
use orm_sql::value::{SqlType, SqlValue};

/// The rows of a model as one value: which of the models it is, and its columns.
static ROW: Template = Template::never_null("ROW({*})");

/// A value of a part's rows that stands in a column which all parts have, of the type `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in a column of rows that are combined, of the type `{T}`",
    label = "expected an expression of this type, or a to-one relation for a key",
    note = "every model gives a value for each column: by an accessor of its name, or as the braces behind the \
            column say: `title: String = {{ Photo: |p| p.caption() }}`"
)]
pub trait InCommon<R: Model, T> {
    /// Selects it.
    fn select_into(self, into: &mut Selection<'_>);
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column, V: Column, K: Cardinality> InCommon<R, T> for Expr<R, V, K>
where
    SelectedAs<V, K>: ViewValue<T>,
{
    fn select_into(self, into: &mut Selection<'_>) {
        into.column(self);
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column, V: Column + ViewValue<T>> InCommon<R, T> for RawExpr<V> {
    fn select_into(self, into: &mut Selection<'_>) {
        into.column(self.over::<R>());
    }
}

#[diagnostic::do_not_recommend]
impl<R: Model, T: Column, M: Model, K: ToOne> InCommon<R, T> for Fields<M, R, K>
where
    K::Wrap<M::Pk>: ViewValue<T>,
{
    fn select_into(self, into: &mut Selection<'_>) {
        into.node(Node::Relation(self.into_path()), T::SQL_TYPE);
    }
}

/// What closures have by reference.
#[diagnostic::do_not_recommend]
impl<R: Model, T, X: InCommon<R, T> + Clone> InCommon<R, T> for &X {
    fn select_into(self, into: &mut Selection<'_>) {
        self.clone().select_into(into);
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// One more of the columns that all parts have. The row stays as it is.
    #[doc(hidden)]
    pub fn in_common<T, X: InCommon<M, T>>(mut self, column: impl OnFields<M, X>) -> Self {
        let column = column(&self.root());
        column.select_into(&mut Selection::new(&mut self.query, &mut self.prefetches));
        self
    }
}

impl<M: Model, O, P> Nested<M, O, P> {
    /// One more of the columns that all parts have. The row stays as it is.
    #[doc(hidden)]
    pub fn in_common<T, X: InCommon<M, T>>(mut self, column: impl OnRow<P, X>) -> Self {
        let column = column(&self.row);
        column.select_into(&mut Selection::new(&mut self.set.query, &mut self.set.prefetches));
        self
    }
}

/// Reads a row, and makes the variant of it.
type Read<E> = Box<dyn Fn(&mut Reader<'_>) -> Decoded<E> + Send + Sync>;

/// The rows of one model among those that are combined.
#[doc(hidden)]
pub struct Part<E> {
    kind: &'static str,
    query: Query,
    read: Read<E>,
}

impl<E: 'static> Part<E> {
    /// Rows, which have the columns in common already, with what makes the variant of them.
    pub fn new<X: RowSource>(kind: &'static str, rows: X, variant: fn(X::Row) -> E) -> Self {
        let (query, decoder) = rows.into_source();
        let read = move |reader: &mut Reader<'_>| decoder.decode(reader).map(variant);
        Part { kind, query, read: Box::new(read) }
    }

    /// The query that selects its kind, the columns in common, and the row as one value.
    fn into_query(mut self, place: usize, common: usize, form: Form) -> (Query, Reads<E>) {
        if self.query.order.by.is_none() && !self.query.is_sliced() {
            // Rows are put in order once, all together.
            self.query.order = Ordering::by(Vec::new());
        }
        if !is_open(&self.query) {
            let model = self.query.model().unwrap_or(&NO_MODEL);
            self.query = Query::over(self.query, model);
        }
        let query = &mut self.query;
        let mut columns = query::output_columns(query);
        columns.truncate(columns.len().saturating_sub(common));
        let own = query.select.len().saturating_sub(common);
        let shared: SelectList = query.select.drain(own..).collect();
        let mut cells = Vec::with_capacity(columns.len());
        for selected in query.select.drain(..) {
            match selected {
                Selected::Model(path) => cells.extend(columns_at(&path)),
                Selected::Expr(node, _) => cells.push(node),
            }
        }
        let (row, sql_type) = match form {
            Form::Row => (row(place, cells), RECORD),
            Form::Json => (json::object(&columns, cells), SqlType::Jsonb),
        };
        let kind = Node::Value(SqlValue::Text(self.kind.to_owned()), SqlType::Text);
        query.select.push(Selected::Expr(kind, SqlType::Text));
        query.select.extend(shared);
        query.select.push(Selected::Expr(row, sql_type));
        (self.query, Reads { kind: self.kind, columns, read: self.read })
    }
}

/// What a row becomes.
#[derive(Clone, Copy)]
enum Form {
    /// One value of the type `record`, as it is sent to the client.
    Row,
    /// An object, as a view can hold it.
    Json,
}

/// The row of a model as one value, with its place among the models.
fn row(place: usize, cells: Vec<Node>) -> Node {
    let place = Node::Value(SqlValue::I32(i32::from(number(place))), SqlType::Int4);
    Node::Template(&ROW, std::iter::once(place).chain(cells).collect())
}

fn columns_at(path: &PathBuf) -> impl Iterator<Item = Node> + '_ {
    path.target().fields.iter().map(|field| Node::Column { path: path.clone(), field })
}

/// How rows of one model are read.
struct Reads<E> {
    kind: &'static str,
    columns: Vec<OutputColumn>,
    read: Read<E>,
}

/// The rows of several models: what they are read from, and how each is read.
#[doc(hidden)]
pub struct Combined<E> {
    sql: std::result::Result<String, String>,
    /// The query of the view that they are read from, where there is one.
    view: Option<Query>,
    parts: Vec<Reads<E>>,
}

impl<E: 'static> Combined<E> {
    /// The rows of all parts, with so many columns in common, as those of the model `M`.
    pub fn new<M: Model>(parts: Vec<Part<E>>, common: usize) -> Self {
        let (all, parts) = together(M::meta(), parts, common, Form::Row);
        let sql = sql_of(M::meta(), &all);
        Combined { sql, view: None, parts }
    }

    /// The same from a view of the database.
    pub fn stored<M: Model>(parts: Vec<Part<E>>, common: usize) -> Self {
        let meta = M::meta();
        let (all, parts) = together(meta, parts, common, Form::Json);
        let names: Vec<_> = parts.iter().map(|part| json::columns(&part.columns)).collect();
        let kinds = parts.iter().zip(&names);
        let kinds = kinds.map(|(part, columns)| RowInJson { kind: part.kind, columns });
        let columns: Vec<&str> = meta.fields.iter().map(|field| field.column).collect();
        let text = rows_in_json(meta.schema, meta.table, &columns, &kinds.collect::<Vec<_>>());
        let sql = sql_of(meta, &all).map(|_| text);
        Combined { sql, view: Some(all), parts }
    }

    /// The query of the view.
    pub fn view(&self) -> Query {
        self.view.clone().unwrap_or_else(|| Query::new(&NO_MODEL))
    }

    /// The text of the query of all rows.
    ///
    /// # Errors
    ///
    /// When one of the queries cannot be put together with the others.
    pub fn sql(&self) -> Result<&str> {
        self.sql.as_deref().map_err(|message| Error::usage(message.clone()))
    }

    /// Reads a row from the value that it came as.
    ///
    /// # Errors
    ///
    /// When a cell of it holds something else than its model says.
    pub fn read(&self, raw: &[u8]) -> std::result::Result<E, CellError> {
        let record = Record::of(raw)?;
        let place = record.place().ok_or("the row does not say which model it belongs to")?;
        let part = self.parts.get(place).ok_or("the row belongs to none of the models")?;
        let mut reader = Reader::new(&record);
        reader.skip(1);
        (part.read)(&mut reader).map_err(|wrong| {
            let column = wrong.column.checked_sub(1).and_then(|place| part.columns.get(place));
            match column {
                Some(OutputColumn { model, field, .. }) => {
                    format!("`{field}` of `{model}`: {}", wrong.error).into()
                }
                None => wrong.error,
            }
        })
    }
}

/// The query of the rows of all parts, one after the other, and how they are read.
fn together<E: 'static>(
    model: &'static ModelMeta,
    parts: Vec<Part<E>>,
    common: usize,
    form: Form,
) -> (Query, Vec<Reads<E>>) {
    let each = parts.into_iter().enumerate();
    let each = each.map(|(place, part)| part.into_query(place, common, form));
    let (mut queries, parts): (Vec<Query>, Vec<_>) = each.unzip();
    if queries.len() == 1 {
        return (queries.remove(0), parts);
    }
    let mut all = Query::new(model);
    all.select = queries.first().map(|first| first.outputs(all.scope)).unwrap_or_default();
    all.order = Ordering::by(Vec::new());
    all.error = queries.iter().find_map(|query| query.error.clone());
    all.source = Source::Combined(Combinator::UnionAll, queries);
    (all, parts)
}

/// The text of the rows of a query.
fn sql_of(model: &'static ModelMeta, all: &Query) -> std::result::Result<String, String> {
    let sql = query::inline(all, model.tenant_field().is_some());
    sql.map_err(|error| format!("in the rows of `{}`: {}", model.name, plain(error)))
}

fn plain(error: Error) -> String {
    match error {
        Error::Usage(message) => message,
        other => other.to_string(),
    }
}
