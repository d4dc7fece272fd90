//! What every model has: query sets, drafts, and the methods of its rows.

use crate::delete::Deleted;
use crate::draft::Unsaved;
use crate::expr::{Assignments, Columns, Condition, Q};
use crate::generated;
use crate::instance::{self, DynDraft};
use crate::model::{self, Extends, Fields, Model, OnFields};
use crate::queryset::{QuerySet, StepColumn};
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};

/// What every model has. It is implemented for all of them, and in the prelude.
///
/// ```
/// # use orm_doctest::*; run(async |db| {
/// let mut tag: Tag = draft!(Tag { name: "sea" }).save(&db).await?;
/// tag.name = "ocean".into();
/// tag.save(&db).await?;
/// assert_sent!(
///     db,
///     "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …",
///     "UPDATE tag AS t0 SET name = $1 WHERE t0.id = $2 RETURNING …"
/// );
/// # Ok(()) })
/// ```
///
/// The names of these methods are reserved: a relation that has one of them on instances needs
/// `#[field(accessor = "…")]`, or another `related_name`.
pub trait ModelExt: Model {
    /// The rows of the default manager: all of them, where the model names none.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(Tag::objects(), "SELECT t0.id, t0.name FROM tag AS t0");
    /// ```
    fn objects() -> QuerySet<Self> {
        QuerySet::of_models(Self::default_query())
    }

    /// All rows, past every manager.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// assert_sql!(Tag::unfiltered(), "SELECT t0.id, t0.name FROM tag AS t0");
    /// ```
    fn unfiltered() -> QuerySet<Self> {
        QuerySet::unfiltered()
    }

    /// The paths of the model, without a query.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let tag = Tag::paths();
    /// let tags = Tag::objects().filter(|_| tag.name().eq("sea"));
    /// assert_sql!(tags, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.name = $1");
    /// ```
    fn paths() -> Fields<Self> {
        model::paths()
    }

    /// A condition to keep.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let long: Q<Book> = Book::q(|b| b.pages().gt(500));
    /// assert_sql!(
    ///     Book::objects().filter(|_| long),
    ///     "SELECT … FROM book AS t0 WHERE t0.pages > $1"
    /// );
    /// ```
    fn q<C: Condition<Self>>(condition: impl OnFields<Self, C>) -> Q<Self> {
        generated::q(condition)
    }

    /// An unsaved row without any value yet; `draft!` is the way to write one.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::draft().with(|t| t.name, "sea").save(&db).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …");
    /// # Ok(()) })
    /// ```
    fn draft() -> Unsaved<Self, Self::Required> {
        Unsaved::new()
    }

    /// An unsaved row whose fields are named, and checked, at run time.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = Tag::dyn_draft().set("name", "sea").save(&db).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …");
    /// # Ok(()) })
    /// ```
    fn dyn_draft() -> DynDraft<Self> {
        DynDraft::new()
    }

    /// Writes all columns of the row, which must exist; `auto_now` fields are set.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut tag = Tag::objects().get(&db).await?;
    /// # db.take();
    /// tag.name = "ocean".into();
    /// tag.save(&db).await?;
    /// assert_sent!(db, "UPDATE tag AS t0 SET name = $1 WHERE t0.id = $2 RETURNING …");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) where the row is gone;
    /// [`Error::Stale`](orm_sql::Error::Stale) where a field counts the saves of the row, and
    /// somebody else has saved it since it was read.
    #[track_caller]
    fn save<'a>(&'a mut self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<()>> {
        instance::save(self, db)
    }

