//! Rows that are equal when they are the same row.

use crate::model::Model;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};

/// A row that is compared and hashed by its key, whatever its other fields hold.
///
/// Models that derive `PartialEq` compare all fields: two reads of one row differ once it was
/// changed in between. In sets and maps, and where the question is "is it the same row", this
/// answers it.
///
/// ```
/// # use orm_core::instance::ByKey;
/// # use orm_core::model::Model;
/// use std::collections::HashSet;
///
/// fn distinct<M: Model<Pk = i64>>(rows: Vec<M>) -> Vec<M> {
///     let rows: HashSet<ByKey<M>> = rows.into_iter().map(ByKey).collect();
///     rows.into_iter().map(ByKey::into_inner).collect()
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ByKey<M>(pub M);

impl<M> ByKey<M> {
    /// The row.
    pub fn into_inner(self) -> M {
        self.0
    }
}

impl<M: Model> PartialEq for ByKey<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0.pk() == other.0.pk()
    }
}

impl<M: Model> Eq for ByKey<M> where M::Pk: Eq {}

impl<M: Model> Hash for ByKey<M>
where
    M::Pk: Hash,
{
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.pk().hash(state);
    }
}

impl<M> Deref for ByKey<M> {
    type Target = M;
    fn deref(&self) -> &M {
        &self.0
    }
}

impl<M> DerefMut for ByKey<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.0
    }
}

impl<M> From<M> for ByKey<M> {
    fn from(row: M) -> Self {
        ByKey(row)
    }
}

impl<M: fmt::Debug> fmt::Debug for ByKey<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
