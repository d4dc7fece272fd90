//! Rows that are deleted by a mark, and can come back.
//!
//! A model says in which column the mark stands, and which manager hides the rows that have it:
//!
//! ```
//! use orm::prelude::*;
//! use soft_delete::{Deletion, Marked, NotDeleted, SoftDelete};
//!
//! #[derive(Model, Clone, Debug)]
//! #[model(managers(objects = NotDeleted, with_deleted = AllRows))]
//! pub struct Page {
//!     pub id: i64,
//!     pub text: String,
//!     pub deleted_at: Option<DateTime<Utc>>,
//! }
//! impl SoftDelete for Page {
//!     fn deleted_at(page: &Fields<Page>) -> Marked<Page> {
//!         page.deleted_at()
//!     }
//! }
//!
//! # async fn f(db: Database, page: Page) -> orm::Result<()> {
//! soft_delete::delete(&db, &page).await?;      // UPDATE page SET deleted_at = $1 WHERE …
//! Page::objects().count(&db).await?;           // … WHERE t0.deleted_at IS NULL
//! Page::with_deleted().count(&db).await?;
//! soft_delete::restore(&db, &page).await?;
//! # Ok(()) }
//! # let sql = Page::objects().sql().unwrap();
//! # assert!(sql.contains(r#"WHERE t0."deleted_at" IS NULL"#), "{sql}");
//! ```
//!
//! The first manager of a model is its default, so related sets, prefetches and `in_` of the query set
//! see no row that is deleted. Joins follow keys, and do.

use orm::prelude::*;
use orm::{BoxFuture, Field, Own};

/// The column that says when a row was deleted.
pub type Marked<M> = Field<M, Option<DateTime<Utc>>, Own>;

/// A model whose rows are deleted by a mark.
pub trait SoftDelete: Model {
    /// The column of the mark.
    fn deleted_at(fields: &Fields<Self>) -> Marked<Self>;

    /// What goes, and comes back, with rows of this model: those that refer to them, as by
    /// `deletion.of(Page::with_deleted().filter(|p| p.chapter().in_(rows)), db)`. Returns how many.
    fn cascade<'a>(
        rows: QuerySet<Self>,
        deletion: Deletion,
        db: &'a dyn Executor,
    ) -> BoxFuture<'a, Result<u64>> {
        let _ = (rows, deletion, db);
        Box::pin(async { Ok(0) })
    }
}

/// The manager of the rows that are not deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotDeleted;

impl<M: SoftDelete> Manager<M> for NotDeleted {
    fn queryset(&self) -> QuerySet<M> {
        QuerySet::<M>::unfiltered().filter(|m| M::deleted_at(m).isnull(true))
    }
}

/// A deletion, or one that is undone. All rows that it marks have the same moment, by which they are
/// found again: what had been deleted before stays deleted.
#[derive(Clone, Copy, Debug)]
pub enum Deletion {
    /// Rows are marked with this moment.
    Done(DateTime<Utc>),
    /// The marks of this moment are taken off.
    Undone(DateTime<Utc>),
}

impl Deletion {
    /// Does it to rows, and to what refers to them first, while they still tell which that is.
    pub fn of<M: SoftDelete>(
        self,
        rows: QuerySet<M>,
        db: &dyn Executor,
    ) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let (rows, mark) = match self {
                Deletion::Done(at) => (rows.filter(|m| M::deleted_at(m).isnull(true)), Some(at)),
                Deletion::Undone(at) => (rows.filter(|m| M::deleted_at(m).eq(at)), None),
            };
            let along = M::cascade(rows.clone(), self, db).await?;
            Ok(along + rows.update(db, |m| M::deleted_at(m).set(mark)).await?)
        })
    }
}

/// Deletes a row, and what goes with it. Returns how many rows were marked: none where it was deleted
/// already.
///
/// # Errors
///
/// Those of the statements; nothing is marked then.
pub async fn delete<M: SoftDelete>(db: &impl Executor, row: &M) -> Result<u64> {
    delete_all(db, only(row)).await
}

/// Deletes the rows of a query set, and what goes with them.
///
/// # Errors
///
/// Those of [`delete`].
pub async fn delete_all<M: SoftDelete>(db: &impl Executor, rows: QuerySet<M>) -> Result<u64> {
    let at = Deletion::Done(Utc::now());
    db.transaction(async |tx| at.of(rows, tx).await).await
}

/// Has a row come back, with what was deleted with it. Returns how many rows came back.
///
/// # Errors
///
/// Those of the statements; nothing comes back then.
pub async fn restore<M: SoftDelete>(db: &impl Executor, row: &M) -> Result<u64> {
    db.transaction(async |tx| {
        let when = only(row).values(|m| M::deleted_at(m)).first(tx).await?.flatten();
        match when {
            Some(at) => Deletion::Undone(at).of(only(row), tx).await,
            None => Ok(0),
        }
    })
    .await
}

/// A row among all rows.
fn only<M: SoftDelete>(row: &M) -> QuerySet<M> {
    QuerySet::<M>::unfiltered().filter(|m| m.eq(row))
}
