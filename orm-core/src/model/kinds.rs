//! Rows of several kinds in one table: the paths of an enum's variants.

use super::{Cardinality, Flat, Model, ModelFields};
use crate::column::Column;
use crate::ir::{Comparison, FieldMeta, NO_FIELD, Node, PathBuf};
use std::ops::Deref;

/// The columns of one variant of an enum with `#[derive(Kinds)]`: `p.method().card()`.
///
/// It derefs to the paths of the variant's fields. Those are NULL in rows of other kinds, and are selected as
/// `Option`s. By itself it is selected as what the variant holds, where the row is of that kind;
/// [`of_kind`](crate::queryset::QuerySet::of_kind) takes it.
pub struct OfKind<S: ModelFields, C, R: Model, K: Cardinality> {
    paths: S::Paths<R, K::InKind>,
    path: PathBuf,
    /// The columns of the enum, of which the type is the first.
    flat: Flat,
    /// The place of the variant's first column among them.
    first: usize,
    pub(crate) kind: C,
}

impl<S: ModelFields, C, R: Model, K: Cardinality> OfKind<S, C, R, K> {
    /// A variant whose columns and relations begin so far behind the first of the enum.
    #[doc(hidden)]
    pub fn new(path: &PathBuf, flat: Flat, first: usize, relation: usize, kind: C) -> Self {
        let paths = S::at(path, flat.from(first, relation));
        OfKind { paths, path: path.clone(), flat, first, kind }
    }

    /// The columns: the type, and those of the variant.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&PathBuf, &'static FieldMeta)> {
        let own = self.flat.fields.iter().skip(self.first).take(S::WIDTH);
        self.flat.fields.iter().take(1).chain(own).map(|field| (&self.path, field))
    }
}

impl<S: ModelFields, C: Column, R: Model, K: Cardinality> OfKind<S, C, R, K> {
    /// That the row is of this kind.
    pub(crate) fn is(&self) -> Node {
        let field = self.flat.fields.first().unwrap_or(&NO_FIELD);
        let column = Node::Column { path: self.path.clone(), field };
        Node::compare(Comparison::Eq, column, Node::Value(self.kind.to_value(), C::SQL_TYPE))
    }
}

impl<S: ModelFields, C, R: Model, K: Cardinality> Deref for OfKind<S, C, R, K> {
    type Target = S::Paths<R, K::InKind>;
    fn deref(&self) -> &Self::Target {
        &self.paths
    }
}
