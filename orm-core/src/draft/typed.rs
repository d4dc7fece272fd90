//! Drafts whose required fields the compiler knows, and what fills them in.

use super::{Complete, Draft, InDraft, IntoField, RawDraft, Set, Unset};
use crate::column::Column;
use crate::expr::NullFits;
use crate::model::{GivenKey, KeyOf, Model, ModelFields};
use std::marker::PhantomData;

/// An unsaved row of `M`, as `draft!(Book { … })` makes it.
///
/// `G` says of each required field whether it was given: a tuple of [`Set`] and [`Unset`].
#[must_use = "a draft is saved by `.save(&db)`, `create` or `bulk_create`"]
pub struct Unsaved<M, G> {
    pub(crate) raw: RawDraft,
    types: PhantomData<fn() -> (M, G)>,
}

impl<M: Model> Unsaved<M, M::Required> {
    /// A draft without any value yet.
    pub fn new() -> Self {
        Unsaved::of(RawDraft::new(M::meta()))
    }
}

impl<M: Model> std::default::Default for Unsaved<M, M::Required> {
    fn default() -> Self {
        Unsaved::new()
    }
}

impl<M: Model, G> Unsaved<M, G> {
    pub(crate) fn of(raw: RawDraft) -> Self {
        Unsaved { raw, types: PhantomData }
    }

    /// Gives one more field its value.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::draft().with(|t| t.name, "sea").save(&db).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …");
    /// # Ok(()) })
    /// ```
    pub fn with<F: Put<M, G, V>, V>(
        self,
        field: impl FnOnce(M::DraftFields) -> F,
        value: V,
    ) -> Unsaved<M, F::Out> {
        field(M::draft_fields()).put_into(self, value)
    }

    /// Takes every field over that is not given, but for the key: `draft!(Book { …, ..book })`.
    pub fn copy_from(mut self, row: &M) -> Unsaved<M, G::All>
    where
        G: AllSet,
    {
        self.raw.copy_from(row);
        Unsaved::of(self.raw)
    }
}

impl<M: Model, G> Unsaved<M, G> {
    /// The draft of the model that `M` is a proxy of, whose fields are filled in.
    #[doc(hidden)]
    pub fn of_first(self) -> Unsaved<M::First, G> {
        Unsaved::of(self.raw)
    }

    /// The draft of a proxy.
    #[doc(hidden)]
    pub fn of_proxy<P: Model<First = M>>(self) -> Unsaved<P, G> {
        Unsaved::of(self.raw)
    }
}

impl<M, G> Clone for Unsaved<M, G> {
    fn clone(&self) -> Self {
        Unsaved { raw: self.raw.clone(), types: PhantomData }
    }
}

impl<M: Model, G: 'static> Draft for Unsaved<M, G> {
    type Model = M;
    fn into_raw(self) -> RawDraft {
        self.raw
    }
    fn raw_mut(&mut self) -> &mut RawDraft {
        &mut self.raw
    }
}

/// Implemented for each model by the derive: `G` is what its drafts must have been given.
#[doc(hidden)]
pub trait Requires<G> {}

/// The traits of required fields, each with what is said where it is missing.
#[doc(hidden)]
#[macro_export]
macro_rules! __required {
    ($($given:ident $message:literal $label:literal;)*) => {$(
        #[diagnostic::on_unimplemented(message = $message, label = $label)]
        pub trait $given {}
        #[diagnostic::do_not_recommend]
        impl $given for $crate::draft::Set {}
    )*};
}

/// A draft whose type says what it was given. That it is complete is said of all of them at once, as
/// errors list the types of which it is said one by one.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a draft with every required field",
    label = "expected `draft!(Model {{ … }})`",
    note = "a row that exists is saved by `.save(&db)`, and copied by `draft!(Book {{ ..book }})`; drafts are given themselves, not by reference"
)]
pub trait TypedDraft: Draft {
    /// What it was given.
    type Given;
}
#[diagnostic::do_not_recommend]
impl<M: Model, G: 'static> TypedDraft for Unsaved<M, G> {
    type Given = G;
}
impl<D: TypedDraft> Complete for D
where
    D::Model: Requires<D::Given>,
{
    type Of = D::Model;
}

/// The place of a required field among the required ones.
#[doc(hidden)]
pub struct At<const PLACE: usize>;

/// A place in one of the tuples that are the elements of a tuple, where there are many.
#[doc(hidden)]
pub struct In<const TUPLE: usize, P>(PhantomData<P>);

