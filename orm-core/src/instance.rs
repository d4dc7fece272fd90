//! Rows written one by one: what generated instance methods and drafts call.

mod by_key;
mod dynamic;
mod nested;
mod save;
mod tracked;

pub use by_key::ByKey;
pub use dynamic::{DynDraft, IntoDynValue};
#[doc(hidden)]
pub use dynamic::{IntoPlainValue, fit};
pub(crate) use nested::insert_many;
pub use save::{refresh, refresh_fields, save, save_fields, save_or_insert, update};
pub use tracked::Tracked;

use crate::delete;
use crate::draft::{Complete, RawDraft};
use crate::dyn_row::{of_version, read, typed};
use crate::execute;
use crate::execute::Part;
use crate::hooks;
use crate::ir::tenant::check_tenant;
use crate::ir::{FieldMeta, Node};
use crate::lifecycle;
use crate::lifecycle::{Insertion, Written};
use crate::model::Model;
use crate::query::Conflict;
use crate::row::Decoder;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};

pub use crate::delete::Deleted;

/// Inserts the row of a draft and returns it as the database has it.
///
/// # Errors
///
/// The constraint that refuses the row, by name.
#[track_caller]
pub fn insert<'a, D: Complete>(
    draft: D,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<D::Model>> {
    insert_raw::<D::Model>(draft.into_raw(), db)
}

/// Inserts the row of a draft whose fields were checked already.
#[track_caller]
pub(crate) fn insert_raw<'a, M: Model>(
    mut draft: RawDraft,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<M>> {
    let related = draft.take_nested();
    if !related.is_empty() {
        return one_call(Box::pin(nested::insert(draft, related, db.as_executor())));
    }
    if lifecycle::wanted(M::meta(), hooks::CREATING) {
        return one_call(Box::pin(async move {
            insert_hooked(draft, None, db.as_executor()).await?.ok_or_else(left_out::<M>)
        }));
    }
    // No closure: it would be the caller.
    let part = match Insertion::new(M::meta(), db).one(draft) {
        Ok(part) => Ok(Part { statement: part.statement.called_here(), ..part }),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let row =
            execute::insert(db.as_executor(), M::meta(), &part?, None, &Decoder::Fn(M::decode))
                .await?
                .pop();
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
    lifecycle::insert(read::<M>, draft, conflict, db).await?.map(typed).transpose()
}

/// Changes columns of a row that is there, of a model with hooks or receivers.
pub(crate) async fn update_hooked<M: Model>(
    row: &mut M,
    sets: Vec<(&'static FieldMeta, Node)>,
    db: &dyn Executor,
) -> Result<()> {
    lifecycle::save(row, Written::Set(sets), db).await
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
pub fn delete<'a, M: Model>(
    row: M,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<Deleted>> {
    if let Err(error) = is_of_tenant(&row, db.as_executor()) {
        return Box::pin(async { Err(error) });
    }
    let gone = delete::row(&row, &of_version(&row), db.as_executor());
    not_stale(row, gone, db.as_executor())
}

/// The same of a model that extends another, whose row stays.
///
/// # Errors
///
/// Those of [`delete`].
#[track_caller]
pub(crate) fn delete_keep_parents<'a, M: Model>(
    row: M,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<Deleted>> {
    if let Err(error) = is_of_tenant(&row, db.as_executor()) {
        return Box::pin(async { Err(error) });
    }
    let gone = delete::keeping_parents::<M>(&of_version(&row), db.as_executor());
    not_stale(row, gone, db.as_executor())
}

fn is_of_tenant<M: Model>(row: &M, db: &dyn Executor) -> Result<()> {
    let value = |place| Model::value(row, place);
    check_tenant(M::meta(), value, db.as_dyn().tenancy())
}

/// A deletion of a row that somebody else may have saved meanwhile.
#[track_caller]
fn not_stale<'a, M: Model>(
    row: M,
    gone: BoxFuture<'a, Result<Deleted>>,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    if M::meta().version().is_none() {
        return gone;
    }
    one_call(Box::pin(async move {
        let gone = gone.await?;
        if gone.total == 0 {
            lifecycle::not_stale(&row, db).await?;
        }
        Ok(gone)
    }))
}
