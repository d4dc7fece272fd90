//! Rows of historical models.

use super::draft::assigned;
use super::model::HistoricalModel;
use super::names::{Names, label};
use super::operand::IntoOperand;
use super::{link, write};
use orm_core::column::Column;
use orm_core::delete::Deleted;
use orm_core::instance::fit;
use orm_core::ir::{Comparison, FieldMeta, Node, PathBuf, Query, Scope};
use orm_core::row::typed;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, Statement, row_error};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::{SqlType, SqlValue};
use std::fmt;
use std::sync::Arc;

/// A row of a [`HistoricalModel`], or what `values` has selected of one.
#[derive(Clone)]
pub struct HistoricalRow {
    shape: Arc<Shape>,
    values: Vec<SqlValue>,
    /// The fields that were given other values, by their places.
    changed: Vec<usize>,
}

/// What is the same for all rows of a query.
pub(super) struct Shape {
    model: HistoricalModel,
    /// What was selected, by the names it was asked for by; none for whole rows.
    names: Option<Vec<String>>,
    types: Vec<SqlType>,
}

impl fmt::Debug for HistoricalRow {
    /// The model, with the key where there is one; values are nobody's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HistoricalRow").field(&label(self.model().meta)).finish()
    }
}

impl HistoricalRow {
    pub(super) fn model(&self) -> &HistoricalModel {
        &self.shape.model
    }

    fn names(&self) -> Names<'_> {
        let model = self.model();
        Names {
            model: model.meta,
            scope: Scope::ANY,
            migration: &model.migration,
            history: model.history,
        }
    }

    /// The place of what was selected under a name.
    fn place(&self, name: &str) -> Result<usize> {
        if let Some(names) = &self.shape.names {
            let place = names.iter().position(|other| other == name);
            let wrong =
                || self.names().wrong(format!("`{name}` was not selected; {}", names.join(", ")));
            return place.ok_or_else(wrong);
        }
        let meta = self.model().meta;
        let field = match (name, meta.single_key()) {
            ("pk", Some(field)) => field,
            _ => match self.names().own(name)? {
                [field] => field,
                _ => {
                    return Err(self.names().wrong(format!(
                        "`{name}` is a key of several columns: name one of them, such as `{}`",
                        meta.columns_of(name).first().map_or("", |field| field.column)
                    )));
                }
            },
        };
        self.place_of(field).ok_or_else(|| self.names().unknown(meta, name))
    }

    fn place_of(&self, field: &FieldMeta) -> Option<usize> {
        self.model().meta.fields.iter().position(|other| other == field)
    }

    /// The value of a field: `row.get::<String>("title")?`. A key is that of the row it refers to; `pk` is
    /// the primary key.
    ///
    /// # Errors
    ///
    /// When there is no such field, or it holds something else.
    pub fn get<T: Column>(&self, name: &str) -> Result<T> {
        let value = self.value(name)?;
        let fitted = || typed(&fit(T::SQL_TYPE, value.clone()).ok()?);
        typed(value).or_else(fitted).ok_or_else(|| {
            let found = if value.is_null() { "NULL" } else { value.kind() };
            self.names().wrong(format!(
                "`{name}` of `{}` holds {found}, which is no `{}`",
                label(self.model().meta),
                T::SQL_TYPE.name()
            ))
        })
    }

    /// The value of a field, without its type.
    ///
    /// # Errors
    ///
    /// When there is no such field.
    pub fn value(&self, name: &str) -> Result<&SqlValue> {
        let place = self.place(name)?;
        self.values.get(place).ok_or_else(|| self.names().unknown(self.model().meta, name))
    }

    /// Gives a field another value, which [`save`](Self::save) and
    /// [`bulk_update`](HistoricalModel::bulk_update) write.
    ///
    /// # Errors
    ///
    /// When there is no such field, or it cannot hold the value.
    pub fn set(&mut self, name: &str, value: impl IntoOperand) -> Result<()> {
        self.must_be_whole()?;
        let values = assigned(self.names(), name, value.into_operand())?;
        for (field, value) in values {
            let Some(place) = self.place_of(field) else { continue };
            if let Some(slot) = self.values.get_mut(place) {
                *slot = value;
                self.changed.push(place);
            }
        }
        Ok(())
    }

    /// Writes the fields that were set.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`] when the row is gone; the constraint that refuses it.
    pub async fn save(&mut self, db: &(impl Executor + ?Sized)) -> Result<()> {
        let fields = self.model().meta.fields;
        let changed = self.changed.iter().filter_map(|place| fields.get(*place));
        let mut columns: Vec<&str> = changed.map(|field| field.column).collect();
        columns.sort_unstable();
        columns.dedup();
        if columns.is_empty() {
            return Ok(());
        }
        let model = self.model().clone();
        if write::update_rows(db.as_executor(), &model, vec![self], &columns).await? == 0 {
            return Err(Error::DoesNotExist { model: model.meta.name });
        }
        self.changed.clear();
        Ok(())
    }

    /// Deletes the row, with what goes along with it.
    ///
    /// # Errors
    ///
    /// When a key refers to it that protects it.
    pub async fn delete(&self, db: &(impl Executor + ?Sized)) -> Result<Deleted> {
        let (meta, query) = (self.model().meta, self.query()?);
        orm_core::delete::rows_of(meta, &query, db.as_executor()).await
    }

    /// Adds rows to a many-to-many field; those that are in it already stay.
    ///
    /// # Errors
    ///
    /// When there is no such field, or the rows are of another model.
    pub async fn add<'r>(
        &self,
        db: &(impl Executor + ?Sized),
        name: &str,
        rows: impl IntoIterator<Item = &'r HistoricalRow, IntoIter: Send>,
    ) -> Result<()> {
        link::add(db.as_executor(), self, name, rows.into_iter().collect()).await
    }

    /// Takes rows out of a many-to-many field, and returns how many were in it.
    ///
    /// # Errors
    ///
    /// When there is no such field, or the rows are of another model.
    pub async fn remove<'r>(
        &self,
        db: &(impl Executor + ?Sized),
        name: &str,
        rows: impl IntoIterator<Item = &'r HistoricalRow, IntoIter: Send>,
    ) -> Result<u64> {
        link::remove(db.as_executor(), self, name, rows.into_iter().collect()).await
    }

    fn must_be_whole(&self) -> Result<()> {
        match &self.shape.names {
            None => Ok(()),
            Some(_) => Err(self.names().wrong("what `values` has selected is no row of the model")),
        }
    }

    /// The values of some fields of the row.
    pub(super) fn key_for(&self, fields: &[&'static FieldMeta]) -> Result<Vec<SqlValue>> {
        self.must_be_whole()?;
        let value = |field: &&'static FieldMeta| {
            let value = self.place_of(field).and_then(|place| self.values.get(place));
            value.cloned().ok_or_else(|| {
                let label = label(self.model().meta);
                self.names().wrong(format!("a row of `{label}` stands for no such key"))
            })
        };
        fields.iter().map(value).collect()
    }

    /// The primary key.
    pub(super) fn key(&self) -> Result<Vec<SqlValue>> {
        self.key_for(&self.model().meta.key_fields())
    }

    /// The query of this row.
    fn query(&self) -> Result<Query> {
        let query = Query::new(self.model().meta);
        let root = Node::relation(PathBuf::root(query.scope, self.model().meta));
        Ok(query.with_filter(Node::compare(Comparison::Eq, root, Node::row(self.key()?))))
    }
}

