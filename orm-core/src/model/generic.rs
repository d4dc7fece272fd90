//! Generic relations: an enum of keys, each to another model.

use super::{
    Cardinality, Flat, ForeignKey, Model, ModelFields, No, NoValue, OneToOne, Place, SharedAt,
    SharedRelation, SharedRequires,
};
use crate::column::{NotNull, Null, Nullness};
use crate::draft::{Optional, Set};
use crate::generated::AlsoShared;
use crate::ir::{
    Behaviour, BetweenMeta, CheckMeta, ExcludeMeta, IndexMeta, OnDelete, PathBuf, Relation,
    SharedMeta, SharedPart, UniqueMeta,
};
use crate::row::{Decoded, Reader};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};
use orm_sql::value::SqlValue;
use std::marker::PhantomData;

/// A key to a row of one of several models: an enum of typed keys, with
/// `#[derive(GenericForeignKey)]`.
///
/// ```
/// # use orm_doctest::*;
/// #[derive(GenericForeignKey, Clone, Debug, PartialEq)]
/// pub enum Subject {
///     Book(ForeignKey<Book>),
///     Author(ForeignKey<Author>),
/// }
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     pub text: String,
///     #[field(generic, on_delete = Cascade, related_name = "notes")]
///     pub subject: Subject,
/// }
///
/// let notes = Note::objects().filter(|n| n.subject().book().name().eq("Emma"));
/// assert_sql!(
///     notes,
///     "SELECT t0.id, t0.text, t0.subject_book_id, t0.subject_author_id FROM note AS t0 JOIN book AS t1
///      ON t1.id = t0.subject_book_id WHERE t1.name = $1"
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no generic key",
    label = "not an enum of keys",
    note = "a field with `generic` holds an enum with `#[derive(GenericForeignKey)]`, or an `Option` of one: \
            `enum Target {{ Book(ForeignKey<Book>), Author(ForeignKey<Author>) }}`; an enum of kinds and a struct of \
            shared fields are `#[model(flatten)]`"
)]
pub trait GenericForeignKey: ModelFields + Clone {
    /// The row that a key leads to: `SubjectRow`.
    type Row: Send + 'static;
    /// The row that the key leads to.
    ///
    /// # Errors
    ///
    /// Those of `fetch`.
    #[doc(hidden)]
    #[track_caller]
    fn fetch_row<'a>(&self, db: &'a dyn Executor) -> BoxFuture<'a, Result<Self::Row>>;

    /// How many columns each kind has, in order.
    #[doc(hidden)]
    const WIDTHS: &'static [usize];
    /// What tells the kinds apart where all have one column for the key, beside one for the kind.
    #[doc(hidden)]
    const TOLD_BY: ToldBy = ToldBy::Columns;

    /// What the column of the kind holds.
    #[doc(hidden)]
    fn kind_value(_: usize) -> SqlValue {
        SqlValue::Null
    }

    /// The place of the kind among all.
    #[doc(hidden)]
    fn kind_place(&self) -> usize;

    /// The values of the key.
    #[doc(hidden)]
    fn key_values(&self) -> Vec<SqlValue>;

    /// Reads the key of a kind.
    ///
    /// # Errors
    ///
    /// When a cell holds something else.
    #[doc(hidden)]
    fn read_key(kind: usize, reader: &mut Reader<'_>) -> Decoded<Self>;
}

/// What tells the kinds of a generic key apart.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// Each has columns of its own, of which those of one are set.
    Columns,
    /// A text in a column.
    Text,
    /// The id of a row of Django's `django_content_type`.
    ContentType,
}

/// Generic keys that can lead to a row of `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` leads to no `{M}`",
    label = "no variant of `{Self}` is a key to `{M}`",
    note = "add one: `{M}(ForeignKey<{M}>)`"
)]
pub trait GenericTo<M: Model>: GenericForeignKey {
    /// How many rows there are on the other side.
    #[doc(hidden)]
    type Card: Cardinality;
    /// The place of the relation among those of the enum.
    #[doc(hidden)]
    const PLACE: usize;
    /// A key of this kind.
    #[doc(hidden)]
    fn of_key(key: ForeignKey<M>) -> Self;
}

/// What a generic key can be given: the enum, a row of one of its models, or a key to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row that `{G}` can lead to, nor a key of one",
    label = "expected a `{G}`, or a row or a key of one of its models",
    note = "`&book`, `book.into()`, `ForeignKey::<Book>::new(3)`; where there may be none, an `Option` of one"
)]
pub trait IntoGeneric<G: GenericForeignKey> {
    /// Whether it can be NULL.
    type Null: Nullness;
    /// The key.
    fn into_generic(self) -> Option<G>;
}

macro_rules! rows_and_keys {
    ($($value:ty, |$row:ident| $key:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<M: Model, G: GenericTo<M>> IntoGeneric<G> for $value {
            type Null = NotNull;
            fn into_generic(self) -> Option<G> {
                let $row = self;
                Some(G::of_key($key))
            }
        }
    )*};
}
rows_and_keys! {
    &M, |row| ForeignKey::from(row);
    ForeignKey<M>, |key| key;
    &ForeignKey<M>, |key| key.clone();
    OneToOne<M>, |key| ForeignKey::new(key.pk());
    &OneToOne<M>, |key| ForeignKey::new(key.pk());
}

#[diagnostic::do_not_recommend]
impl<G: GenericForeignKey, V: IntoGeneric<G, Null = NotNull>> IntoGeneric<G> for Option<V> {
    type Null = Null;
    fn into_generic(self) -> Option<G> {
        self.and_then(V::into_generic)
    }
}

#[diagnostic::do_not_recommend]
impl<G: GenericForeignKey> IntoGeneric<G> for NoValue {
    type Null = Null;
    fn into_generic(self) -> Option<G> {
        None
    }
}

/// What is said of a generic key where a model has it.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct GenericSaid {
    /// What becomes of the row when the one it leads to goes.
    pub on_delete: Option<OnDelete>,
    /// What its rows are called on the other side.
    pub reverse: Option<&'static str>,
    /// There may be no key.
    pub optional: bool,
}

impl GenericSaid {
    /// Nothing.
    pub const NONE: GenericSaid = GenericSaid { on_delete: None, reverse: None, optional: false };
}

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
    fn value(&self, field: usize) -> SqlValue {
        self.as_ref().map_or(SqlValue::Null, |key| key.value(field))
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
