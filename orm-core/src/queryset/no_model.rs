//! The model of rows that are those of no model.

use crate::ir::{FieldMeta, ModelMeta, PathBuf};
use crate::model::{Accessors, Cardinality, InRow, Model};
use crate::row::{Decoded, Reader};
use std::marker::PhantomData;

/// The model of rows that are those of no model, but of a function: there is no row of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoModel {}

/// What is known about it.
pub(super) static NO_MODEL: ModelMeta = ModelMeta::new("row", "", "", &[], &[]);

/// Its fields: none.
#[doc(hidden)]
pub struct NoFields<R, K> {
    path: PathBuf,
    types: PhantomData<fn() -> (R, K)>,
}

impl<R, K> Accessors for NoFields<R, K> {
    type Model = NoModel;
    fn at(path: PathBuf) -> Self {
        NoFields { path, types: PhantomData }
    }
    fn path(&self) -> &PathBuf {
        &self.path
    }
}

impl crate::column::Single for NoModel {}

#[diagnostic::do_not_recommend]
impl Model for NoModel {
    type Fields<R: Model, K: Cardinality> = NoFields<R, K>;
    type Pk = i64;
    type First = Self;
    type DraftFields = ();
    type Required = ();
    const FIELDS: &'static [FieldMeta] = &[];

    fn meta() -> &'static ModelMeta {
        &NO_MODEL
    }
    fn draft_fields() -> Self::DraftFields {}
    fn pk(&self) -> i64 {
        match *self {}
    }
    fn held(&self, _: usize) -> InRow<'_> {
        match *self {}
    }
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
        Err(reader.error("these are not the rows of a model".to_owned()))
    }
}
