//! Columns that several models share: `#[model(flatten)] times: Timestamps`.

use super::{Cardinality, Model};
use crate::ir::{FieldMeta, PathBuf};
use crate::row::{Decoded, Reader};
use orm_sql::value::SqlValue;

/// A struct whose columns become columns of the models that hold it. Derived by
/// `#[derive(ModelFields)]`.
#[diagnostic::on_unimplemented(
    message = "the columns of `{Self}` cannot be flattened into a model",
    label = "not a struct of shared fields",
    note = "add `#[derive(ModelFields)]` to the struct"
)]
pub trait ModelFields: Sized + Send + Sync + 'static {
    /// The paths of the columns: `TimestampsFields<R, K>`.
    type Paths<R: Model, K: Cardinality>;
    /// Whether drafts must be given these fields: [`crate::draft::Unset`] where one of them is
    /// required, [`crate::draft::Set`] otherwise.
    type Draft;
    /// The columns.
    const FIELDS: &'static [FieldMeta];

    /// The paths of the columns as a model has them: `fields` are those of the model from where
    /// this struct's begin.
    fn at<R: Model, K: Cardinality>(
        path: &PathBuf,
        fields: &'static [FieldMeta],
    ) -> Self::Paths<R, K>;

    /// The value of one column by its place in [`FIELDS`](Self::FIELDS).
    fn value(&self, field: usize) -> SqlValue;

    /// Reads the next cells of a row.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the struct says.
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;
}
