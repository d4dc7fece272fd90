//! Rows that know which of their fields were changed.

use super::Deleted;
use super::save;
use crate::dyn_row::{merge, typed, values};
use crate::expr::{Assignments, Columns, places_of};
use crate::lifecycle::{Written, is_writable, writable};
use crate::model::{Model, OnFields};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};
use std::fmt;
use std::ops::{Deref, DerefMut};

/// A row that knows which of its fields were changed since it was read, and saves only those.
///
/// ```
/// # use orm_sql::exec::Executor;
/// # use orm_core::instance::Tracked;
/// # use orm_core::model::Model;
/// async fn rename<M: Model + Clone>(
///     row: M,
///     rename: impl FnOnce(&mut M),
///     db: &impl Executor,
/// ) -> orm_sql::Result<M> {
///     let mut row = Tracked::new(row);
///     rename(&mut row);                    // fields are read and written as those of the row
///     println!("{:?}", row.changed());     // ["name"]
///     row.save(db).await?;                 // UPDATE … SET name = …; nothing where nothing changed
///     Ok(row.into_inner())
/// }
/// ```
#[derive(Clone)]
pub struct Tracked<M> {
    row: M,
    original: M,
}

impl<M: Model + Clone> Tracked<M> {
    /// Tracks a row from here on.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// assert_eq!(tag.changed(), ["name"]);
    /// ```
    pub fn new(row: M) -> Self {
        Tracked { original: row.clone(), row }
    }

    /// The names of the fields that hold something else than they did.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// assert!(tag.changed().is_empty());
    /// tag.name = "ocean".into();
    /// assert_eq!(tag.changed(), ["name"]);
    /// ```
    pub fn changed(&self) -> Vec<&'static str> {
        let fields = M::meta().fields.iter().enumerate();
        let changed = fields.filter(|(place, _)| self.differs(*place));
        changed.map(|(_, field)| field.name).collect()
    }

    /// True where one of some fields was changed: `book.is_changed(|b| (b.name(), b.author()))`.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// assert!(tag.is_changed(|t| t.name()));
    /// ```
    pub fn is_changed<X: Columns<M>>(&self, fields: impl OnFields<M, X>) -> bool {
        places_of::<M, X>(fields).is_ok_and(|places| places.iter().any(|p| self.differs(*p)))
    }

    fn differs(&self, place: usize) -> bool {
        !self.row.value(place).is_same(&self.original.value(place))
    }

    /// The row as it was when it was read or saved last.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// assert_eq!(tag.original().name, "sea");
    /// ```
    pub fn original(&self) -> &M {
        &self.original
    }

    /// Takes back what was changed.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// tag.reset();
    /// assert_eq!(tag.name, "sea");
    /// ```
    pub fn reset(&mut self) {
        self.row = self.original.clone();
    }

    /// The row, with what was changed.
    ///
    /// ```
    /// # use orm_doctest::*;
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// assert_eq!(tag.into_inner(), Tag { id: 1, name: "ocean".into() });
    /// ```
    pub fn into_inner(self) -> M {
        self.row
    }

    /// Writes the fields that were changed, and `auto_now` fields. Where nothing was changed, there
    /// is no statement.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.name = "ocean".into();
    /// tag.save(&db).await?;
    /// assert_sent!(db, "UPDATE tag AS t0 SET name = $1 WHERE t0.id = $2 RETURNING t0.name");
    /// tag.save(&db).await?;
    /// assert_sent!(db);
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`save`](super::save).
    #[track_caller]
    pub fn save<'a>(&'a mut self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<()>> {
        let before = values(&self.original);
        let same = |place| !is_writable(M::meta(), place) || !self.differs(place);
        if (0..before.len()).all(same) {
            return Box::pin(async { Ok(()) });
        }
        self.write(Written::Differing(before), db)
    }

    /// [`save_fields`](super::save_fields) of the row. Other fields stay changed.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut author = Tracked::new(Author::objects().get(&db).await?);
    /// # db.take();
    /// author.name = "Jane Austen".into();
    /// author.email = None;
    /// author.save_fields(&db, |a| a.name()).await?;
    /// assert_sent!(db, "UPDATE author AS t0 SET name = $1 WHERE t0.id = $2 RETURNING t0.name");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`save_fields`](super::save_fields).
    #[track_caller]
    pub fn save_fields<'a, X: Columns<M>>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
        fields: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<()>> {
        let places = places_of::<M, X>(fields).and_then(|p| writable(M::meta(), p));
        one_call(Box::pin(async move {
            let places = places?;
            if places.is_empty() {
                return Ok(());
            }
            let before = values(&self.row);
            save::write(&mut self.row, Written::Some(places.clone()), db).await?;
            // What was saved, or has come back with it, is no change any more.
            let mut now = values(&self.original);
            for (place, slot) in now.iter_mut().enumerate() {
                let value = self.row.value(place);
                let as_before = before.get(place).is_some_and(|before| before.is_same(&value));
                if places.contains(&place) || !as_before {
                    *slot = value;
                }
            }
            self.original =
                typed(merge::with_values(&self.original, now, db.as_executor()).await?)?;
            Ok(())
        }))
    }

    /// [`update`](super::update) of the row: expressions are calculated in the database, and the
    /// row is what has come of it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut stock = Tracked::new(Stock::objects().get(&db).await?);
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
    /// Those of [`update`](super::update).
    #[track_caller]
    pub fn update<'a, X: Assignments<M>>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
        assignments: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<()>> {
        self.write(save::assigned(assignments), db)
    }

    #[track_caller]
    fn write<'a>(
        &'a mut self,
        fields: Written,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<()>> {
        one_call(Box::pin(async move {
            save::write(&mut self.row, fields, db).await?;
            self.original = self.row.clone();
            Ok(())
        }))
    }

    /// Reads the row again; what was changed is lost.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut tag = Tracked::new(Tag { id: 1, name: "sea".into() });
    /// tag.refresh(&db).await?;
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0 WHERE t0.id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// [`DoesNotExist`](orm_sql::Error::DoesNotExist) where the row is gone.
    #[track_caller]
    pub fn refresh<'a>(
        &'a mut self,
        db: &'a (impl Executor + ?Sized),
    ) -> BoxFuture<'a, Result<()>> {
        one_call(Box::pin(async move {
            save::refresh(&mut self.row, db).await?;
            self.original = self.row.clone();
            Ok(())
        }))
    }

    /// Deletes the row.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let review = Tracked::new(Review::objects().get(&db).await?);
    /// # db.take();
    /// review.delete(&db).await?;
    /// assert_sent!(db, "DELETE FROM review AS t0 WHERE t0.id = $1");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`delete`](super::delete()).
    #[track_caller]
    pub fn delete<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Deleted>> {
        super::delete(self.row, db)
    }
}

impl<M> Deref for Tracked<M> {
    type Target = M;
    fn deref(&self) -> &M {
        &self.row
    }
}

impl<M> DerefMut for Tracked<M> {
    fn deref_mut(&mut self) -> &mut M {
        &mut self.row
    }
}

impl<M: Model + Clone> From<M> for Tracked<M> {
    fn from(row: M) -> Self {
        Tracked::new(row)
    }
}

impl<M: fmt::Debug> fmt::Debug for Tracked<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.row.fmt(f)
    }
}
