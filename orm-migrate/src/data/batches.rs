//! Rows in batches, by their primary keys, so that it does not matter what becomes of them meanwhile.

use super::names::Names;
use super::operand::{IntoOperand, Operand};
use super::row::HistoricalRow;
use super::set::HistoricalSet;
use super::step::{DataStep, Resumable};
use super::write;
use crate::record::{self, Progress};
use orm_core::instance::fit;
use orm_core::ir::{Comparison, FieldMeta, KeyFields, Node, OrderNode, PathBuf, Query};
use orm_sql::error::{Error, Result};
use orm_sql::exec::transaction::Transaction;
use orm_sql::exec::{Backend, Executor};
use orm_sql::value::SqlValue;
use std::sync::atomic::Ordering;

impl<'d> DataStep<'d> {
    /// Reads rows in batches by their primary key, to do something with each batch:
    ///
    /// ```
    /// # use orm::migrate::data::DataStep;
    /// # async fn f(step: &DataStep<'_>) -> orm::Result<()> {
    /// let book = step.model("catalogue.Book")?;
    /// let mut batches = step.in_batches(book.objects().filter("slug", ""), 10_000).await?;
    /// while let Some(mut batch) = batches.next().await? {
    ///     for row in &mut batch.rows {
    ///         let title = row.get::<String>("title")?;
    ///         row.set("slug", title.to_lowercase().replace(' ', "-"))?;
    ///     }
    ///     book.bulk_update(&batch, &batch.rows, ["slug"]).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// In a step that says `atomic = false` each batch is a transaction, which notes in the database how
    /// far it is: a run that was cut off goes on behind the last batch that was kept, and does none twice.
    /// What stands outside of batches runs again then. Elsewhere all of it is the transaction of the
    /// migration. Progress is told either way.
    ///
    /// # Errors
    ///
    /// [`Error::Usage`] for a query that is ordered or sliced or selects values, and for batches of no rows.
    pub async fn in_batches(&self, rows: HistoricalSet, size: usize) -> Result<Batches<'_, 'd>> {
        let run = Run::begin(self, &rows, size).await?;
        Ok(Batches { step: self, rows, size, run, open: None })
    }

    /// Writes fields of rows in batches, one UPDATE for each:
    /// `update_in_batches(books, 10_000, [("slug", lower(f("title")))])`. Returns how many were written by
    /// this run. What [`in_batches`](Self::in_batches) says of transactions holds here as well.
    ///
    /// # Errors
    ///
    /// The first name that there is not, the constraint that refuses a row, and those of `in_batches`.
    pub async fn update_in_batches<V: IntoOperand>(
        &self,
        rows: HistoricalSet,
        size: usize,
        fields: impl IntoIterator<Item = (&str, V), IntoIter: Send>,
    ) -> Result<u64> {
        let fields: Vec<(&str, Operand)> =
            fields.into_iter().map(|(name, value)| (name, value.into_operand())).collect();
        let Some(mut run) = Run::begin(self, &rows, size).await? else { return Ok(0) };
        let mut written = 0;
        loop {
            let batch = Unit::begin(self).await?;
            let found = run.ends(&rows, batch.db(self), size).await?;
            let Some((key, count)) = found else { return Ok(written) };
            let mut query = run.behind(&rows);
            let bound = until(rows.model.names(&query), &run.keys, &key);
            query = query.with_filter(bound);
            written += write::update(batch.db(self), &rows, &query, &fields).await?;
            run.keep(self, batch, key, count).await?;
        }
    }
}

/// Rows batch by batch: what [`DataStep::in_batches`] returns.
#[must_use = "nothing is read before `next`"]
pub struct Batches<'a, 'd> {
    step: &'a DataStep<'d>,
    rows: HistoricalSet,
    size: usize,
    /// None where there is nothing left to do.
    run: Option<Run>,
    /// The batch that is under way, with the key of its last row and how many there are.
    open: Option<(Unit, Vec<SqlValue>, usize)>,
}

