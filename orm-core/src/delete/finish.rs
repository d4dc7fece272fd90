//! The deletion itself, once everything that goes is known: one statement, or batches for a lot of
//! rows.

use super::Deleted;
use super::collect::{Collector, Keys};
use super::duty;
use super::taken::{BATCH, KeyBatch, Taken, table};
use crate::column::Column;
use crate::ir::ModelMeta;
use crate::query::{Found, Step, TableRef, all_at_once};
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::{About, Work};
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{Executor, OutputColumn, Statement};
use orm_sql::row::{Cells, RowSink};
use orm_sql::value::SqlType;

impl Collector {
    /// Deletes and changes what was collected, and counts it. `ends`: nothing follows.
    pub async fn finish(&mut self, unit: &Transaction, ends: bool) -> Result<Deleted> {
        let few = self.taken.iter().all(|taken| taken.len() <= BATCH)
            && self.leaves.iter().chain(&self.assigned).all(|keys| keys.len() <= BATCH);
        let statements = if few { self.at_once() } else { self.in_batches() };
        let mut counted = Vec::new();
        let last = statements.len().saturating_sub(1);
        for (place, steps) in statements.into_iter().enumerate() {
            if ends && place == last {
                unit.ends_with_next();
            }
            let counts = run(unit.executor(), self.root(), &steps).await?;
            let models = steps.iter().map(|step| step.deletes);
            counted.extend(models.zip(counts).filter_map(|(model, rows)| Some((model?, rows))));
        }
        let mut gone = Deleted::default();
        let first = self.root();
        counted.sort_by_key(|(model, _)| *model != first);
        counted.into_iter().for_each(|(model, rows)| gone.add(model, rows));
        Ok(gone)
    }

    /// One statement for everything, as keys are checked at its end. A second change of one table
    /// stands in a statement before, because no row may be changed twice; so does one of a table
    /// that the database changes as well.
    fn at_once(&self) -> Vec<Vec<Planned>> {
        let mut statements: Vec<Vec<Planned>> = vec![Vec::new()];
        for keys in &self.assigned {
            let step = self.assign(keys, &keys.batches, true);
            let early = usize::from(duty::is_shared(keys.referrer.model));
            let free = statements
                .iter_mut()
                .skip(early)
                .find(|steps| steps.iter().all(|other| other.table != step.table));
            match free {
                Some(steps) => steps.push(step),
                None => statements.push(vec![step]),
            }
        }
        // The first goes last: it has the deletions.
        let mut last = statements.swap_remove(0);
        last.extend(self.taken.iter().filter(|taken| taken.len() > 0).map(by_key));
        last.extend(self.leaves_by_table());
        statements.push(last);
        statements
    }

    /// Statements of up to so many rows, those that refer to others before these.
    fn in_batches(&self) -> Vec<Vec<Planned>> {
        let mut steps = Vec::new();
        for keys in &self.assigned {
            let batches = keys.batches.iter();
            steps.extend(
                batches.map(|keys_of| self.assign(keys, std::slice::from_ref(keys_of), false)),
            );
        }
        for keys in &self.leaves {
            let batches = keys.batches.iter();
            steps.extend(batches.map(|keys_of| leaf(keys, std::slice::from_ref(keys_of))));
        }
        for taken in in_order(&self.taken) {
            // What was found last refers to what was found before.
            let batches = taken.batches.iter().rev();
            steps.extend(
                batches.map(|batch| {
                    delete(taken.model, vec![taken.found(std::slice::from_ref(batch))])
                }),
            );
        }
        steps.into_iter().map(|step| vec![step]).collect()
    }

    /// A key set to another value, but in rows that go themselves.
    fn assign(&self, keys: &Keys, batches: &[KeyBatch], alone: bool) -> Planned {
        let referrer = &keys.referrer;
        let goes = self.taken.iter().find(|taken| taken.model == referrer.model);
        let goes = goes.filter(|taken| alone && taken.len() > 0);
        let step = Step::Update {
            table: table(referrer.model),
            set: duty::assigned(referrer),
            found: by_reference(keys, batches),
            but: goes.map(|taken| Box::new(taken.found(&taken.batches))),
        };
        Planned { table: table(referrer.model), deletes: None, step }
    }

    /// The leaves, each table once, by whichever of its keys.
    fn leaves_by_table(&self) -> Vec<Planned> {
        let mut steps: Vec<(&'static ModelMeta, Vec<Found>)> = Vec::new();
        for keys in &self.leaves {
            let found = by_reference(keys, &keys.batches);
            match steps.iter_mut().find(|(model, _)| *model == keys.referrer.model) {
                Some((_, all)) => all.push(found),
                None => steps.push((keys.referrer.model, vec![found])),
            }
        }
        steps.into_iter().map(|(model, found)| delete(model, found)).collect()
    }
}

impl Keys {
    fn len(&self) -> usize {
        self.batches.iter().map(|keys| keys.count()).sum()
    }
}

/// A step, its table, and the model whose rows it counts.
struct Planned {
    table: TableRef,
    deletes: Option<&'static ModelMeta>,
    step: Step,
}

fn delete(model: &'static ModelMeta, found: Vec<Found>) -> Planned {
    let table = table(model);
    Planned { table, deletes: Some(model), step: Step::Delete { table, found } }
}

fn by_key(taken: &Taken) -> Planned {
    delete(taken.model, vec![taken.found(&taken.batches)])
}

fn leaf(keys: &Keys, batches: &[KeyBatch]) -> Planned {
    delete(keys.referrer.model, vec![by_reference(keys, batches)])
}

/// The rows that have one of the keys.
fn by_reference(keys: &Keys, batches: &[KeyBatch]) -> Found {
    KeyBatch::found(batches, &keys.referrer)
}

/// Models that have a key to another before that one; in a circle those found last are first.
fn in_order(taken: &[Taken]) -> Vec<&Taken> {
    let mut left: Vec<&Taken> = taken.iter().collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let free = left.iter().rposition(|taken| {
            let referrers = taken.model.referrers().iter();
            let mut others = referrers.filter(|referrer| referrer.model != taken.model);
            !others.any(|referrer| left.iter().any(|other| other.model == referrer.model))
        });
        order.push(left.remove(free.unwrap_or(left.len() - 1)));
    }
    order
}

/// Runs steps at once, and returns how many rows each has changed.
async fn run(db: &dyn Executor, model: &'static ModelMeta, steps: &[Planned]) -> Result<Vec<u64>> {
    let (sql, params) = all_at_once(steps.iter().map(|planned| planned.step.clone()).collect())?;
    let column = OutputColumn { model: "the deletion", field: "a count", sql_type: SqlType::Int8 };
    let columns = vec![column; steps.len()];
    let about = About { model: Some(model), work: Work::Delete, ..About::default() };
    let mut counts = Counts { width: steps.len(), counts: Vec::new() };
    db.run(
        &Statement {
            sql: sql.into(),
            params,
            columns: columns.into(),
            cached: true,
            about,
            ..Statement::default()
        },
        &mut counts,
    )
    .await?;
    Ok(counts.counts)
}

/// Reads one row of counts.
struct Counts {
    width: usize,
    counts: Vec<u64>,
}

impl RowSink for Counts {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        let count = |place| cells.cell(place).and_then(|raw| i64::decode(raw).ok()).unwrap_or(0);
        self.counts = (0..self.width).map(|place| count(place).unsigned_abs()).collect();
        Ok(())
    }
}