impl Shape {
    /// Whole rows of a model.
    pub fn whole(model: &HistoricalModel) -> Shape {
        let types = model.meta.fields.iter().map(|field| field.sql_type).collect();
        Shape { model: model.clone(), names: None, types }
    }

    /// What was selected.
    pub fn selected(model: &HistoricalModel, selected: &[(String, SqlType)]) -> Shape {
        let (names, types) = selected.iter().cloned().unzip();
        Shape { model: model.clone(), names: Some(names), types }
    }
}

/// Runs a statement, and reads its rows.
pub(super) async fn rows(
    db: &dyn Executor,
    statement: Statement,
    shape: Shape,
) -> Result<Vec<HistoricalRow>> {
    // Tables change in between: nothing is kept prepared for the next time.
    let statement = Statement { cached: false, ..statement };
    let meta = shape.model.meta;
    let mut reading = Reading { statement: &statement, shape: Arc::new(shape), rows: Vec::new() };
    let done = db.run(&statement, &mut reading).await;
    done.map_err(|error| error.of_model(meta.name, meta.table))?;
    Ok(reading.rows)
}

struct Reading<'a> {
    statement: &'a Statement,
    shape: Arc<Shape>,
    rows: Vec<HistoricalRow>,
}

impl RowSink for Reading<'_> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let shape = &self.shape;
        let value = |(place, sql_type): (usize, &SqlType)| {
            let Some(raw) = cells.cell(place) else { return Ok(SqlValue::Null) };
            let value = sql_type.read(raw).map_err(|error| {
                let error = error.to_string().into();
                row_error(self.statement, cells, Some(self.rows.len()), place, &error)
            })?;
            Ok(match (sql_type, value) {
                (SqlType::Named(name), SqlValue::Bytes(bytes))
                    if shape.model.history.is_text(name) =>
                {
                    SqlValue::Text(String::from_utf8_lossy(&bytes).into_owned())
                }
                (_, value) => value,
            })
        };
        let values = shape.types.iter().enumerate().map(value).collect::<Result<_>>()?;
        self.rows.push(HistoricalRow { shape: shape.clone(), values, changed: Vec::new() });
        Ok(())
    }
}
