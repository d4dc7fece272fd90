//! What every model has: query sets, drafts, and the methods of its rows.

use crate::delete::Deleted;
use crate::draft::Unsaved;
use crate::expr::{Assignments, Columns, Condition, Q};
use crate::generated;
use crate::instance::{self, DynDraft};
use crate::model::{self, Fields, Model};
use crate::queryset::QuerySet;
use orm_sql::error::Result;
use orm_sql::exec::{BoxFuture, Executor};

/// What every model has. It is implemented for all of them, and in the prelude.
///
/// ```text
/// let book = draft!(Book { title: "x", pages: 1, author: &author }).save(&db).await?;
/// Book::objects().filter(|b| b.pages().gt(100)).all(&db).await?;
/// book.delete(&db).await?;
/// ```
///
/// The names of these methods are reserved: a relation that has one of them on instances needs
/// `#[field(accessor = "…")]`, or another `related_name`.
pub trait ModelExt: Model {
    /// The rows of the default manager: all of them, where the model names none.
    fn objects() -> QuerySet<Self> {
        QuerySet::of_models(Self::default_query())
    }

    /// All rows, past every manager.
    fn unfiltered() -> QuerySet<Self> {
        QuerySet::unfiltered()
    }

    /// The paths of the model, without a query.
    fn paths() -> Fields<Self> {
        model::paths()
    }

    /// A condition to keep.
    ///
    /// ```text
    /// let long: Q<Book> = Book::q(|b| b.pages().gt(500));
    /// Book::objects().filter(|_| long)
    /// ```
    fn q<C: Condition<Self>>(condition: impl FnOnce(&Fields<Self>) -> C) -> Q<Self> {
        generated::q(condition)
    }

    /// An unsaved row without any value yet; `draft!` is the way to write one.
    fn draft() -> Unsaved<Self, Self::Required> {
        Unsaved::new()
    }

    /// An unsaved row whose fields are named, and checked, at run time.
    fn dyn_draft() -> DynDraft<Self> {
        DynDraft::new()
    }

    /// Writes all columns of the row, which must exist; `auto_now` fields are set.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) where the row is gone;
    /// [`Error::Stale`](orm_sql::Error::Stale) where a field counts the saves of the row, and
    /// somebody else has saved it since it was read.
    #[track_caller]
    fn save<'a>(&'a mut self, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
        instance::save(self, db)
    }

    /// Writes some columns of the row, which must exist: `|b| (b.name(), b.author())`. Only those:
    /// an `auto_now` field is set where it is named.
    ///
    /// # Errors
    ///
    /// Those of [`save`](Self::save); [`Error::Usage`](orm_sql::Error::Usage) for the key, for a
    /// generated column and for what is behind a relation.
    #[track_caller]
    fn save_fields<'a, X: Columns<Self>>(
        &'a mut self,
        db: &'a impl Executor,
        fields: impl FnOnce(&Fields<Self>) -> X,
    ) -> BoxFuture<'a, Result<()>> {
        instance::save_fields(self, db, fields)
    }

    /// Writes all columns of the row, which is inserted where it is not there. True where it was
    /// inserted.
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    fn save_or_insert<'a>(&'a mut self, db: &'a impl Executor) -> BoxFuture<'a, Result<bool>> {
        instance::save_or_insert(self, db)
    }

    /// Changes columns in the database, by expressions, and reads the row again.
    ///
    /// ```text
    /// book.update(&db, |b| b.pages().set(b.pages() + 1)).await?;
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`save`](Self::save).
    #[track_caller]
    fn update<'a, X: Assignments<Self>>(
        &'a mut self,
        db: &'a impl Executor,
        assignments: impl FnOnce(&Fields<Self>) -> X,
    ) -> BoxFuture<'a, Result<()>> {
        instance::update(self, db, assignments)
    }

    /// Reads the row again.
    ///
    /// # Errors
    ///
    /// [`Error::DoesNotExist`](orm_sql::Error::DoesNotExist) where the row is gone.
    #[track_caller]
    fn refresh<'a>(&'a mut self, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
        instance::refresh(self, db)
    }

    /// Reads some fields of the row again; the others stay as they are.
    ///
    /// # Errors
    ///
    /// Those of [`refresh`](Self::refresh).
    #[track_caller]
    fn refresh_fields<'a, X: Columns<Self>>(
        &'a mut self,
        db: &'a impl Executor,
        fields: impl FnOnce(&Fields<Self>) -> X,
    ) -> BoxFuture<'a, Result<()>> {
        instance::refresh_fields(self, db, fields)
    }

    /// Deletes the row, with what goes with it, and says how many rows of which model went. A row
    /// that is gone already is no error.
    ///
    /// # Errors
    ///
    /// [`Error::Protected`](orm_sql::Error::Protected) where rows that refer to this one, or to one
    /// that a cascade reaches, stand in the way; nothing is deleted then.
    #[track_caller]
    fn delete<'a>(self, db: &'a impl Executor) -> BoxFuture<'a, Result<Deleted>> {
        instance::delete(self, db)
    }
}

impl<M: Model> ModelExt for M {}
