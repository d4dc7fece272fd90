//! Rows written one by one: what generated instance methods and drafts call.

use crate::draft::{Complete, Draft, RawDraft, now_as};
use crate::error::{Error, Result};
use crate::exec::{BoxFuture, Executor};
use crate::expr::Assignments;
use crate::model::{FieldMeta, Key, Model, Path, PathBuf, Root};
use crate::node::{Comparison, Node};
use crate::query::{self, Conflict, Filter, Insert, InsertValue, Query, Returning};
use crate::queryset::fetch;
use crate::validation;
use crate::value::SqlValue;
use crate::watch::one_call;
use chrono::{SubsecRound, Utc};

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
    let rows = insert_all(vec![draft], db);
    Box::pin(async move {
        let row = rows.await?.pop();
        row.ok_or_else(|| Error::usage("the server returned no row for the one inserted"))
    })
}

/// Inserts the rows of drafts, in order, in as few statements as the protocol allows.
#[track_caller]
pub(crate) fn insert_all<'a, M: Model>(
    mut drafts: Vec<RawDraft>,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<Vec<M>>> {
    let valid = validation::before_insert::<M>(&mut drafts);
    let statements =
        valid.and_then(|()| insert_statements(M::meta(), drafts, false, Returning::Rows));
    one_call(Box::pin(async move {
        let statements = statements?;
        match statements.as_slice() {
            [] => Ok(Vec::new()),
            [one] => fetch::write::<M>(db, one).await,
            many => {
                let unit = db.begin().await?;
                let mut rows = Vec::new();
                for statement in many {
                    rows.append(&mut fetch::write::<M>(unit.executor(), statement).await?);
                }
                unit.commit().await?;
                Ok(rows)
            }
        }
    }))
}

/// Rows go into one statement up to the protocol's limit of 65,535 parameters.
pub(crate) fn insert_statements(
    model: &'static crate::model::ModelMeta,
    drafts: Vec<RawDraft>,
    ignore_conflicts: bool,
    returning: Returning,
) -> Result<Vec<crate::exec::Statement>> {
    let rows: Vec<Vec<InsertValue>> =
        drafts.into_iter().map(RawDraft::into_values).collect::<Result<_>>()?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let left = |place: usize| rows.iter().all(|row| matches!(row[place], InsertValue::Default));
    let kept: Vec<usize> = (0..model.fields.len()).filter(|place| !left(*place)).collect();
    let fields: Vec<&'static FieldMeta> = kept.iter().map(|place| &model.fields[*place]).collect();
    let narrow = |mut row: Vec<InsertValue>| -> Vec<InsertValue> {
        kept.iter().map(|place| std::mem::replace(&mut row[*place], InsertValue::Default)).collect()
    };
    let rows: Vec<_> = rows.into_iter().map(narrow).collect();
    let mut statements = Vec::new();
    for chunk in rows.chunks(60_000 / fields.len().max(1)) {
        statements.push(query::insert(&Insert {
            model,
            fields: fields.clone(),
            rows: chunk.to_vec(),
            conflict: ignore_conflicts.then_some(Conflict::Nothing),
            returning: returning.clone(),
        })?);
    }
    Ok(statements)
}

/// The query of one row.
fn of_row<M: Model>(row: &M) -> Query {
    let mut query = Query::new(M::meta());
    let root = Node::relation(PathBuf::root(query.scope, M::meta()));
    let node = Node::compare(Comparison::Eq, root, Node::row(row.pk().to_values()));
    query.filters.push(Filter { node, negated: false, after: 0, sticky: false });
    query.order.by = Some(Vec::new());
    query
}

/// Writes all columns of a row that exists; `auto_now` fields are set.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone.
#[track_caller]
pub fn save<'a, M: Model>(row: &'a mut M, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
    let places = (0..M::meta().fields.len()).collect::<Vec<_>>();
    save_places(row, &places, db)
}

#[track_caller]
fn save_places<'a, M: Model>(
    row: &'a mut M,
    places: &[usize],
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<()>> {
    if let Err(error) = validation::before_save(row, places) {
        return Box::pin(async { Err(error) });
    }
    let meta = M::meta();
    let now = SqlValue::TimestampTz(Utc::now().trunc_subsecs(6));
    let mut sets = Vec::new();
    for place in places {
        let field = &meta.fields[*place];
        if meta.primary_key.contains(place) || field.generated.is_some() {
            continue;
        }
        let value = if field.auto_now { now_as(field, &now) } else { row.value(*place) };
        sets.push((field, Node::Value(value, field.sql_type)));
    }
    write(row, sets, db)
}

/// Changes columns of a row in the database, by expressions, and refreshes the instance.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone.
#[track_caller]
pub fn update<'a, M: Model, X: Assignments<M>>(
    row: &'a mut M,
    db: &'a impl Executor,
    assignments: impl FnOnce(&Root<M>) -> X,
) -> BoxFuture<'a, Result<()>> {
    let root = PathBuf::root(crate::model::Scope::ANY, M::meta());
    let mut sets = Vec::new();
    assignments(&<Root<M> as Path<M, crate::model::Own>>::at(root)).add_to(&mut sets);
    write(row, sets, db)
}

#[track_caller]
fn write<'a, M: Model>(
    row: &'a mut M,
    sets: Vec<(&'static FieldMeta, Node)>,
    db: &'a impl Executor,
) -> BoxFuture<'a, Result<()>> {
    let query = of_row(row);
    let statement = match sets.is_empty() {
        // A model of keys only has nothing to write, but the row must be there.
        true => query::select(&query),
        false => query::update(&query, &sets, Returning::Rows),
    };
    let statement = fetch::asked(statement, &query);
    Box::pin(async move {
        let rows = fetch::write::<M>(db, &statement?).await?;
        let fresh = rows.into_iter().next();
        *row = fresh.ok_or(Error::DoesNotExist { model: M::meta().name })?;
        Ok(())
    })
}

/// Reads the row again.
///
/// # Errors
///
/// [`Error::DoesNotExist`] where the row is gone.
#[track_caller]
pub fn refresh<'a, M: Model>(row: &'a mut M, db: &'a impl Executor) -> BoxFuture<'a, Result<()>> {
    write(row, Vec::new(), db)
}

/// Deletes the row. What refers to it follows the `ON DELETE` of its key.
///
/// # Errors
///
/// [`Error::ForeignKey`] where rows that refer to this one forbid it.
#[track_caller]
pub fn delete<'a, M: Model>(row: M, db: &'a impl Executor) -> BoxFuture<'a, Result<Deleted>> {
    let query = of_row(&row);
    let statement = fetch::asked(query::delete(&query, Returning::Nothing), &query);
    Box::pin(async move {
        let total = fetch::change::<M>(db, &statement?).await?;
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
