//! Rows deleted, and what becomes of the rows that refer to them.
//!
//! Where nothing has to be counted or done for the rows that refer to a model, a deletion is one
//! plain DELETE. Everywhere else the library goes through the keys itself, set by set:
//!
//! 1. `SELECT … FOR UPDATE` of the rows that go. From here on nothing can begin to refer to them.
//! 2. The rows that refer to these, level by level, each level locked before the next is looked
//!    for; the levels end where nothing refers to the rows any more.
//! 3. One statement that does all the rest and counts it.
//!
//! Of a row that is there already, what protects it is looked for before all that, by its key: a deletion that is
//! refused takes one round trip and locks nothing.
//!
//! All of it is one transaction (or savepoint), and what it counts is what has gone, whatever other
//! connections do meanwhile. `docs/decisions/0022-deletions-are-counted.md` says why.

mod collect;
mod duty;
mod extended;
mod finish;
mod gone;
mod guarded;
mod hindrance;
mod taken;

pub(crate) use duty::needs_library;
pub use gone::Gone;

use crate::execute;
use crate::ir::{ModelMeta, Query};
use crate::model::Model;
use crate::query::{self, Returning};
use collect::Collector;
use guarded::Look;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, Executor, NoRows, Statement};
use std::fmt;
use taken::Taken;

/// How many rows of which model a deletion took.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deleted {
    /// All rows, those of cascades and of tables between models included.
    pub total: u64,
    /// Rows by the model's name: first the model that was asked for.
    pub by_model: Vec<(&'static str, u64)>,
    /// The models of `by_model`: two of different apps may have the same name.
    models: Vec<ByAddress>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct ByAddress(&'static ModelMeta);
impl Eq for ByAddress {}

impl fmt::Debug for Deleted {
    /// The counts by the names of the models.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts = f.debug_struct("Deleted");
        counts.field("total", &self.total);
        for (model, rows) in &self.by_model {
            counts.field(model, rows);
        }
        counts.finish()
    }
}

impl Deleted {
    /// How many rows of one model.
    ///
    /// ```
    /// # use orm_core::{delete::Deleted, model::Model};
    /// fn reviews<Review: Model>(gone: &Deleted) -> u64 {
    ///     gone.of::<Review>()
    /// }
    /// ```
    pub fn of<M: Model>(&self) -> u64 {
        let counts = self.models.iter().zip(&self.by_model);
        let own = counts.filter(|(model, _)| model.0 == M::meta());
        own.map(|(_, (_, rows))| rows).sum()
    }

    /// The same with a model's rows first.
    fn with_first(mut self, model: &'static ModelMeta) -> Self {
        if let Some(place) = self.models.iter().position(|known| known.0 == model) {
            self.models.get_mut(..=place).into_iter().for_each(|models| models.rotate_right(1));
            self.by_model.get_mut(..=place).into_iter().for_each(|counts| counts.rotate_right(1));
        }
        self
    }

    /// Adds rows of a model; none leave no trace.
    fn add(&mut self, model: &'static ModelMeta, rows: u64) {
        if rows == 0 {
            return;
        }
        self.total += rows;
        let mut counts = self.models.iter().zip(&mut self.by_model);
        match counts.find(|(known, _)| known.0 == model) {
            Some((_, (_, count))) => *count += rows,
            None => {
                self.by_model.push((model.name, rows));
                self.models.push(ByAddress(model));
            }
        }
    }
}

/// Deletes the rows of a query, with all that goes with them.
#[track_caller]
pub(crate) fn rows<'a, M: Model>(
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    rows_of(M::meta(), query, db)
}

/// [`rows`] of a model whose type is not known, such as one between two others.
#[doc(hidden)]
#[track_caller]
pub fn rows_of<'a>(
    model: &'static ModelMeta,
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    match extended::outermost(model, query) {
        Some(Ok((outermost, rows))) => {
            let gone = rows_of(outermost, &rows, db);
            Box::pin(async move { Ok(gone.await?.with_first(model)) })
        }
        Some(Err(error)) => Box::pin(async { Err(error) }),
        None => own_rows(model, query, db),
    }
}

/// [`rows_of`], where the rows that a model extends stay.
#[track_caller]
fn own_rows<'a>(
    model: &'static ModelMeta,
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    // Where another table says whose a row is, the rows are found with that one, and locked first.
    if duty::is_plain(model) && !model.has_tenant_above() {
        return plain(model, query, db);
    }
    let query = &query.on(db);
    let lock = query::lock(query, Taken::roots(model, false).returning());
    let way = Way::default();
    one_call(Box::pin(async move { Ok(planned(db, model, lock?, way).await?.0) }))
}

