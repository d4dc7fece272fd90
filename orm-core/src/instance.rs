//! Rows written one by one: what generated instance methods and drafts call.

mod by_key;
mod dynamic;
mod erased;
mod hooked;
pub(crate) mod merge;
mod save;
mod tracked;

pub use by_key::ByKey;
pub use dynamic::{DynDraft, IntoDynValue};
pub(crate) use erased::{ErasedRow, ReadRow, read, typed, values};
pub(crate) use save::{next_version, places_of, writable};
pub use save::{refresh, refresh_fields, save, save_fields, save_or_insert, update};
pub use tracked::Tracked;

use crate::delete;
use crate::draft::rows::{Insertion, Part};
use crate::draft::{Complete, CompleteBut, Draft, DraftOf, RawDraft, nested};
use crate::error::{Error, Result};
use crate::exec::watch::one_call;
use crate::exec::{BoxFuture, Executor};
use crate::hooks;
use crate::ir::{Comparison, FieldMeta, Filter, Node, PathBuf, Query};
use crate::model::Model;
use crate::query::Conflict;
use crate::queryset::{Accessor, bulk};
use crate::relation::IntoKeys;
use crate::row::Decoder;

pub use crate::delete::Deleted;

/// Inserts the row of a draft and returns it as the database has it.
///
/// # Errors
///
/// The constraint that refuses the row, by name.
#[track_caller]
pub fn insert<'a, D: Complete>(draft: D, db: &'a impl Executor) -> BoxFuture<'a, Result<D::Model>> {
    insert_raw::<D::Model>(draft.into_raw(), db)
}

/// Inserts the row of a draft whose fields were checked already.
#[track_caller]
pub(crate) fn insert_raw<'a, M: Model>(
    mut draft: RawDraft,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<M>> {
    let related = draft.take_nested();
    if !related.is_empty() {
        return one_call(Box::pin(nested::insert(draft, related, db)));
    }
    if hooks::wanted(M::meta(), hooks::CREATING) {
        return one_call(Box::pin(async move {
            insert_hooked(draft, None, db).await?.ok_or_else(left_out::<M>)
        }));
    }
    // No closure: it would be the caller.
    let part = match Insertion::new(M::meta()).one(draft) {
        Ok(part) => Ok(Part { statement: part.statement.asked_here(), ..part }),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let row = bulk::run(db, M::meta(), &part?, None, &Decoder::Fn(M::decode)).await?.pop();
        row.ok_or_else(left_out::<M>)
    })
}

/// No row has come back, and no error either.
pub(crate) fn left_out<M: Model>() -> Error {
    Error::usage(format!(
        "the row of `{}` was not inserted, and there was no error: a trigger or a rule of the \
         database has left it out",
        M::meta().name
    ))
}

/// Inserts the row of a draft of a model with hooks or receivers; `None` where one is there that
/// conflicts with it.
pub(crate) async fn insert_hooked<M: Model>(
    draft: RawDraft,
    conflict: Option<Conflict>,
    db: &dyn Executor,
) -> Result<Option<M>> {
    hooked::insert(read::<M>, draft, conflict, db).await?.map(typed).transpose()
}

/// Changes columns of a row that is there, of a model with hooks or receivers.
pub(crate) async fn update_hooked<M: Model>(
    row: &mut M,
    sets: Vec<(&'static FieldMeta, Node)>,
    db: &dyn Executor,
) -> Result<()> {
    hooked::save(row, save::Written::Set(sets), db).await
}

/// The query of one row.
pub(crate) fn of_row(row: &dyn ErasedRow) -> Query {
    let model = row.model();
    let mut query = Query::new(model);
    let root = Node::relation(PathBuf::root(query.scope, model));
    let key = model.primary_key.iter().map(|place| row.value_at(*place)).collect();
    let node = Node::compare(Comparison::Eq, root, Node::row(key));
    query.filters.push(Filter { node, negated: false, after: 0, sticky: false });
    query.order.by = Some(Vec::new());
    query
}

/// The query of one row as it was read: where a field counts its saves, there is no row once
/// somebody else has saved it.
fn of_version(row: &dyn ErasedRow) -> Query {
    let mut query = of_row(row);
    if let Some((place, field)) = row.model().version() {
        let path = PathBuf::root(query.scope, row.model());
        let value = Node::Value(row.value_at(place), field.sql_type);
        let node = Node::compare(Comparison::Eq, Node::Column { path, field }, value);
        query.filters.push(Filter { node, negated: false, after: 0, sticky: false });
    }
    query
}

/// Deletes the row, with what goes with it, and returns how many rows of which model went. A row
/// that is gone already is no error: the count is 0.
///
/// # Errors
///
/// [`Error::Protected`] where rows that refer to this one, or to one that a cascade reaches, stand
/// in the way; nothing is deleted then. [`Error::Stale`] where a field counts the saves of the row,
/// and somebody else has saved it.
#[track_caller]
pub fn delete<'a, M: Model>(row: M, db: &'a impl Executor) -> BoxFuture<'a, Result<Deleted>> {
    let gone = delete::rows::<M>(&of_version(&row), db);
    if M::meta().version().is_none() {
        return gone;
    }
    one_call(Box::pin(async move {
        let gone = gone.await?;
        if gone.total == 0 {
            save::not_stale(&row, db).await?;
        }
        Ok(gone)
    }))
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
    fn save<'a>(self, db: &'a impl Executor) -> BoxFuture<'a, Result<Self::Model>>
    where
        Self: Complete,
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
    fn nested<C, F, D>(
        mut self,
        set: Accessor<Self::Model, C, F>,
        drafts: impl IntoIterator<Item = D>,
    ) -> Self
    where
        C: Model,
        F: 'static,
        D: DraftOf<C> + CompleteBut<F>,
    {
        self.raw_mut().nest(nested::drafts(set, drafts));
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
        self.raw_mut().nest(nested::rows(set, rows));
        self
    }
}
impl<D: Draft> SaveDraft for D {}
