//! Columns, relations and rules that several models share: `#[model(flatten)] times: Timestamps`.

use super::{Cardinality, Fields, GenericSaid, InRow, Key, Model};
use crate::ir::{
    Behaviour, BetweenMeta, CheckMeta, ExcludeMeta, FieldMeta, IndexMeta, NO_RELATION, PathBuf,
    Query, Relation, SharedMeta, SharedPart, Step, TextBuffer, UniqueMeta,
};
use crate::row::{Decoded, Reader};
use orm_sql::error::Errors;
use orm_sql::value::SqlValue;
use std::marker::PhantomData;

/// A struct whose columns become columns of the models that hold it. Derived by
/// `#[derive(ModelFields)]`.
#[diagnostic::on_unimplemented(
    message = "the columns of `{Self}` cannot be flattened into a model",
    label = "not a struct of shared fields",
    note = "add `#[derive(ModelFields)]` to the struct; to an enum of keys, for a field with `generic`, \
            `#[derive(GenericForeignKey)]`"
)]
pub trait ModelFields: Sized + Send + Sync + 'static {
    /// The paths of the columns: `TimestampsFields<R, K>`.
    type Paths<R: Model, K: Cardinality>;
    /// Which of these fields drafts must be given, and were not yet.
    #[doc(hidden)]
    type Draft: 'static;
    /// The fields that `draft!` fills in, and those of the next struct.
    #[doc(hidden)]
    type Slots<W: Place<Shared = Self>, N>;
    /// Whether it says `get_latest_by`.
    #[doc(hidden)]
    type Latest: Said;
    /// The type of the primary key, where it is here.
    #[doc(hidden)]
    type Pk: Key;
    /// How many columns there are.
    const WIDTH: usize;
    /// How many relations there are.
    #[doc(hidden)]
    const RELATIONS: usize;
    /// How many of them are many-to-many.
    #[doc(hidden)]
    const MANY: usize;
    /// The places of the primary key, where it is here.
    #[doc(hidden)]
    const KEY: &'static [usize];

    /// The paths of the columns as a model has them: `fields` and `relations` are those of the model
    /// from where this struct's begin.
    #[doc(hidden)]
    fn at<R: Model, K: Cardinality>(path: &PathBuf, of: Flat) -> Self::Paths<R, K>;

    /// The fields that `draft!` fills in, and those of the next struct.
    #[doc(hidden)]
    fn slots<W: Place<Shared = Self>, N>(next: N) -> Self::Slots<W, N>;

    /// The primary key of a row, where it is here.
    #[doc(hidden)]
    fn pk(&self) -> Self::Pk;

    /// The value of one column by its place.
    fn value(&self, field: usize) -> SqlValue {
        self.held(field).value()
    }

    /// What is in one column, by its place.
    #[doc(hidden)]
    fn held(&self, field: usize) -> InRow<'_>;

    /// Reads the next cells of a row.
    ///
    /// # Errors
    ///
    /// When a cell holds something else than the struct says.
    fn decode(reader: &mut Reader<'_>) -> Decoded<Self>;

    /// Whether the next cells are those of a row that is not there.
    #[doc(hidden)]
    fn is_missing(reader: &Reader<'_>) -> bool {
        reader.peek(0).is_none()
    }

    /// What `impl Clean` checks and changes, where the struct says `#[model(clean)]`.
    #[doc(hidden)]
    fn clean_fields(&mut self, _: &mut Errors) {}
}

/// The columns and relations of a model, from where those of a flattened struct begin.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Flat {
    /// The columns.
    pub fields: &'static [FieldMeta],
    /// The relations.
    pub relations: &'static [Relation],
}

impl Flat {
    /// From further on.
    #[must_use]
    pub fn from(self, field: usize, relation: usize) -> Self {
        Flat {
            fields: self.fields.get(field..).unwrap_or_default(),
            relations: self.relations.get(relation..).unwrap_or_default(),
        }
    }

    /// The relation at a place.
    pub fn relation(self, place: usize) -> &'static Relation {
        self.relations.get(place).unwrap_or(&NO_RELATION)
    }

    /// A path continued by one of the relations.
    pub fn forward<M: Model, R: Model, K: Cardinality>(
        self,
        path: &PathBuf,
        place: usize,
    ) -> Fields<M, R, K> {
        Fields::at(path.then(Step::Forward(self.relation(place))))
    }
}

/// Where a model has the columns of a flattened struct. Implemented by the derives.
#[doc(hidden)]
pub trait Place: Send + Sync + 'static {
    /// The model.
    type Model: Model;
    /// The struct.
    type Shared: ModelFields;
    /// A place among the required fields of the struct, as one among those of the model.
    type Required<P: 'static>: 'static;
    /// The app of the model.
    const APP: &'static str;
    /// The name of the model in lower case.
    const MODEL: &'static str;
    /// The name of the field that holds the struct.
    const NAME: &'static str;
    /// The place of the struct's first column.
    const FIELD: usize;
    /// What is said of it, where it is a generic key.
    const GENERIC: GenericSaid = GenericSaid::NONE;
    /// The model's columns and relations from where those of the struct begin.
    fn flat() -> Flat;
    /// The struct within a row, where it is there: that of a variant is in rows of its kind.
    fn find(row: &Self::Model) -> Option<&Self::Shared>;
    /// The struct within a row, to change it.
    fn find_mut(row: &mut Self::Model) -> Option<&mut Self::Shared>;
}

/// Where every row of a model holds a flattened struct. Implemented by the derives.
#[doc(hidden)]
pub trait Holds: Place {
    /// The struct within a row.
    fn get(row: &Self::Model) -> &Self::Shared;
    /// The struct within a row, to change it.
    fn get_mut(row: &mut Self::Model) -> &mut Self::Shared;
}

