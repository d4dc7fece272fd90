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
pub(crate) use save::places_of;
pub use save::{refresh, refresh_fields, save, save_fields, save_or_insert, update};
pub use tracked::Tracked;

use crate::draft::rows::{Insertion, Part};
use crate::draft::{Complete, Draft, RawDraft};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor, Statement};
use crate::hooks;
use crate::model::{Model, ModelMeta, PathBuf};
use crate::node::{Comparison, Node};
use crate::query::{self, Conflict, Filter, Query, Returning};
use crate::queryset::{bulk, fetch};
use crate::row::Decoder;
use crate::watch::one_call;

/// How many rows of which model a deletion took.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// All rows.
    pub total: u64,
    /// Rows by the model's name.
    pub by_model: Vec<(&'static str, u64)>,
}

impl Deleted {
    /// How many rows of one model.
    pub fn of<M: Model>(&self) -> u64 {
        let name = M::meta().name;
        self.by_model.iter().filter(|(model, _)| *model == name).map(|(_, rows)| rows).sum()
    }
}

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
    draft: RawDraft,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<M>> {
    if hooks::wanted(M::meta(), hooks::CREATING) {
        return one_call(Box::pin(
            async move { typed(hooked::insert(read::<M>, draft, db).await?) },
        ));
    }
    // No closure: it would be the caller.
    let part = match Insertion::new(M::meta()).one(draft) {
        Ok(part) => Ok(Part { statement: part.statement.asked_here(), ..part }),
        Err(error) => Err(error),
    };
    Box::pin(async move {
        let row = bulk::run(db, M::meta(), &part?, None, &Decoder::Fn(M::decode)).await?.pop();
        row.ok_or_else(|| {
            Error::usage(format!(
                "the row of `{}` was not inserted, and there was no error: a trigger or a rule of \
                 the database has left it out",
                M::meta().name
            ))
        })
    })
}

/// The statements that insert the rows of drafts.
pub(crate) fn insert_statements(
    model: &'static ModelMeta,
    drafts: Vec<RawDraft>,
    ignore_conflicts: bool,
    returning: Returning,
) -> Result<Vec<Statement>> {
    let conflict = ignore_conflicts.then_some(Conflict::Nothing(None));
    let parts = Insertion { model, conflict, returning }.all(drafts)?;
    Ok(parts.into_iter().map(|part| part.statement).collect())
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

/// Deletes the row. What refers to it follows the `ON DELETE` of its key.
///
/// # Errors
///
/// [`Error::ForeignKey`] where rows that refer to this one forbid it; [`Error::Stale`] where a
/// field counts the saves of the row, and somebody else has saved it.
#[track_caller]
pub fn delete<'a, M: Model>(row: M, db: &'a impl Executor) -> BoxFuture<'a, Result<Deleted>> {
    if hooks::wanted(M::meta(), hooks::DELETING) {
        return one_call(Box::pin(async move {
            let total = hooked::delete(&row, db).await?;
            Ok(deleted::<M>(total))
        }));
    }
    let query = of_version(&row);
    let statement = fetch::asked(query::delete(&query, Returning::Nothing), &query);
    Box::pin(async move {
        let total = fetch::change::<M>(db, &statement?).await?;
        if total == 0 {
            save::not_stale(&row, db).await?;
        }
        Ok(deleted::<M>(total))
    })
}

pub(crate) fn deleted<M: Model>(total: u64) -> Deleted {
    let by_model = if total == 0 { Vec::new() } else { vec![(M::meta().name, total)] };
    Deleted { total, by_model }
}

/// Saves a draft. Implemented for every complete draft, so that `draft!(…).save(&db)` reads well.
pub trait SaveDraft: Draft {
    /// Inserts the row and returns it as the database has it.
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
}
impl<D: Draft> SaveDraft for D {}
