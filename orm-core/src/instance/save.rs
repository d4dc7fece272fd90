//! Rows that exist: saved, changed in the database, read again.

use crate::dyn_row::{of_row, typed};
use crate::execute;
use crate::expr::{Assignments, Columns, places_of};
use crate::hooks;
use crate::ir::{FieldMeta, ModelMeta, Node, PathBuf, Query, Selected};
use crate::lifecycle::{self, Change, Written, fields_at, gone, partly, upsert, writable};
use crate::model::{Fields, Model, paths};
use crate::query::{self};
use crate::row::Decoder;
use crate::validation;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor};

/// Writes all columns of a row that exists; `auto_now` fields are set.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone; [`Error::Stale`] where a field counts the saves
/// of the row, and somebody else has saved it since it was read.
#[track_caller]
pub fn save<'a, M: Model>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<()>> {
    write(row, Written::All, db)
}

/// Writes some columns of a row that exists. Only those: an `auto_now` field is set where it is
/// named, and what the instance holds in other fields stays as it is, in it and in the database.
///
/// # Errors
///
/// Those of [`save`]; [`Error::Usage`] for the key, for a generated column and for what is behind
/// a relation.
#[track_caller]
pub fn save_fields<'a, M: Model, X: Columns<M>>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
    fields: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    match places_of::<M, X>(fields).and_then(|places| writable(M::meta(), places)) {
        Ok(places) if places.is_empty() => Box::pin(async { Ok(()) }),
        Ok(places) => write(row, Written::Some(places), db),
        Err(error) => Box::pin(async { Err(error) }),
    }
}

/// Changes columns of a row in the database, by expressions, and refreshes the instance.
///
/// # Errors
///
/// Those of [`save`].
#[track_caller]
pub fn update<'a, M: Model, X: Assignments<M>>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
    assignments: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    write(row, assigned(assignments), db)
}

pub(super) fn assigned<M: Model, X: Assignments<M>>(
    assignments: impl FnOnce(&Fields<M>) -> X,
) -> Written {
    let mut sets = Vec::new();
    assignments(&paths::<M>()).add_to(&mut sets);
    Written::Set(sets)
}

/// The only way of a row that exists into the database.
#[track_caller]
pub(super) fn write<'a, M: Model>(
    row: &'a mut M,
    fields: Written,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<()>> {
    if lifecycle::wanted(M::meta(), hooks::UPDATING) {
        return one_call(Box::pin(lifecycle::save(row, fields, db.as_executor())));
    }
    let change = match fields.validate(row) {
        Ok(()) => Change::new(row, fields, db.as_executor()),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let change = change?;
        let fresh = match change.places {
            None => execute::write::<M>(db.as_executor(), &change.statement).await?.pop(),
            Some(_) => change.run(row, db.as_executor()).await?.map(typed).transpose()?,
        };
        *row = match fresh {
            Some(fresh) => fresh,
            None => return Err(gone(row, db.as_executor()).await),
        };
        Ok(())
    })
}

/// Reads the row again.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone.
#[track_caller]
pub fn refresh<'a, M: Model>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<()>> {
    let query = of_row(row).on(db).into_owned();
    let statement = execute::traced(query::select(&query), &query);
    Box::pin(async move {
        let fresh = execute::write::<M>(db.as_executor(), &statement?).await?.pop();
        *row = fresh.ok_or(Error::DoesNotExist { model: M::meta().name })?;
        Ok(())
    })
}

/// Reads some fields of the row again; the others stay as they are.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone; [`Error::Usage`] for what is behind a relation.
#[track_caller]
pub fn refresh_fields<'a, M: Model, X: Columns<M>>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
    fields: impl FnOnce(&Fields<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    let places = match places_of::<M, X>(fields) {
        Ok(places) if places.is_empty() => return Box::pin(async { Ok(()) }),
        places => places,
    };
    let query = match &places {
        Ok(places) => narrowed(of_row(row), M::meta(), places),
        Err(_) => of_row(row),
    };
    let query = query.on(db);
    let statement = execute::traced(query::select(&query), &query);
    Box::pin(async move {
        let (places, statement) = (places?, statement?);
        let fresh = partly(row, &statement, &places, db.as_executor()).await?;
        *row = typed(fresh.ok_or(Error::DoesNotExist { model: M::meta().name })?)?;
        Ok(())
    })
}

/// Writes all columns of a row, which is inserted where it is not there: Django's `save`. True
/// where it was inserted.
///
/// One statement, so that two that do it at once do not disturb each other.
///
/// # Errors
///
/// The constraint that refuses the row; [`Error::Stale`] where a field counts the saves of the row,
/// and somebody else has saved it since it was read.
#[track_caller]
pub fn save_or_insert<'a, M: Model>(
    row: &'a mut M,
    db: &'a (impl Executor + ?Sized),
) -> BoxFuture<'a, Result<bool>> {
    if lifecycle::wanted(M::meta(), hooks::UPDATING | hooks::CREATING) {
        return one_call(Box::pin(lifecycle::save_or_insert(row, db.as_executor())));
    }
    // No closure: it would be the caller.
    let valid = validation::before_save(row, None);
    let statement = match valid.and_then(|()| upsert(row, false, db.as_executor())) {
        Ok(statement) => Ok(statement.called_here()),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let decoder = Decoder::Fn(|reader| Ok((M::decode(reader)?, reader.column::<bool>()?)));
        let meta = M::meta();
        let statement = statement?;
        let rows = execute::rows(db.as_executor(), &statement, &decoder).await;
        let fresh = rows.map_err(|error| execute::named(error, meta, &statement))?.pop();
        // No row comes back where the version was another one.
        let (fresh, inserted) = fresh.ok_or(Error::Stale { model: meta.name })?;
        *row = fresh;
        Ok(inserted)
    })
}

/// The query with nothing but some columns selected.
fn narrowed(mut query: Query, meta: &'static ModelMeta, places: &[usize]) -> Query {
    let path = PathBuf::root(query.scope, meta);
    let column = |field: &'static FieldMeta| {
        Selected::Expr(Node::Column { path: path.clone(), field }, field.sql_type)
    };
    query.select = fields_at(meta, places).into_iter().map(column).collect();
    query
}
