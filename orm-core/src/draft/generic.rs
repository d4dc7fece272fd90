//! Generic keys in drafts.

use super::typed::Lacks;
use super::{Mark, Put, Set, Unsaved, Unset};
use crate::expr::NullFits;
use crate::model::{GenericForeignKey, IntoGeneric, Model};
use std::marker::PhantomData;

/// All of a generic key, of which each row of a related set has one column.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Whole;

impl Mark<Whole> for Unset {
    type Out = Set;
}
impl Mark<Whole> for Set {
    type Out = Set;
}
#[diagnostic::do_not_recommend]
impl Lacks<Whole> for Unset {}

/// What a slot is a slot of.
type Types<M, G, N, P> = PhantomData<fn() -> (M, G, N, P)>;

/// A generic key of drafts; `N` says whether there may be none.
#[doc(hidden)]
pub struct GenericSlot<M, G, N, P> {
    first: usize,
    types: Types<M, G, N, P>,
}

impl<M, G, N, P> Clone for GenericSlot<M, G, N, P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<M, G, N, P> Copy for GenericSlot<M, G, N, P> {}

impl<M, G, N, P> GenericSlot<M, G, N, P> {
    /// The key whose first column is at a place among the columns. Of any type: what is wrong with that is
    /// said at the field.
    pub const fn at(first: usize) -> Self {
        GenericSlot { first, types: PhantomData }
    }
}

impl<M: Model, G: GenericForeignKey, N, P> GenericSlot<M, G, N, P> {
    /// Gives the key a value.
    pub fn put<Given: Mark<P>, V>(
        &self,
        draft: Unsaved<M, Given>,
        value: V,
    ) -> Unsaved<M, Given::Out>
    where
        V: IntoGeneric<G>,
        (N, V::Null): NullFits,
    {
        Unsaved::of(draft.raw.with_fields(self.first, &value.into_generic()))
    }
}

impl<M: Model, G: GenericForeignKey, N, P, Given: Mark<P>, V> Put<M, Given, V>
    for GenericSlot<M, G, N, P>
where
    V: IntoGeneric<G>,
    (N, V::Null): NullFits,
{
    type Out = Given::Out;
    fn put_into(self, draft: Unsaved<M, Given>, value: V) -> Unsaved<M, Given::Out> {
        self.put(draft, value)
    }
}