/// A field that is not required.
#[doc(hidden)]
pub struct Optional;

/// Where the required fields of a model stand among those of the draft's model, which is this one or
/// extends it.
#[doc(hidden)]
pub trait Within {
    /// The place there of one that is at `P` here.
    type Place<P>;
}

/// They are those of the draft's model.
#[doc(hidden)]
pub struct Here;

impl Within for Here {
    type Place<P> = P;
}

/// They are the element at `PLACE` of those at `W`.
#[doc(hidden)]
pub struct Inside<const PLACE: usize, W>(PhantomData<W>);

impl<const PLACE: usize, W: Within> Within for Inside<PLACE, W> {
    type Place<P> = W::Place<In<PLACE, P>>;
}

/// What is said of the required fields once the one at `P` is given.
#[doc(hidden)]
pub trait Mark<P> {
    /// The same with [`Set`] there.
    type Out: 'static;
}

impl<G: 'static> Mark<Optional> for G {
    type Out = G;
}

/// The field at `P` is not given.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the key of this draft is that of the row whose set it goes to: leave it out of the draft",
    label = "the key is given twice"
)]
pub trait Lacks<P> {}
#[diagnostic::do_not_recommend]
impl<G> Lacks<Optional> for G {}

/// What is said of the required fields once all of them are given.
#[doc(hidden)]
pub trait AllSet {
    /// [`Set`] everywhere.
    type All: 'static;
}

impl AllSet for Set {
    type All = Set;
}
impl AllSet for Unset {
    type All = Set;
}
impl AllSet for () {
    type All = ();
}

