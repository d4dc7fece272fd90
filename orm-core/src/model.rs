//! The traits that `#[derive(Model)]` implements, typed paths, and keys.

mod accessors;
mod fields;
mod generic;
mod in_row;
mod into_key;
mod key;
mod kinds;
mod list;
pub mod mistakes;
mod path;

pub use accessors::{Accessors, Fields, OnBothFields, OnFields, Path};
#[doc(hidden)]
pub use fields::{
    Filled, Flat, Holds, IsSaid, Nests, No, Pattern, Place, Said, SharedAt, SharedRelation,
    SharedRequires, Yes, inherited_query, key_places,
};
pub use fields::{Flattens, ModelFields};
pub use generic::{GenericForeignKey, GenericTo, IntoGeneric};
#[doc(hidden)]
pub use generic::{GenericSaid, ToldBy};
#[doc(hidden)]
pub use in_row::{AnyColumn, InRow, as_number};
pub use into_key::IntoKey;
#[doc(hidden)]
pub use into_key::{GivenKey, KeyOrPath, NoValue};
pub use key::{ForeignKey, Key, KeyField, KeyOf, KeyTypes, ManyToMany, OneToOne};
pub use kinds::OfKind;
pub use list::List;
/// The short name of [`Cardinality`].
pub use path::Cardinality as Card;
#[doc(hidden)]
pub use path::OwnKey;
pub use path::{Agg, Cardinality, Computed, FarOne, FarOpt, InKind, Many, One, Opt, Own, ToOne};
pub use path::{Headlined, Ranked, Vectored};

use crate::column::Single;
use crate::ir::{FieldMeta, ModelMeta, PathBuf, Query, Scope};
use crate::row::{Decoded, Reader};
use orm_sql::error::Errors;
use orm_sql::value::SqlValue;
use std::any::Any;

/// A table's row as a Rust struct. Derived by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    label = "not a model",
    note = "add `#[derive(Model)]` to the struct"
)]
pub trait Model: Sized + Send + Sync + Single + 'static {
    /// The accessors of its fields: `BookFields<R, K>`, which [`Fields`] derefs to.
    type Fields<R: Model, K: Cardinality>: Accessors;
    /// The type of the primary key; a tuple where it is composite.
    type Pk: Key;
    /// The model whose rows these are: itself, or the one that this is a proxy of.
    #[doc(hidden)]
    type First: Model;
    /// The fields that `draft!` fills in: `BookDraft`.
    #[doc(hidden)]
    type DraftFields;
    /// What drafts must be given, and were not yet.
    #[doc(hidden)]
    type Required: 'static;
    /// The columns, as [`ModelMeta::fields`] has them.
    #[doc(hidden)]
    const FIELDS: &'static [FieldMeta];

    /// Everything else that is known about the model.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let meta = Book::meta();
    /// assert_eq!((meta.name, meta.table), ("Book", "book"));
    /// ```
    fn meta() -> &'static ModelMeta;

    /// The fields that `draft!` fills in.
    #[doc(hidden)]
    fn draft_fields() -> Self::DraftFields;

    /// The primary key of this row.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tag = Tag { id: 7, name: "sea".into() };
    /// assert_eq!(tag.pk(), 7);
    /// ```
    fn pk(&self) -> Self::Pk;

    /// The values of all columns, in the order of [`ModelMeta::fields`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tag = Tag { id: 7, name: "sea".into() };
    /// assert_eq!(tag.values(), [SqlValue::I64(7), SqlValue::Text("sea".into())]);
    /// ```
    fn values(&self) -> Vec<SqlValue> {
        (0..Self::meta().width()).map(|place| self.value(place)).collect()
    }

    /// The value of one column by its place in [`ModelMeta::fields`].
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tag = Tag { id: 7, name: "sea".into() };
    /// assert_eq!(tag.value(1), SqlValue::Text("sea".into()));
    /// ```
    fn value(&self, field: usize) -> SqlValue {
        self.held(field).value()
    }

    /// What is in one column, where it is.
    #[doc(hidden)]
    fn held(&self, field: usize) -> InRow<'_>;

    /// The query of all rows, past every manager.
    #[doc(hidden)]
    fn base_query() -> Query {
        Query::new(Self::meta())
    }

    /// The query that the default manager starts with: what related sets go through.
    #[doc(hidden)]
    fn default_query() -> Query {
        Self::base_query()
    }

    /// The row as hooks and receivers know it: that of the first model.
    #[doc(hidden)]
    fn first_row(&self) -> &(dyn Any + Send + Sync) {
        self
    }

    /// The row as hooks and receivers know it, to be changed.
    #[doc(hidden)]
    fn first_row_mut(&mut self) -> &mut (dyn Any + Send + Sync) {
        self
    }

    /// What `impl Clean` checks and changes, where the model says `#[model(clean)]`.
    #[doc(hidden)]
    fn clean_row(&mut self, _: &mut Errors) {}

    /// The row of a model that this one is or extends.
    #[doc(hidden)]
    fn part(&self, model: &'static ModelMeta) -> Option<&(dyn Any + Send + Sync)> {
        (model == Self::meta()).then_some(self as _)
    }

    /// The row of a model that this one is or extends.
    #[doc(hidden)]
    fn part_mut(&mut self, model: &'static ModelMeta) -> Option<&mut (dyn Any + Send + Sync)> {
        (model == Self::meta()).then_some(self as _)
    }

    /// Reads a row whose cells are all columns in the order of [`ModelMeta::fields`].
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    #[doc(hidden)]
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;
}

/// A model that extends another, by `#[model(extends = Parent)]`: each of its rows is a row of that
/// one with more columns, which stand in a table of their own. The derive implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` extends no other model",
    label = "not a model with `#[model(extends = …)]`"
)]
pub trait Extends: Model {
    /// The model that it extends.
    type Parent: Model;

    /// Reads the columns of its own table, to which the row of the other model is given.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the model says.
    #[doc(hidden)]
    fn with_parent(parent: Self::Parent, reader: &mut Reader<'_>) -> Decoded<Self>;

    /// The row of the other model.
    #[doc(hidden)]
    fn parent_mut(&mut self) -> &mut Self::Parent;
}

/// A model whose rows are rows of `B`: `B` itself, or one that extends it, directly or over others. The
/// derive implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not extend `{B}`",
    label = "its rows are no rows of `{B}`",
    note = "a model says which it extends: `#[model(extends = {B})]`"
)]
pub trait KindOf<B: Model>: Model {}

/// Models that say `get_latest_by`. The derive implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what is latest: `latest` and `earliest` need `#[model(get_latest_by = [published])]`",
    label = "by which column?",
    note = "or name it here: `.latest_by(&db, |b| b.published())`, `.earliest_by(…)`"
)]
pub trait HasLatest: Model {}

/// The fields of a model that the model `By` has a key to. The derive implements it.
///
/// What the derive writes for `By` has it in its bounds: where the key points to a struct that is no
/// model, there are no such fields, and the compiler reports the key, not all that follows from it.
#[doc(hidden)]
pub trait ReferredBy<By>: Accessors<Model: Model> {}

/// The paths of a model without a query.
pub fn paths<M: Model>() -> Fields<M> {
    Fields::at(PathBuf::root(Scope::ANY, M::meta()))
}