/// Deletes a row of a model that extends another, and what refers to it; the row of that one stays.
#[track_caller]
pub(crate) fn keeping_parents<'a, M: Model>(
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    own_rows(M::meta(), query, db)
}

/// Deletes the rows of a query, with which nothing goes that would be counted.
#[track_caller]
fn plain<'a>(
    model: &'static ModelMeta,
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    let query = &query.on(db);
    let statement = execute::traced(query::delete(query, Returning::Nothing), query);
    Box::pin(async move {
        let refused =
            |error: Error| hindrance::of_refusal(error.of_model(model.name, model.table), model);
        let mut gone = Deleted::default();
        gone.add(model, db.run(&statement?, &mut NoRows).await.map_err(refused)?);
        Ok(gone)
    })
}

/// Deletes a row that is there already, which a query finds, with all that goes with it.
#[track_caller]
pub(crate) fn row<'a, M: Model>(
    row: &M,
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Deleted>> {
    let model = M::meta();
    if model.link().is_some() {
        return rows_of(model, query, db);
    }
    let look = match Look::of(row) {
        Ok(look) if look.is_empty() => return rows_of(model, query, db),
        Ok(look) => look,
        Err(error) => return Box::pin(async { Err(error) }),
    };
    if guarded::is_only_guarded(model) {
        let deletion = plain(model, query, db);
        return one_call(Box::pin(async move {
            look.refuse(db).await?;
            deletion.await
        }));
    }
    let query = &query.on(db);
    let lock = query::lock(query, Taken::roots(model, false).returning());
    let way = Way { looked: true, ..Way::default() };
    one_call(Box::pin(async move {
        look.refuse(db).await?;
        Ok(planned(db, model, lock?, way).await?.0)
    }))
}

/// [`rows`], returning the rows of the query as they were.
#[track_caller]
pub(crate) fn rows_returning<'a, M: Model>(
    query: &Query,
    db: &'a dyn Executor,
) -> BoxFuture<'a, Result<Vec<M>>> {
    let model = M::meta();
    if model.link().is_some() {
        return extended::rows_returning(query, db);
    }
    if duty::is_plain(model) {
        let query = &query.on(db);
        let statement = execute::traced(query::delete(query, Returning::Rows), query);
        return Box::pin(async move {
            let rows = execute::write::<M>(db, &statement?).await;
            rows.map_err(|error| hindrance::of_refusal(error, model))
        });
    }
    let query = &query.on(db);
    let lock = query::lock(query, Taken::roots(model, true).returning());
    let way = Way { whole: true, ..Way::default() };
    one_call(Box::pin(async move { planned(db, model, lock?, way).await?.1.rows::<M>() }))
}

/// How a deletion goes about it.
#[derive(Clone, Copy, Default)]
struct Way {
    /// The rows are read as a whole.
    whole: bool,
    /// What protects them was looked for already.
    looked: bool,
}

/// Deletes the rows that a statement locks, as the library plans it. Where a statement on the way
/// was prepared before its table was changed, all of it is undone, and done again; but for hooks and
/// receivers, which are called once.
async fn planned(
    db: &dyn Executor,
    model: &'static ModelMeta,
    lock: Statement,
    way: Way,
) -> Result<(Deleted, Gone)> {
    let mut heard = false;
    match planned_once(db, model, &lock, way, &mut heard).await {
        Err(error) if error.is_outdated() && !heard && !db.in_transaction() => {
            planned_once(db, model, &lock, way, &mut heard).await
        }
        result => result,
    }
}

async fn planned_once(
    db: &dyn Executor,
    model: &'static ModelMeta,
    lock: &Statement,
    way: Way,
    heard: &mut bool,
) -> Result<(Deleted, Gone)> {
    let unit = db.begin().await?;
    let inside = unit.executor();
    let refused = |error: Error| hindrance::of_refusal(error, model);
    let mut roots = Taken::roots(model, way.whole);
    roots.load(inside, lock).await.map_err(refused)?;
    let mut gone = Deleted::default();
    let mut collector = Collector::new(roots, way.looked);
    if !collector.is_empty() {
        collector.collect(inside).await?;
        *heard = collector.is_heard();
        collector.before(inside).await?;
        gone = collector.finish(&unit, !collector.is_heard()).await.map_err(refused)?;
        collector.after(inside).await?;
    }
    unit.commit().await.map_err(refused)?;
    Ok((gone, collector.into_roots()))
}
