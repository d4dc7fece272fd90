//! Generic keys that may be missing: `Option<Target>`.

use crate::draft::{Optional, Set};
use crate::generated::AlsoShared;
use crate::ir::{
    Behaviour, BetweenMeta, CheckMeta, ExcludeMeta, IndexMeta, PathBuf, Relation, SharedMeta,
    SharedPart, UniqueMeta,
};
use crate::model::{
    Cardinality, Flat, GenericForeignKey, GenericSaid, InRow, Model, ModelFields, No, Place,
    SharedAt, SharedRelation, SharedRequires,
};
use crate::row::{Decoded, Reader};
use std::marker::PhantomData;

/// Where a model has a generic key that may be missing, as the place of the key.
#[doc(hidden)]
pub struct InOption<W>(PhantomData<fn() -> W>);

impl<G: GenericForeignKey, W: Place<Shared = Option<G>>> Place for InOption<W> {
    type Model = W::Model;
    type Shared = G;
    type Required<P: 'static> = Optional;
    const APP: &'static str = W::APP;
    const MODEL: &'static str = W::MODEL;
    const NAME: &'static str = W::NAME;
    const FIELD: usize = W::FIELD;
    const GENERIC: GenericSaid = GenericSaid { optional: true, ..W::GENERIC };
    fn flat() -> Flat {
        W::flat()
    }
    fn find(row: &Self::Model) -> Option<&G> {
        W::find(row).and_then(Option::as_ref)
    }
    fn find_mut(row: &mut Self::Model) -> Option<&mut G> {
        W::find_mut(row).and_then(Option::as_mut)
    }
}

#[diagnostic::do_not_recommend]
impl<G: GenericForeignKey> ModelFields for Option<G> {
    type Paths<R: Model, K: Cardinality> = G::Paths<R, K::InKind>;
    type Draft = Set;
    type Slots<W: Place<Shared = Self>, N> = AlsoShared<N>;
    type Latest = No;
    type Pk = i64;
    const WIDTH: usize = G::WIDTH;
    const RELATIONS: usize = G::RELATIONS;
    const MANY: usize = 0;
    const KEY: &'static [usize] = &[];

    fn at<R: Model, K: Cardinality>(path: &PathBuf, of: Flat) -> Self::Paths<R, K> {
        G::at::<R, K::InKind>(path, of)
    }
    fn slots<W: Place<Shared = Self>, N>(next: N) -> AlsoShared<N> {
        AlsoShared(next)
    }
    fn pk(&self) -> i64 {
        0
    }
    fn held(&self, field: usize) -> InRow<'_> {
        self.as_ref().map_or(InRow::Null, |key| key.held(field))
    }
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self> {
        if G::is_missing(reader) {
            reader.skip(G::WIDTH);
            return Ok(None);
        }
        G::decode(reader).map(Some)
    }
    fn is_missing(reader: &Reader<'_>) -> bool {
        G::is_missing(reader)
    }
}

impl<G: GenericForeignKey> SharedRequires<Set> for Option<G> {}

#[diagnostic::do_not_recommend]
impl<G, W: Place<Shared = Option<G>>> SharedAt<W> for Option<G>
where
    G: GenericForeignKey + SharedAt<InOption<W>>,
{
    const PARTS: &'static [SharedPart] = <G as SharedAt<InOption<W>>>::PARTS;
    const RELATED: &'static [Relation] = <G as SharedAt<InOption<W>>>::RELATED;
    const BETWEEN: &'static [BetweenMeta] = &[];
    const UNIQUES: &'static [UniqueMeta] = <G as SharedAt<InOption<W>>>::UNIQUES;
    const INDEXES: &'static [IndexMeta] = <G as SharedAt<InOption<W>>>::INDEXES;
    const CHECKS: &'static [CheckMeta] = <G as SharedAt<InOption<W>>>::CHECKS;
    const EXCLUSIONS: &'static [ExcludeMeta] = &[];
    const BEHAVIOURS: &'static [Behaviour] = &[];
    const META: SharedMeta = <G as SharedAt<InOption<W>>>::META;
}

#[diagnostic::do_not_recommend]
impl<const NAME: u64, To: Model, G> SharedRelation<NAME, To> for Option<G>
where
    G: GenericForeignKey + SharedRelation<NAME, To>,
{
    type Card = G::Card;
    type Set<W: Place<Shared = Self>> = G::Set<InOption<W>>;
    const PLACE: usize = G::PLACE;
    fn set<W: Place<Shared = Self>>(row: &To) -> Self::Set<W> {
        G::set::<InOption<W>>(row)
    }
}
