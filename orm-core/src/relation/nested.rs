//! Drafts within drafts: what is saved after a row because it refers to it.

use super::IntoKeys;
use super::m2m_changed::is_watched;
use super::set::{Keys, insert_related, keys_of, link, usable};
use crate::draft::{Complete, CompleteBut, Draft, DraftOf, Nested, RawDraft};
use crate::hooks;
use crate::instance::insert;
use crate::ir::{ModelMeta, RelatedSet};
use crate::lifecycle;
use crate::model::{KindOf, Model};
use crate::queryset::{self, Accessor};
use orm_sql::error::{Error, Result};
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{BoxFuture, Executor};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Related rows that are to be, or that are there and will belong to the row.
///
/// `M` is the model of the draft, or one that it extends; `A` the one that the set belongs to, likewise.
struct Related<M: Model, A: Model, C: Model, F> {
    set: SetOf<M, A, C, F>,
    what: What,
}

/// What finds the set of a row.
type SetOf<M, A, C, F> = fn(&M) -> queryset::Related<C, A, F>;

#[derive(Debug)]
enum What {
    Drafts(Vec<RawDraft>),
    Rows(std::result::Result<Keys, String>),
}

impl<M: Model, A: Model, C: Model, F> fmt::Debug for Related<M, A, C, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(C::meta().name).field(&self.what).finish()
    }
}

/// Drafts to save after the row.
fn drafts_of<M, A, C, F, D>(
    set: SetOf<M, A, C, F>,
    drafts: impl IntoIterator<Item = D>,
) -> Arc<dyn Nested>
where
    M: Model,
    A: Model,
    C: Model,
    F: 'static,
    D: DraftOf<C> + CompleteBut<F>,
{
    let drafts = drafts.into_iter().map(|draft| draft.into_raw()).collect();
    Arc::new(Related { set, what: What::Drafts(drafts) })
}

/// A related set, as drafts name it.
#[doc(hidden)]
pub trait SetIn<D: Draft>: Sized {
    /// The model of its rows.
    type Row: Model;
    /// What their drafts need not be given.
    type But: 'static;
    /// The draft with others nested in it.
    type Nesting;
    /// Has them saved after it.
    fn nest<X: DraftOf<Self::Row> + CompleteBut<Self::But>>(
        draft: D,
        set: fn(&D::Model) -> Self,
        drafts: impl IntoIterator<Item = X>,
    ) -> Self::Nesting;
}

impl<D: SaveDraft, A: Model, C: Model, F: 'static> SetIn<D> for queryset::Related<C, A, F>
where
    D::Model: KindOf<A>,
{
    type Row = C;
    type But = F;
    type Nesting = D;
    fn nest<X: DraftOf<C> + CompleteBut<F>>(
        mut draft: D,
        set: fn(&D::Model) -> Self,
        drafts: impl IntoIterator<Item = X>,
    ) -> D {
        draft.raw_mut().nest(drafts_of(set, drafts));
        draft
    }
}

/// `draft.nested(set, drafts)`, where what is no set leaves the draft's type open, so that it gives
/// no errors of its own.
#[doc(hidden)]
pub fn nested_in<D: Draft, S: SetIn<D>, X: DraftOf<S::Row> + CompleteBut<S::But>>(
    draft: D,
    set: fn(&D::Model) -> S,
    drafts: impl IntoIterator<Item = X>,
) -> S::Nesting {
    S::nest(draft, set, drafts)
}

/// Rows to add to a related set after the row is there.
fn rows_of<M: Model, C: Model, F: 'static>(
    set: Accessor<M, C, F>,
    rows: impl IntoKeys<C, C>,
) -> Arc<dyn Nested> {
    let keys = keys_of::<C>(rows.into_keys(None)).map_err(|error| error.to_string());
    Arc::new(Related::<M, M, C, F> { set, what: What::Rows(keys) })
}

