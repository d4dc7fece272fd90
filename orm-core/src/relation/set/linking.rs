//! `add`, `set` and `create` of related sets, with what stands between: `.through(…)`.

use super::link::{Keys, insert_one, link, replace};
use crate::draft::RawDraft;
use crate::expr::Assignments;
use crate::ir::{FieldMeta, Node, PathBuf, RelatedSet, Scope};
use crate::model::{self, Model, Own};
use crate::queryset::NoField;
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::{Place, called_at};
use orm_sql::exec::{BoxFuture, Executor};
use std::marker::PhantomData;
use std::panic::Location;

/// Models that stand between two others.
#[diagnostic::on_unimplemented(
    message = "there is no model between the two sides of this relation that `through` could set \
               the fields of",
    label = "the table between has its two keys only",
    note = "name a model of your own in the field: `#[field(through = …)]`"
)]
pub trait BetweenModel: Model {}
#[diagnostic::do_not_recommend]
impl<T: Model> BetweenModel for T {}

/// What the closures of `through` receive: the accessors themselves and not [`crate::model::Fields`],
/// so that there is one error where there is no such model.
type Accessors<T> = <T as Model>::Fields<T, Own>;

type Assigned = Vec<(&'static FieldMeta, Node)>;

/// What an assignment to the model between says.
fn fields<T: Model, X: Assignments<T>>(assignments: impl FnOnce(&Accessors<T>) -> X) -> Assigned {
    let mut fields = Vec::new();
    let root = PathBuf::root(Scope::ANY, T::meta());
    assignments(&model::Accessors::at(root)).add_to(&mut fields);
    fields
}

/// Rows being put into a related set; [`through`](Linking::through) says what stands between.
#[must_use = "nothing is added until this is awaited"]
pub struct Linking<'a, M, F> {
    db: &'a dyn Executor,
    given: Result<(RelatedSet, Keys)>,
    /// They replace those that are there.
    replaces: bool,
    between: Assigned,
    place: Place,
    types: PhantomData<fn() -> (M, F)>,
}

impl<'a, M, F> Linking<'a, M, F> {
    #[track_caller]
    pub(super) fn new(
        db: &'a dyn Executor,
        given: Result<(RelatedSet, Keys)>,
        replaces: bool,
    ) -> Self {
        let (between, place) = (Vec::new(), Location::caller());
        Linking { db, given, replaces, between, place, types: PhantomData }
    }
}

impl<M, T> Linking<'_, M, NoField<T>> {
    /// Fields of the model between, for the rows that are new there.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let club = Club::objects().get(&db).await?;
    /// # db.take();
    /// club.members().add(&db, [3, 4]).through(|m| m.role().set("guest")).await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO membership AS t0 (author_id, club_id, role) VALUES ($1, $2, $3), ($4,
    ///      $5, $6) ON CONFLICT (club_id, author_id) DO NOTHING"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn through<X: Assignments<T>>(mut self, between: impl FnOnce(&Accessors<T>) -> X) -> Self
    where
        T: BetweenModel,
    {
        self.between.extend(fields::<T, X>(between));
        self
    }
}

impl<'a, M: Model, F: 'static> IntoFuture for Linking<'a, M, F> {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'a, Result<()>>;

    fn into_future(self) -> Self::IntoFuture {
        let Linking { db, given, replaces, between, place, .. } = self;
        let work = Box::pin(async move {
            let (set, keys) = given?;
            match replaces {
                true => replace::<M>(db, &set, keys, &between).await,
                false => link::<M>(db, &set, keys, &between, None).await,
            }
        });
        called_at(place, work)
    }
}

/// A row being made in a related set; [`through`](Creating::through) says what stands between.
#[must_use = "nothing is created until this is awaited"]
pub struct Creating<'a, M, F> {
    db: &'a dyn Executor,
    set: Result<RelatedSet>,
    draft: RawDraft,
    between: Assigned,
    place: Place,
    types: PhantomData<fn() -> (M, F)>,
}

impl<'a, M, F> Creating<'a, M, F> {
    #[track_caller]
    pub(super) fn new(db: &'a dyn Executor, set: Result<RelatedSet>, draft: RawDraft) -> Self {
        let (between, place) = (Vec::new(), Location::caller());
        Creating { db, set, draft, between, place, types: PhantomData }
    }
}

impl<M, T> Creating<'_, M, NoField<T>> {
    /// Fields of the model between.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let club = Club::objects().get(&db).await?;
    /// # db.take();
    /// let author = draft!(Author { name: "Jane Austen" });
    /// let author: Author =
    ///     club.members().create(&db, author).through(|m| m.role().set("guest")).await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "INSERT INTO author AS t0 (name, email, born) VALUES ($1, $2, $3) RETURNING …",
    ///     "INSERT INTO membership AS t0 (author_id, club_id, role) VALUES ($1, $2, $3) ON
    ///      CONFLICT (club_id, author_id) DO NOTHING",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn through<X: Assignments<T>>(mut self, between: impl FnOnce(&Accessors<T>) -> X) -> Self
    where
        T: BetweenModel,
    {
        self.between.extend(fields::<T, X>(between));
        self
    }
}

impl<'a, M: Model, F: 'static> IntoFuture for Creating<'a, M, F> {
    type Output = Result<M>;
    type IntoFuture = BoxFuture<'a, Result<M>>;

    fn into_future(self) -> Self::IntoFuture {
        let Creating { db, set, draft, between, place, .. } = self;
        let work = Box::pin(async move { insert_one::<M>(db, &set?, draft, &between).await });
        called_at(place, work)
    }
}