/// What a struct gives to the model that holds it at a place. Implemented by `#[derive(ModelFields)]`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the columns of `{Self}` cannot be flattened into a model",
    label = "not a struct of shared fields",
    note = "add `#[derive(ModelFields)]` to the struct; to an enum of keys, for a field with `generic`, \
            `#[derive(GenericForeignKey)]`"
)]
pub trait SharedAt<W: Place>: ModelFields {
    /// Its columns and the structs nested in it.
    const PARTS: &'static [SharedPart];
    /// Its own relations.
    const RELATED: &'static [Relation] = &[];
    /// The models between of its many-to-many relations.
    const BETWEEN: &'static [BetweenMeta] = &[];
    /// Unique constraints.
    const UNIQUES: &'static [UniqueMeta] = &[];
    /// Indexes.
    const INDEXES: &'static [IndexMeta] = &[];
    /// Checks.
    const CHECKS: &'static [CheckMeta] = &[];
    /// Exclusion constraints.
    const EXCLUSIONS: &'static [ExcludeMeta] = &[];
    /// Hooks and validation.
    const BEHAVIOURS: &'static [Behaviour] = &[];
    /// All of it.
    const META: SharedMeta;
}

/// Models that flatten the struct `S`: `M: Flattens<Timestamps>`. `#[derive(Model)]` implements it.
///
/// `#[derive(ModelFields)]` writes a trait of a shorter name for it, `HasTimestamps`, and
/// `TimestampsPaths`, which gives the paths of such models the columns of the struct:
///
/// ```
/// # use orm_doctest::*;
/// #[derive(ModelFields)]
/// pub struct Timestamps {
///     #[field(auto_now_add)]
///     pub created: DateTime<Utc>,
/// }
///
/// #[derive(Model)]
/// pub struct Note {
///     pub id: i64,
///     #[model(flatten)]
///     pub times: Timestamps,
/// }
///
/// fn newest<M: HasTimestamps>() -> QuerySet<M> {
///     M::objects().order_by(|m| m.created().desc()).limit(10)
/// }
/// assert_sql!(newest::<Note>(), "SELECT … FROM note AS t0 ORDER BY t0.created DESC LIMIT 10");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not flatten `{S}`",
    label = "no field of this model is a `{S}`",
    note = "add `#[model(flatten)]` with a field of the type `{S}`; where that stands within another flattened \
            struct, the model says so: `#[model(flatten, with = [{S}])]`"
)]
pub trait Flattens<S: ModelFields>: Model {
    /// Where.
    #[doc(hidden)]
    type At: Holds<Model = Self, Shared = S>;
}

/// Structs that hold the struct `S`, so that a model can say that it flattens that, too.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not flatten `{S}`, so that it cannot stand in `with = […]`",
    label = "no field of `{Self}` is a flattened `{S}`",
    note = "name structs that are flattened in `{Self}`; for those deeper in it, its own field says \
            `#[model(flatten, with = [{S}])]`"
)]
pub trait Nests<S: ModelFields>: ModelFields {
    /// Where, in a model that holds the outer one.
    type At<W: Holds<Shared = Self>>: Holds<Model = W::Model, Shared = S>;
}

/// The relation of a name, as a number made of it, of a struct to the model `To`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no relation of this name to `{To}`",
    label = "no such relation to `{To}`",
    note = "`related(author: Author = \"articles\")` names a key or a many-to-many field of the flattened \
            struct, the model that it leads to, and what the rows are called there"
)]
pub trait SharedRelation<const NAME: u64, To: Model>: ModelFields {
    /// How many rows there are on the other side.
    type Card: Cardinality;
    /// The set of a row on the other side.
    type Set<W: Place<Shared = Self>>;
    /// Its place among the relations of the struct.
    const PLACE: usize;
    /// The set of a row on the other side.
    fn set<W: Place<Shared = Self>>(row: &To) -> Self::Set<W>;
}

/// Drafts in which nothing of a struct is missing.
#[doc(hidden)]
pub trait SharedRequires<G> {}

/// Yes or no.
#[doc(hidden)]
pub trait Said {
    /// Yes where one of both is.
    type Or<B: Said>: Said;
}
/// Yes.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Yes;
/// No.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct No;
impl Said for Yes {
    type Or<B: Said> = Yes;
}
impl Said for No {
    type Or<B: Said> = B;
}
/// Yes.
#[doc(hidden)]
pub trait IsSaid {}
#[diagnostic::do_not_recommend]
impl IsSaid for Yes {}

/// A text with `{app}` and `{model}` in it.
#[doc(hidden)]
pub trait Pattern {
    /// As it was written.
    const PATTERN: &'static str;
}

/// Such a text for the model that holds a struct.
#[doc(hidden)]
pub struct Filled<P, W>(PhantomData<(P, W)>);

impl<P: Pattern, W: Place> Filled<P, W> {
    const BUFFER: &'static TextBuffer =
        &TextBuffer::of_field(P::PATTERN, W::APP, W::MODEL, W::NAME);
    /// The text.
    pub const TEXT: &'static str = Self::BUFFER.text();
}

/// The query of the first manager in the structs that a model flattens.
#[doc(hidden)]
pub fn inherited_query<M: Model>(shared: &[SharedMeta]) -> Query {
    let first = shared.iter().find_map(SharedMeta::first_query);
    first.map_or_else(|| Query::new(M::meta()), |query| query())
}

/// The place of the primary key, which is in a struct that begins at `first`.
#[doc(hidden)]
#[expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]
pub const fn key_places<const N: usize>(first: usize, key: &[usize]) -> [usize; N] {
    let (mut places, mut at) = ([first; N], 0);
    while at < key.len() && at < N {
        places[at] = first + key[at];
        at += 1;
    }
    places
}