impl<M: Model, A: Model, C: Model, F: 'static> Nested for Related<M, A, C, F> {
    fn save<'a>(
        &'a self,
        row: &'a (dyn Any + Send + Sync),
        db: &'a dyn Executor,
        ends: Option<&'a Transaction>,
    ) -> BoxFuture<'a, Result<()>> {
        let set = row.downcast_ref::<M>().and_then(|row| (self.set)(row).query().related.clone());
        Box::pin(async move {
            let set: RelatedSet = set.ok_or_else(|| {
                Error::usage(format!("`{}` in a draft is no related set of it", C::meta().name))
            })?;
            usable(&set)?;
            match &self.what {
                What::Drafts(drafts) => {
                    insert_related::<C>(db, &set, drafts.clone(), &[], ends).await?;
                }
                What::Rows(_) if set.step.to_field().is_some() => {
                    return Err(Error::usage(format!(
                        "rows that are there cannot be put into a draft by this relation, whose table \
                         between refers to another field of `{}` than its primary key: save the draft, \
                         then add them",
                        C::meta().name
                    )));
                }
                What::Rows(keys) => {
                    let keys = keys.clone().map_err(Error::Usage)?;
                    link::<C>(db, &set, keys, &[], ends).await?;
                }
            }
            Ok(())
        })
    }

    fn of(&self) -> &'static ModelMeta {
        M::meta()
    }

    fn is_heard(&self, row: &(dyn Any + Send + Sync)) -> bool {
        let row = row.downcast_ref::<M>();
        let watched = row.is_some_and(|row| {
            let set = (self.set)(row);
            set.query().related.as_ref().is_some_and(|set| is_watched(set.step))
        });
        // What hangs on the drafts in turn belongs to rows that are not there yet.
        watched
            || match &self.what {
                What::Drafts(drafts) => {
                    lifecycle::wanted(C::meta(), hooks::CREATING)
                        || drafts.iter().any(RawDraft::has_nested)
                }
                What::Rows(_) => false,
            }
    }
}

impl RawDraft {
    /// Has rows that exist added to a related set after the row is saved; what generated setters
    /// of many-to-many fields call.
    pub fn linked<M: Model, C: Model, F: 'static>(
        mut self,
        set: Accessor<M, C, F>,
        rows: impl IntoKeys<C, C>,
    ) -> Self {
        self.nest(rows_of(set, rows));
        self
    }
}

/// Saves a draft. Implemented for every complete draft, so that `draft!(…).save(&db)` reads well.
pub trait SaveDraft: Draft {
    /// Inserts the row and returns it as the database has it.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let tag: Tag = draft!(Tag { name: "sea" }).save(&db).await?;
    /// assert_sent!(db, "INSERT INTO tag AS t0 (name) VALUES ($1) RETURNING …");
    /// # Ok(()) })
    /// ```
    ///
    /// # Errors
    ///
    /// The constraint that refuses the row, by name.
    #[track_caller]
    fn save<'a>(self, db: &'a (impl Executor + ?Sized)) -> BoxFuture<'a, Result<Self::Model>>
    where
        Self: Complete<Of: Sized>,
    {
        insert(self, db)
    }

    /// Has rows that belong to this one saved after it, in one transaction: what `draft!` makes of
    /// a list of drafts. The key comes from this row; the rows of a list are one statement, and
    /// they may have others within, to any depth.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let books = ["Emma", "Persuasion"].map(|name| draft!(Book { name, pages: 300, price: 5 }));
    /// draft!(Author { name: "Jane Austen" }).nested(Author::books, books).save(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "INSERT INTO author AS t0 (name, email, born) VALUES ($1, $2, $3) RETURNING …",
    ///     "INSERT INTO book AS t0 (name, pages, price, discount, published, in_print,
    ///      author_id, editor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8), ($9, $10, $11, $12,
    ///      $13, $14, $15, $16) RETURNING …",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// Over a many-to-many relation the rows are inserted and linked.
    fn nested<C: Model, F: 'static, D: DraftOf<C> + CompleteBut<F>>(
        mut self,
        set: Accessor<Self::Model, C, F>,
        drafts: impl IntoIterator<Item = D>,
    ) -> Self {
        self.raw_mut().nest(drafts_of(set, drafts));
        self
    }

    /// Has rows that exist added to a related set of this one after it is saved, in one
    /// transaction: what the setter of a many-to-many field does.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let author = draft!(Author { name: "Jane Austen" }).linked(Author::books, [1, 2]);
    /// author.save(&db).await?;
    /// assert_sent!(
    ///     db,
    ///     "BEGIN",
    ///     "INSERT INTO author AS t0 (name, email, born) VALUES ($1, $2, $3) RETURNING …",
    ///     "UPDATE book AS t0 SET author_id = $1 WHERE t0.id = ANY($2) AND NOT (t0.author_id =
    ///      $3)",
    ///     "COMMIT"
    /// );
    /// # Ok(()) })
    /// ```
    fn linked<C: Model, F: 'static>(
        mut self,
        set: Accessor<Self::Model, C, F>,
        rows: impl IntoKeys<C, C>,
    ) -> Self {
        self.raw_mut().nest(rows_of(set, rows));
        self
    }
}
impl<D: Draft> SaveDraft for D {}
