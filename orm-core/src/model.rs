//! The traits that `#[derive(Model)]` implements, typed paths, and keys.

mod fields;
mod key;
mod path;

pub use fields::ModelFields;
pub use key::{ForeignKey, IntoKey, Key, ManyToMany, OneToOne};
pub use path::{Agg, Card, Computed, Many, One, Opt, Own, Path, Root, ToOne};

use crate::column::Single;
use crate::error::Errors;
use crate::ir::{ModelMeta, Query};
use crate::row::{Decoded, Reader};
use crate::value::SqlValue;

/// A table's row as a Rust struct. Derived by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to the struct"
)]
pub trait Model: Sized + Send + Sync + Single + 'static {
    /// The paths that start at, or lead to, this model: `BookFields<R, K>`.
    type Fields<R: Model, K: Card>: Path<R, K, To = Self>;
    /// The type of the primary key; a tuple where it is composite.
    type Pk: Key;

    /// Everything else that is known about the model.
    fn meta() -> &'static ModelMeta;

    /// The primary key of this row.
    fn pk(&self) -> Self::Pk;

    /// The values of all columns, in the order of [`ModelMeta::fields`].
    fn values(&self) -> Vec<SqlValue> {
        (0..Self::meta().fields.len()).map(|place| self.value(place)).collect()
    }

    /// The value of one column by its place in [`ModelMeta::fields`].
    fn value(&self, field: usize) -> SqlValue;

    /// The query that the default manager starts with: what related sets go through.
    fn default_query() -> Query {
        Query::new(Self::meta())
    }

    /// What `impl Clean` checks and changes, where the model says `#[model(clean)]`.
    #[doc(hidden)]
    fn clean_row(&mut self, _: &mut Errors) {}

    /// Reads a row whose cells are all columns in the order of [`ModelMeta::fields`].
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;
}