/// Some rows, and what writes to them: it is an executor, the transaction of the batch.
pub struct Batch<'a> {
    /// The rows.
    pub rows: Vec<HistoricalRow>,
    db: &'a dyn Executor,
}

#[diagnostic::do_not_recommend]
impl Executor for Batch<'_> {
    fn as_dyn(&self) -> &dyn Backend {
        self.db.as_dyn()
    }
}

impl Batches<'_, '_> {
    /// Keeps what was done with the batch before, and reads the next one. A batch after which this is not
    /// called, because something failed, is undone.
    ///
    /// # Errors
    ///
    /// What the server or the connection reports.
    pub async fn next(&mut self) -> Result<Option<Batch<'_>>> {
        let Some(run) = &mut self.run else { return Ok(None) };
        if let Some((unit, key, count)) = self.open.take() {
            run.keep(self.step, unit, key, count).await?;
            if count < self.size {
                self.run = None;
                return Ok(None);
            }
        }
        let unit = Unit::begin(self.step).await?;
        let rows = self.rows.read(unit.db(self.step), &run.next(&self.rows, self.size)).await?;
        let Some(last) = rows.last() else {
            self.run = None;
            return Ok(None);
        };
        let open = self.open.insert((unit, last.key()?, rows.len()));
        Ok(Some(Batch { db: open.0.db(self.step), rows }))
    }
}

/// Where a batch happens: in a transaction of its own, or in that of the migration.
struct Unit(Option<Transaction>);

impl Unit {
    async fn begin(step: &DataStep<'_>) -> Result<Unit> {
        let Some(resumable) = &step.resumable else { return Ok(Unit(None)) };
        let tx = step.db.begin().await?;
        record::limit_locks(tx.executor(), resumable.lock_timeout).await?;
        Ok(Unit(Some(tx)))
    }

    fn db<'a>(&'a self, step: &'a DataStep<'_>) -> &'a dyn Executor {
        match &self.0 {
            Some(tx) => tx.executor(),
            None => step.db,
        }
    }
}

/// A call of what goes in batches, and how far it is.
struct Run {
    call: usize,
    keys: KeyFields,
    /// The key of the last row that is done.
    last: Option<Vec<SqlValue>>,
    done: u64,
    of: u64,
}

impl Run {
    /// Goes on where an earlier run was cut off; none where it had done all of this.
    async fn begin(step: &DataStep<'_>, rows: &HistoricalSet, size: usize) -> Result<Option<Run>> {
        let names = rows.model.names(&rows.query);
        if size == 0 || rows.query.is_sliced() || rows.query.order.by.is_some() {
            return Err(names.wrong(
                "what goes in batches of rows goes by the primary key: no `order_by`, no `limit`, and \
                 one row at least",
            ));
        }
        let call = step.calls.fetch_add(1, Ordering::SeqCst);
        let keys = rows.model.meta.key_fields();
        let mut run = Run { call, keys, last: None, done: 0, of: 0 };
        let before = step.resumable.as_ref().and_then(|resumable| resumable.before.as_ref());
        match before {
            Some(before) if before.call > call => return Ok(None),
            Some(before) if before.call == call => {
                let key = run.keys.iter().zip(&before.key);
                let key = key.map(|(field, text)| {
                    let value = SqlValue::Text(text.clone());
                    fit(field.sql_type, value).map_err(|why| names.wrong(why))
                });
                run.last = Some(key.collect::<Result<_>>()?);
                run.done = before.rows;
            }
            _ => {}
        }
        let rest = rows.asking(run.behind(rows));
        run.of = run.done + rest.count(step.db).await?;
        step.progress(run.done, run.of);
        Ok(Some(run))
    }

    /// The rows behind the last one, in the order of their keys.
    fn behind(&self, rows: &HistoricalSet) -> Query {
        let query = rows.query.clone();
        match &self.last {
            Some(last) => {
                let bound = behind(rows.model.names(&query), &self.keys, last);
                query.with_filter(bound)
            }
            None => query,
        }
    }