    /// Writes some columns of the row, which must exist: `|b| (b.name(), b.author())`. Only those:
    /// an `auto_now` field is set where it is named.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut book = Book::objects().get(&db).await?;
    /// # db.take();
    /// book.pages = 300;
    /// book.save_fields(&db, |b| (b.pages(), b.author())).await?;
    /// assert_sent!(
    ///     db,
    ///     "UPDATE book AS t0 SET pages = $1, author_id = $2 WHERE t0.id = $3 RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`save`](Self::save); [`Error::Usage`](orm_sql::Error::Usage) for the key, for a
    /// generated column and for what is behind a relation.
    #[track_caller]
    fn save_fields<'a, X: Columns<Self>>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
        fields: impl OnFields<Self, X>,
    ) -> BoxFuture<'a, Result<()>> {
        instance::save_fields(self, db, fields)
    }

    /// Writes all columns of the row, which is inserted where it is not there. True where it was
    /// inserted.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut tag = Tag { id: 7, name: "sea".into() };
    /// let inserted: bool = tag.save_or_insert(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "INSERT INTO tag AS t0 (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name
    ///      = EXCLUDED.name RETURNING …, (t0.xmax = 0)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    fn save_or_insert<'a>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<bool>> {
        instance::save_or_insert(self, db)
    }

    /// Changes columns in the database, by expressions, and reads the row again.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut stock = Stock::objects().get(&db).await?;
    /// # db.take();
    /// stock.update(&db, |s| s.copies().set(s.copies() - 1)).await?;
    /// assert_sent!(
    ///     db,
    ///     "UPDATE stock AS t0 SET copies = (t0.copies - $1) WHERE (t0.branch, t0.shelf) = ($2,
    ///      $3) RETURNING …"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`save`](Self::save).
    #[track_caller]
    fn update<'a, X: Assignments<Self>>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
        assignments: impl OnFields<Self, X>,
    ) -> BoxFuture<'a, Result<()>> {
        instance::update(self, db, assignments)
    }

    /// Reads the row again.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut tag = Tag::objects().get(&db).await?;
    /// # db.take();
    /// tag.refresh(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) where the row is gone.
    #[track_caller]
    fn refresh<'a>(&'a mut self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<()>> {
        instance::refresh(self, db)
    }

    /// Reads some fields of the row again; the others stay as they are.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut book = Book::objects().get(&db).await?;
    /// # db.take();
    /// book.refresh_fields(&db, |b| (b.pages(), b.price())).await?;
    /// assert_sent!(db, "SELECT t0.pages, t0.price FROM book AS t0 WHERE t0.id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`refresh`](Self::refresh).
    #[track_caller]
    fn refresh_fields<'a, X: Columns<Self>>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
        fields: impl OnFields<Self, X>,
    ) -> BoxFuture<'a, Result<()>> {
        instance::refresh_fields(self, db, fields)
    }

    /// The row that comes next after this one, by a column: among those of [`objects`](Self::objects).
    /// Those with the same value come in the order of their keys.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let review = Review::objects().get(&db).await?;
    /// # db.take();
    /// let next: Review = review.get_next_by(&db, |r| r.created()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM review AS t0 WHERE (t0.created, t0.id) > ($1, $2) ORDER BY t0.created, t0.id
    ///      LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Among other rows, it is [`QuerySet::get_next_by`].
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) after the last row.
    #[track_caller]
    fn get_next_by<'a, X: StepColumn<Self>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<Self, X>,
    ) -> BoxFuture<'a, Result<Self>> {
        QuerySet::<Self>::of_models(Self::default_query()).get_next_by(db, self, by)
    }

    /// The row that comes before this one, by a column: [`get_next_by`](Self::get_next_by) the other way
    /// round.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let review = Review::objects().get(&db).await?;
    /// # db.take();
    /// let before: Review = review.get_previous_by(&db, |r| r.created()).await?;
    /// assert_sent!(
    ///     db,
    ///     "SELECT … FROM review AS t0 WHERE (t0.created, t0.id) < ($1, $2) ORDER BY t0.created DESC,
    ///      t0.id DESC LIMIT 1"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) before the first row.
    #[track_caller]
    fn get_previous_by<'a, X: StepColumn<Self>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        by: impl OnFields<Self, X>,
    ) -> BoxFuture<'a, Result<Self>> {
        QuerySet::<Self>::of_models(Self::default_query()).get_previous_by(db, self, by)
    }

    /// Deletes the row of a model that extends another, and leaves the row of that one: Django's
    /// `delete(keep_parents=True)`. What refers to the row itself goes with it; what refers to the row that
    /// stays does not.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # #[derive(Model)]
    /// # pub struct Place { pub id: i64, pub name: String }
    /// # #[derive(Model)]
    /// # #[model(extends = Place)]
    /// # pub struct Bar { pub place: Place, pub stools: i32 }
    /// # run(async |db| {
    /// # let bar = Bar { place: Place { id: 3, name: "Fish".into() }, stools: 7 };
    /// bar.delete_keep_parents(&db).await?;
    /// assert_sent!(db, "DELETE FROM bar AS t0 WHERE t0.place_ptr_id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`delete`](Self::delete).
    #[track_caller]
    fn delete_keep_parents<'a>(
        self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<Deleted>>
    where
        Self: Extends,
    {
        instance::delete_keep_parents(self, db)
    }

    /// Deletes the row, with what goes with it, and says how many rows of which model went. A row
    /// that is gone already is no error.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let review = Review::objects().get(&db).await?;
    /// # db.take();
    /// let gone = review.delete(&db).await?;
    /// assert_sent!(db, "DELETE FROM review AS t0 WHERE t0.id = $1");
    /// let reviews: u64 = gone.of::<Review>();
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Protected`](orm_sql::Error::Protected) where rows that refer to this one, or to one
    /// that a cascade reaches, stand in the way; nothing is deleted then.
    #[track_caller]
    fn delete<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Deleted>> {
        instance::delete(self, db)
    }
}

impl<M: Model> ModelExt for M {}
