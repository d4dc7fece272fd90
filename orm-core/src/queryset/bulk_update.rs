//! `bulk_update`: rows that are there, each with values of its own.

mod contended;
mod keys;

use super::{QuerySet, Runnable};
use crate::draft::{now, now_as};
use crate::execute;
use crate::expr::{Columns, places_of};
use crate::ir::tenant::check_tenant;
use crate::ir::{FieldMeta, ModelMeta, Query};
use crate::lifecycle::{BYTES, ROWS, next_version, writable};
use crate::model::{List, Model, OnFields};
use crate::query::{self, RowValues};
use contended::InOrder;
use keys::{Check, Keyed};
use orm_sql::error::{Error, Result};
use orm_sql::exec::{BoxFuture, Executor, Statement};
use orm_sql::value::{ItemList, Items, Problem, SqlType, SqlValue};
use std::ops::Range;
use std::sync::Arc;

/// A row of `M`, or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of `{M}`",
    label = "expected rows of `{M}`, or references to them"
)]
pub trait RowOf<M> {
    /// The row.
    fn row(&self) -> &M;
}

#[diagnostic::do_not_recommend]
impl<M: Model> RowOf<M> for M {
    fn row(&self) -> &M {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model> RowOf<M> for &M {
    fn row(&self) -> &M {
        self
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Writes some fields of rows that are there, each with its own values, and returns how many
    /// there were.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut books = Book::objects().all(&db).await?;
    /// # db.take();
    /// for book in &mut books {
    ///     book.pages += 1;
    /// }
    /// let written: u64 =
    ///     Book::objects().bulk_update(&db, &books, |b| (b.name(), b.pages())).await?;
    /// assert_sent!(
    ///     db,
    ///     "UPDATE book AS t0 SET name = t1.c1, pages = t1.c2 FROM UNNEST($1::bigint[],
    ///      $2::text[], $3::integer[]) AS t1 (c0, c1, c2) WHERE t0.id = t1.c0"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// It is one statement for any number of rows; very many go into several, which are one
    /// transaction. Rows that are gone, and those that the query set leaves out, are passed over:
    /// the count tells. Where a field counts the saves of a row, rows that somebody else has saved
    /// since they were read are passed over as well, and the others' count goes up.
    ///
    /// `auto_now` fields are written too, with one moment for all rows; Django leaves them as they
    /// are. The instances are not touched. No hooks run.
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row: none is written then. [`Error::Usage`] for a row that is
    /// given twice (by keys that are equal in the database), for no fields, for the key and for calculated columns.
    #[track_caller]
    pub fn bulk_update<'a, R: RowOf<M>, X: Columns<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        rows: impl List<R>,
        fields: impl OnFields<M, X>,
    ) -> BoxFuture<'a, Result<u64>>
    where
        S: Runnable<Of: Sized>,
    {
        let meta = M::meta();
        let places = places_of::<M, X>(fields).and_then(|places| writable(meta, places));
        let statements = places.and_then(|places| {
            let mut table = Table::new(meta, &places)?;
            let rows = rows.into_iter().map(|row| (keys::of(row.row()), row));
            let rows = keys::in_order(meta, rows)?;
            table.reserve(rows.len());
            let has_tenants = meta.tenant_fields().next().is_some();
            for Keyed { place, key, row } in rows {
                let value = |place| row.row().value(place);
                if has_tenants {
                    check_tenant(meta, value, db.as_dyn().tenancy())?;
                }
                table.add(place, key, value);
            }
            table.statements(self.query.on(db).into_owned())
        });
        // No closure: it would be the caller.
        let statements = match statements {
            Ok(mut made) => {
                for statement in &mut made.statements {
                    *statement = execute::trace(std::mem::take(statement), &self.query);
                }
                Ok(made)
            }
            Err(error) => Err(error),
        };
        Box::pin(async move {
            let (db, made) = (db.as_executor(), statements?);
            if let Some(check) = &made.check {
                check.ask(db).await?;
            }
            execute::again(db, || made.run::<M>(db)).await
        })
    }
}

/// What is asked and written.
struct Statements {
    /// What is asked before.
    check: Option<Check>,
    /// What locks the rows, for tables that many write at once.
    in_order: InOrder,
    statements: Vec<Statement>,
}

impl Statements {
    /// Runs the statements, all or none.
    async fn run<M: Model>(&self, db: &dyn Executor) -> Result<u64> {
        let call = self.in_order.begin();
        let lock = self.in_order.is_wanted(call.as_ref());
        let written = match (self.statements.as_slice(), lock) {
            ([], _) => Ok(0),
            ([one], false) => execute::change::<M>(db, one).await,
            (many, lock) => self.all::<M>(db, many, lock).await,
        };
        if let Err(Error::Deadlock(_)) = &written {
            self.in_order.remember();
        }
        written
    }

    async fn all<M: Model>(
        &self,
        db: &dyn Executor,
        statements: &[Statement],
        lock: bool,
    ) -> Result<u64> {
        let unit = db.begin().await?;
        if let (true, [first, ..]) = (lock, statements) {
            let lock = Statement { about: first.about, ..self.in_order.statement()? };
            execute::change::<M>(unit.executor(), &lock).await?;
        }
        let mut written = 0;
        for statement in statements {
            written += execute::change::<M>(unit.executor(), statement).await?;
        }
        unit.commit().await?;
        Ok(written)
    }
}

/// The values of rows by columns: of the keys first, of the written fields behind.
struct Table {
    meta: &'static ModelMeta,
    keys: Vec<&'static FieldMeta>,
    /// The places of the other columns among the model's fields, each with its field where that does
    /// not keep every value.
    places: Vec<(usize, Option<&'static FieldMeta>)>,
    columns: Vec<Vec<SqlValue>>,
    /// The places of the rows among those that were given.
    given: Vec<usize>,
    /// Where each statement's rows begin.
    starts: Vec<usize>,
    bytes: usize,
}

impl Table {
    fn new(meta: &'static ModelMeta, places: &[usize]) -> Result<Table> {
        if places.is_empty() {
            return Err(Error::usage(format!(
                "`bulk_update` of `{}` names no fields: say which to write, as in `|b| (b.name(), \
                 b.pages())`",
                meta.name
            )));
        }
        let at = |place: &usize| meta.fields.get(*place);
        let own = |place: &&usize| at(place).is_some_and(|f| !f.auto_now && !f.version);
        let mut places: Vec<usize> = places.iter().filter(own).copied().collect();
        places.extend(meta.version().map(|(place, _)| place));
        let keys: Vec<_> = meta.primary_key.iter().filter_map(at).collect();
        let columns = vec![Vec::new(); keys.len() + places.len()];
        let bounded = |place: &usize| at(place).filter(|field| field.is_bounded());
        let places = places.iter().map(|place| (*place, bounded(place))).collect();
        let (given, starts, bytes) = (Vec::new(), Vec::new(), 0);
        Ok(Table { meta, keys, places, columns, given, starts, bytes })
    }

    fn reserve(&mut self, rows: usize) {
        self.given.reserve_exact(rows);
        self.columns.iter_mut().for_each(|column| column.reserve_exact(rows));
    }

    #[inline]
    fn add(&mut self, place: usize, key: keys::Key, value: impl Fn(usize) -> SqlValue) {
        let row = self.given.len();
        self.given.push(place);
        let mut columns = self.columns.iter_mut();
        let mut bytes = 0;
        for (value, column) in key.into_iter().zip(columns.by_ref()) {
            bytes += value.size();
            column.push(value);
        }
        for (column, (place, bounded)) in columns.zip(&self.places) {
            let value = match bounded {
                None => value(*place),
                Some(field) => field.kept(value(*place)),
            };
            bytes += value.size();
            column.push(value);
        }
        let first = self.starts.last().copied();
        let full = self.bytes + bytes > BYTES || first.is_some_and(|first| row - first == ROWS);
        if first.is_none() || full {
            self.starts.push(row);
            self.bytes = 0;
        }
        self.bytes += bytes;
    }

    /// The statements that write the rows, and what is asked before.
    fn statements(self, query: Query) -> Result<Statements> {
        let rows = self.given.len();
        let Table { meta, keys, places, columns, starts, given, .. } = self;
        let auto_now: Vec<_> = meta.fields.iter().filter(|field| field.auto_now).collect();
        let now = now();
        let fields = keys.into_iter().map(|field| (field, true));
        let others = places.iter();
        let others = others.filter_map(|(place, _)| Some((meta.fields.get(*place)?, false)));
        let columns: Vec<(&'static FieldMeta, bool, Arc<Vec<SqlValue>>)> = fields
            .chain(others)
            .zip(columns)
            .map(|((field, key), values)| (field, key, Arc::new(values)))
            .collect();
        for (field, _, values) in &columns {
            refuse_binary(meta, field, values)?;
        }
        let keys = columns.iter().filter(|(_, key, _)| *key);
        let keys: Vec<_> = keys.map(|(field, _, values)| (*field, values.clone())).collect();
        let check = Check::new(meta, &keys, given);
        let ends = starts.iter().skip(1).copied().chain([rows]);
        let ranges = starts.iter().copied().zip(ends).map(|(start, end)| start..end);
        let statement = |range: Range<usize>| {
            let mut values = RowValues { keys: Vec::new(), fields: Vec::new(), all: Vec::new() };
            for (field, key, column) in &columns {
                let items = Part { values: column.clone(), range: range.clone() };
                let items = SqlValue::Items(Items::new(items));
                match (key, field.version) {
                    (true, _) => values.keys.push((*field, items)),
                    (false, false) => values.fields.push((*field, items)),
                    // Found by the version that was read, and written with the next one.
                    (false, true) => {
                        let part = column.get(range.clone()).unwrap_or_default();
                        let next: Vec<_> = part.iter().map(next_version).collect();
                        let next = Part { range: 0..next.len(), values: Arc::new(next) };
                        values.keys.push((*field, items));
                        values.fields.push((*field, SqlValue::Items(Items::new(next))));
                    }
                }
            }
            values.all = auto_now.iter().map(|field| (*field, now_as(field, &now))).collect();
            query::update_rows(&query, values)
        };
        let statements = ranges.map(statement).collect::<Result<_>>()?;
        Ok(Statements { check, in_order: InOrder::new(meta, query, keys), statements })
    }
}

/// A type that is known by its name only travels as text here, so its own binary form cannot.
fn refuse_binary(meta: &ModelMeta, field: &FieldMeta, values: &[SqlValue]) -> Result<()> {
    let named = matches!(field.sql_type.leaf(), SqlType::Named(_));
    if named && values.iter().any(|value| field.is_own_binary(value)) {
        return Err(Error::usage(format!(
            "`{}` of `{}` travels in a binary form of its own, which `bulk_update` cannot send: \
             save its rows one by one",
            field.name, meta.name
        )));
    }
    Ok(())
}

/// Some values of a column.
struct Part {
    values: Arc<Vec<SqlValue>>,
    range: Range<usize>,
}

static NULL: SqlValue = SqlValue::Null;

impl ItemList for Part {
    fn count(&self) -> usize {
        self.range.len()
    }

    fn item(&self, place: usize) -> &SqlValue {
        self.values.get(self.range.start + place).unwrap_or(&NULL)
    }

    fn try_each(
        &self,
        take: &mut dyn FnMut(&SqlValue) -> std::result::Result<(), Problem>,
    ) -> std::result::Result<(), Problem> {
        self.values.get(self.range.clone()).unwrap_or_default().iter().try_for_each(take)
    }
}