    fn next(&self, rows: &HistoricalSet, size: usize) -> Query {
        let mut query = self.behind(rows);
        let names = rows.model.names(&query);
        let order = self.keys.iter().map(|field| OrderNode {
            node: column(names, field),
            sql_type: None,
            desc: false,
            nulls: None,
        });
        query.order.by = Some(order.collect());
        query.limit = Some(size as u64);
        query
    }

    /// The last key of the next batch, and how many rows are in it.
    async fn ends(
        &self,
        rows: &HistoricalSet,
        db: &dyn Executor,
        size: usize,
    ) -> Result<Option<(Vec<SqlValue>, usize)>> {
        let names: Vec<&str> = self.keys.iter().map(|field| field.column).collect();
        let next = rows.asking(self.next(rows, size));
        let found = next.values(names.iter().copied()).all(db).await?;
        let Some(last) = found.last() else { return Ok(None) };
        let key = names.iter().map(|name| last.value(name).cloned()).collect::<Result<_>>()?;
        Ok(Some((key, found.len())))
    }

    /// Keeps what a batch has done, with a note of how far it is.
    async fn keep(
        &mut self,
        step: &DataStep<'_>,
        unit: Unit,
        key: Vec<SqlValue>,
        count: usize,
    ) -> Result<()> {
        self.done += count as u64;
        if let (Some(resumable), Some(tx)) = (&step.resumable, unit.0) {
            let progress = self.progress(step, resumable, &key)?;
            record::note_progress(
                tx.executor(),
                resumable.migration,
                resumable.done,
                Some(&progress),
            )
            .await?;
            tx.commit().await?;
        }
        self.last = Some(key);
        // Rows that came meanwhile are rows too.
        self.of = self.of.max(self.done);
        step.progress(self.done, self.of);
        Ok(())
    }

    fn progress(
        &self,
        step: &DataStep<'_>,
        resumable: &Resumable<'_>,
        key: &[SqlValue],
    ) -> Result<Progress> {
        let no_text =
            || Error::usage("rows go in batches by keys that can be written down as text");
        let texts = key.iter().map(|value| value.text().ok_or_else(no_text));
        Ok(Progress {
            operation: resumable.place,
            forwards: step.forwards(),
            call: self.call,
            key: texts.collect::<Result<_>>()?,
            rows: self.done,
        })
    }
}

fn column(names: Names<'_>, field: &'static FieldMeta) -> Node {
    Node::Column { path: PathBuf::root(names.scope, names.model), field }
}

/// Rows with a greater key: `a >= 1 AND (a > 1 OR a = 1 AND b > 2)`, for which an index is of use.
fn behind(names: Names<'_>, keys: &[&'static FieldMeta], last: &[SqlValue]) -> Node {
    beyond(names, keys, last, (Comparison::Gt, Comparison::Gte))
}

/// Rows whose key is no greater.
fn until(names: Names<'_>, keys: &[&'static FieldMeta], last: &[SqlValue]) -> Node {
    let exactly = keys.iter().zip(last).map(|(field, value)| {
        let value = Node::Value(value.clone(), field.sql_type);
        Node::compare(Comparison::Eq, column(names, field), value)
    });
    let exactly = exactly.reduce(Node::and).unwrap_or(Node::Bool(true));
    beyond(names, keys, last, (Comparison::Lt, Comparison::Lte)).or(exactly)
}

fn beyond(
    names: Names<'_>,
    keys: &[&'static FieldMeta],
    last: &[SqlValue],
    (strict, loose): (Comparison, Comparison),
) -> Node {
    let ([field, fields @ ..], [value, values @ ..]) = (keys, last) else {
        return Node::Bool(false);
    };
    let compare = |comparison| {
        let value = Node::Value(value.clone(), field.sql_type);
        Node::compare(comparison, column(names, field), value)
    };
    if fields.is_empty() {
        return compare(strict);
    }
    let inside = compare(Comparison::Eq).and(beyond(names, fields, values, (strict, loose)));
    compare(loose).and(compare(strict).or(inside))
}
