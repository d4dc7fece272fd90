//! Drafts of related sets: what they need not be given, and rows that are linked with them.

use super::IntoKeys;
use crate::draft::{CompleteBut, Lacks, Mark, Put, Requires, Unsaved};
use crate::model::{KindOf, Model};
use crate::queryset::{Accessor, ByField, NoField};

#[diagnostic::do_not_recommend]
impl<M: Model + Requires<G::Out>, G: Mark<P> + Lacks<P> + 'static, P> CompleteBut<ByField<M, P>>
    for Unsaved<M, G>
{
    type Of = M;
}

/// Drafts for related sets over tables between.
#[diagnostic::do_not_recommend]
impl<M: Model + Requires<G>, G: 'static, T> CompleteBut<NoField<T>> for Unsaved<M, G> {
    type Of = M;
}

/// A many-to-many field, whose rows are linked once the draft's own is there.
#[doc(hidden)]
pub struct LinkSlot<M: Model, C: Model, F = NoField>(Accessor<M, C, F>);

impl<M: Model, C: Model, F: 'static> LinkSlot<M, C, F> {
    /// The field with its related set.
    pub const fn of(set: Accessor<M, C, F>) -> Self {
        LinkSlot(set)
    }

    /// Names the rows.
    pub fn put<D: KindOf<M>, G>(
        &self,
        draft: Unsaved<D, G>,
        rows: impl IntoKeys<C, C>,
    ) -> Unsaved<D, G> {
        Unsaved::of(draft.raw.linked(self.0, rows))
    }
}

impl<D: KindOf<M>, M: Model, C: Model, F: 'static, G, V: IntoKeys<C, C>> Put<D, G, V>
    for LinkSlot<M, C, F>
{
    type Out = G;
    fn put_into(self, draft: Unsaved<D, G>, value: V) -> Unsaved<D, G> {
        self.put(draft, value)
    }
}