macro_rules! marks {
    // What comes before, the place of the next element, that one and what comes after it.
    (@ [$($before:ident)*] $place:tt []) => {};
    (@ [$($before:ident)*] $place:tt [$t:ident $($after:ident)*]) => {
        impl<$($before: 'static,)* $t, $($after: 'static,)*> Mark<At<{ $place }>>
            for ($($before,)* $t, $($after,)*)
        {
            type Out = ($($before,)* Set, $($after,)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $($after,)*> Lacks<At<{ $place }>> for ($($before,)* Unset, $($after,)*) {}
        #[diagnostic::do_not_recommend]
        impl<$($before,)* $t: Lacks<Place>, $($after,)* Place> Lacks<In<{ $place }, Place>>
            for ($($before,)* $t, $($after,)*)
        {
        }
        impl<$($before: 'static,)* $t: Mark<Place>, $($after: 'static,)* Place>
            Mark<In<{ $place }, Place>> for ($($before,)* $t, $($after,)*)
        {
            type Out = ($($before,)* $t::Out, $($after,)*);
        }
        marks!(@ [$($before)* $t] ($place + 1) [$($after)*]);
    };
    ($($t:ident)*) => {
        impl<$($t: AllSet),*> AllSet for ($($t,)*) {
            type All = ($($t::All,)*);
        }
        marks!(@ [] 0 [$($t)*]);
    };
}
tuples!(marks);

type Types<M, T, P> = PhantomData<fn() -> (M, T, P)>;

/// Fields of drafts are taken out of what a draft derefs to.
macro_rules! copied {
    ($($slot:ident<$($of:ident),*>)*) => {$(
        impl<$($of),*> Clone for $slot<$($of),*> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($of),*> Copy for $slot<$($of),*> {}
    )*};
}
copied! {
    Slot<M, T, P>
    KeySlot<M, C, N, P>
    WideKeySlot<M, C, P>
    NullableKeySlot<M, C, P>
    SharedSlot<M, T, P>
}

/// A field of drafts that holds a `T`; `P` is its place among the required ones.
#[doc(hidden)]
pub struct Slot<M, T, P = Optional> {
    place: usize,
    types: Types<M, T, P>,
}

impl<M, T, P> Slot<M, T, P> {
    /// The field at a place among the columns.
    pub const fn at(place: usize) -> Self {
        Slot { place, types: PhantomData }
    }
}

impl<M: Model, T, P> Slot<M, T, P> {
    /// Gives the field a value.
    #[inline]
    pub fn put<G: Mark<P>, V>(&self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, G::Out>
    where
        T: Column,
        V: InDraft<T, M>,
        V::Of: Sized,
    {
        let mut raw = draft.raw;
        raw.set_with(self.place, || value.in_draft());
        Unsaved::of(raw)
    }
}

/// A key of drafts that refers to another field of `C` than its primary key; `N` says whether it
/// may be NULL.
#[doc(hidden)]
pub struct KeySlot<M, C, N, P = Optional> {
    place: usize,
    to_field: &'static str,
    types: Types<M, (C, N), P>,
}

impl<M: Model, C: Model, N, P> KeySlot<M, C, N, P> {
    /// The key at a place among the columns.
    pub const fn at(place: usize, to_field: &'static str) -> Self {
        KeySlot { place, to_field, types: PhantomData }
    }

    /// Gives the key a value.
    pub fn put<G: Mark<P>, V>(&self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, G::Out>
    where
        V: GivenKey<C, M>,
        (N, V::Null): NullFits,
    {
        let raw = draft.raw.with_key::<C, M>(self.place, self.to_field, value);
        Unsaved::of(raw)
    }
}

macro_rules! wide_key_slots {
    ($($(#[$doc:meta])* $slot:ident($($takes:tt)+) $put:ident<$($of:ident),+>;)*) => {$(
        $(#[$doc])*
        #[doc(hidden)]
        pub struct $slot<M, C, P = Optional> {
            first: usize,
            types: Types<M, C, P>,
        }

        impl<M: Model, C: Model, P> $slot<M, C, P> {
            /// The key whose first column is at a place among the columns.
            pub const fn at(first: usize) -> Self {
                $slot { first, types: PhantomData }
            }

            /// Gives the key a value.
            pub fn put<G: Mark<P>>(
                &self,
                draft: Unsaved<M, G>,
                value: impl $($takes)+,
            ) -> Unsaved<M, G::Out> {
                Unsaved::of(draft.raw.$put::<$($of),+>(self.first, value))
            }
        }

        impl<M: Model, C: Model, P, G: Mark<P>, V: $($takes)+> Put<M, G, V> for $slot<M, C, P> {
            type Out = G::Out;
            fn put_into(self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, G::Out> {
                self.put(draft, value)
            }
        }
    )*};
}
wide_key_slots! {
    /// A key of several columns.
    WideKeySlot(KeyOf<C>) with_key_of<C>;
    /// A key of several columns that may be NULL.
    NullableKeySlot(GivenKey<C, M>) with_key_or_null<C, M>;
}

/// The shared fields of a flattened struct.
#[doc(hidden)]
pub struct SharedSlot<M, T, P> {
    first: usize,
    types: Types<M, T, P>,
}

impl<M, T, P> SharedSlot<M, T, P> {
    /// The fields from a place among the columns on. Of any type: what is wrong with that is said at the field.
    pub const fn at(first: usize) -> Self {
        SharedSlot { first, types: PhantomData }
    }
}

impl<M: Model, T: ModelFields, P> SharedSlot<M, T, P> {
    /// Gives all of them their values.
    pub fn put<G: Mark<P>>(&self, draft: Unsaved<M, G>, value: T) -> Unsaved<M, G::Out> {
        Unsaved::of(draft.raw.with_fields(self.first, &value))
    }
}

/// A field of drafts that can be given a `V`.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be the value of this field of a draft",
    label = "expected another value"
)]
#[doc(hidden)]
pub trait Put<M, G, V> {
    /// What is said of the required fields then.
    type Out;
    /// Gives the field its value.
    fn put_into(self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, Self::Out>;
}

impl<M: Model, T: Column, P, G: Mark<P>, V> Put<M, G, V> for Slot<M, T, P>
where
    V: IntoField<T::Inner, M>,
    (T::Null, V::Null): NullFits,
{
    type Out = G::Out;
    fn put_into(self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, G::Out> {
        Unsaved::of(draft.raw.with(self.place, value))
    }
}

impl<M: Model, C: Model, N, P, G: Mark<P>, V> Put<M, G, V> for KeySlot<M, C, N, P>
where
    V: GivenKey<C, M>,
    (N, V::Null): NullFits,
{
    type Out = G::Out;
    fn put_into(self, draft: Unsaved<M, G>, value: V) -> Unsaved<M, G::Out> {
        Unsaved::of(draft.raw.with_key::<C, M>(self.place, self.to_field, value))
    }
}

impl<M: Model, T: ModelFields, P, G: Mark<P>> Put<M, G, T> for SharedSlot<M, T, P> {
    type Out = G::Out;
    fn put_into(self, draft: Unsaved<M, G>, value: T) -> Unsaved<M, G::Out> {
        self.put(draft, value)
    }
}
