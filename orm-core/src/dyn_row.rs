//! Rows without their types, for what is the same for all models and compiled once.

pub(crate) mod merge;

use crate::ir::{Comparison, Filter, ModelMeta, Node, PathBuf, Query};
use crate::model::Model;
use crate::validation;
use orm_sql::error::Result;
use orm_sql::row::Cells;
use orm_sql::value::SqlValue;
use std::any::Any;

/// A row whose model is known at run time only.
pub(crate) trait ErasedRow: Send + Sync + 'static {
    /// Its model.
    fn model(&self) -> &'static ModelMeta;
    /// The value of one of its columns.
    fn value_at(&self, place: usize) -> SqlValue;
    /// Another row of the same model, from the cells of all columns.
    fn another(&self, cells: &dyn Cells) -> Result<Box<dyn ErasedRow>>;
    /// Becomes another row of the same model.
    fn become_row(&mut self, other: Box<dyn ErasedRow>);
    /// Checks the fields at some places, or all, where the model asks for it.
    fn validate(&mut self, places: Option<&[usize]>) -> Result<()>;
    /// The row as it is.
    fn any(&self) -> &(dyn Any + Send + Sync);
    /// The row as it is.
    fn any_mut(&mut self) -> &mut (dyn Any + Send + Sync);
    /// The row as it is.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send + Sync>;
}

impl<M: Model> ErasedRow for M {
    fn model(&self) -> &'static ModelMeta {
        M::meta()
    }
    fn value_at(&self, place: usize) -> SqlValue {
        Model::value(self, place)
    }
    fn another(&self, cells: &dyn Cells) -> Result<Box<dyn ErasedRow>> {
        read::<M>(cells)
    }
    fn become_row(&mut self, other: Box<dyn ErasedRow>) {
        if let Ok(other) = other.into_any().downcast::<M>() {
            *self = *other;
        }
    }
    fn validate(&mut self, places: Option<&[usize]>) -> Result<()> {
        validation::before_save(self, places)
    }
    fn any(&self) -> &(dyn Any + Send + Sync) {
        self.first_row()
    }
    fn any_mut(&mut self) -> &mut (dyn Any + Send + Sync) {
        self.first_row_mut()
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send + Sync> {
        self
    }
}

/// Reads a row of a model from the cells of all columns.
pub(crate) fn read<M: Model>(cells: &dyn Cells) -> Result<Box<dyn ErasedRow>> {
    Ok(Box::new(merge::decoded::<M>(cells)?))
}

/// What [`read`] is for one model.
pub(crate) type ReadRow = fn(&dyn Cells) -> Result<Box<dyn ErasedRow>>;

/// The values of all columns.
pub(crate) fn values(row: &dyn ErasedRow) -> Vec<SqlValue> {
    (0..row.model().width()).map(|place| row.value_at(place)).collect()
}

/// The row as one of its own model again.
pub(crate) fn typed<M: Model>(row: Box<dyn ErasedRow>) -> Result<M> {
    match row.into_any().downcast::<M>() {
        Ok(row) => Ok(*row),
        Err(_) => Err(orm_sql::Error::usage(format!("the row is not a `{}`", M::meta().name))),
    }
}

/// The query of one row.
pub(crate) fn of_row(row: &dyn ErasedRow) -> Query {
    let model = row.model();
    let mut query = Query::new(model);
    let root = Node::relation(PathBuf::root(query.scope, model));
    let key = model.primary_key.iter().map(|place| row.value_at(*place)).collect();
    let node = Node::compare(Comparison::Eq, root, Node::row(key));
    query.filters.push(Filter::new(node, 0));
    query.order.by = Some(Vec::new());
    query
}

/// The query of one row as it was read: where a field counts its saves, there is no row once
/// somebody else has saved it.
pub(crate) fn of_version(row: &dyn ErasedRow) -> Query {
    let mut query = of_row(row);
    if let Some((place, field)) = row.model().version() {
        let path = PathBuf::root(query.scope, row.model());
        let value = Node::Value(row.value_at(place), field.sql_type);
        let node = Node::compare(Comparison::Eq, Node::Column { path, field }, value);
        query.filters.push(Filter::new(node, 0));
    }
    query
}
