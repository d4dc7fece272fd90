//! `bulk_update`: rows that are there, each with values of its own.

mod contended;
mod keys;
mod table;

use super::{QuerySet, Runnable};
use crate::draft::{now, now_as};
use crate::execute;
use crate::expr::{Columns, places_of};
use crate::ir::tenant::check_tenant;
use crate::ir::{ModelMeta, Query};
use crate::lifecycle::{self, next_version, writable};
use crate::model::{InRow, List, Model, OnFields};
use crate::query::{self, RowValues};
use contended::InOrder;
use keys::Check;
use orm_sql::error::{Error, Result};
use orm_sql::exec::{BoxFuture, Executor, Statement, Tenancy};
use orm_sql::value::{Items, SqlValue};
use std::marker::PhantomData;
use std::mem;
use table::{Filled, Table, Values, Written};

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
        let statements = places_of::<M, X>(fields).and_then(|places| {
            let rows = Rows(rows.into_iter().collect::<Vec<R>>(), PhantomData::<M>);
            let (query, tenancy) = (self.query.on(db).into_owned(), db.as_dyn().tenancy());
            statements(M::meta(), &rows, places, query, tenancy)
        });
        // No closure: it would be the caller.
        let statements = match statements {
            Ok(mut made) => {
                for statement in &mut made.statements {
                    *statement = execute::trace(mem::take(statement), &self.query);
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

/// The rows of a call, by their places.
struct Rows<M, R>(Vec<R>, PhantomData<M>);

/// The same, whatever their type.
trait AnyRows {
    fn count(&self) -> usize;
    /// What a row has in a column.
    fn held(&self, row: usize, place: usize) -> InRow<'_>;
    /// True where a column has integers, each larger than the one before.
    fn are_ascending(&self, place: usize) -> bool;
    /// Writes what rows have in some columns as the next values of these.
    fn write(&self, order: &[usize], written: &[Written], columns: &mut lifecycle::Columns);
}

impl<M: Model, R: RowOf<M>> AnyRows for Rows<M, R> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn held(&self, row: usize, place: usize) -> InRow<'_> {
        match self.0.get(row) {
            Some(row) => row.row().held(place),
            None => InRow::Null,
        }
    }

    fn are_ascending(&self, place: usize) -> bool {
        let mut last = i64::MIN;
        let mut numbers = self.0.iter().map(|row| row.row().held(place).number());
        numbers.all(|number| number.is_some_and(|number| mem::replace(&mut last, number) < number))
    }

    fn write(&self, order: &[usize], written: &[Written], columns: &mut lifecycle::Columns) {
        for row in order.iter().filter_map(|row| self.0.get(*row)).map(R::row) {
            let mut bytes = 0;
            for (column, Written { place, bounded }) in columns.begin_row().iter_mut().zip(written)
            {
                let held = row.held(*place);
                bytes += match bounded {
                    None => column.write(held),
                    Some(field) => column.push(field.kept(held.value())),
                };
            }
            columns.end_row(bytes);
        }
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
        for statement in unit.up_to_end(statements) {
            written += execute::change::<M>(unit.executor(), statement).await?;
        }
        unit.commit().await?;
        Ok(written)
    }
}

/// The statements that write the rows, and what is asked before.
fn statements(
    meta: &'static ModelMeta,
    rows: &dyn AnyRows,
    places: Vec<usize>,
    query: Query,
    tenancy: &Tenancy,
) -> Result<Statements> {
    let places = writable(meta, places)?;
    let order = keys::in_order(meta, rows)?;
    let mut table = Table::new(meta, &places, order.len())?;
    if meta.tenant_fields().next().is_some() {
        for row in &order {
            check_tenant(meta, |place| rows.held(*row, place).value(), tenancy)?;
        }
    }
    table.add(rows, &order);
    let span = keys::span(meta, rows, &order);
    of_table(meta, query, table.filled()?, order, span)
}

fn of_table(
    meta: &'static ModelMeta,
    query: Query,
    filled: Filled,
    order: Vec<usize>,
    span: Option<(Vec<SqlValue>, Vec<SqlValue>)>,
) -> Result<Statements> {
    let Filled { statements, keys } = filled;
    let now = now();
    let auto_now: Vec<_> = meta.fields.iter().filter(|field| field.auto_now).collect();
    let check = Check::new(meta, &keys, order);
    let statement = |(keys, fields): (Vec<Values>, Vec<Values>)| {
        let sent = |(field, items): Values| (field, SqlValue::Items(items));
        let mut values = RowValues {
            keys: keys.into_iter().map(sent).collect(),
            fields: Vec::with_capacity(fields.len()),
            all: auto_now.iter().map(|field| (*field, now_as(field, &now))).collect(),
        };
        for (field, items) in fields {
            if field.version {
                // Found by the version that was read, and written with the next one.
                let next: Vec<_> = items.to_vec().iter().map(next_version).collect();
                values.keys.push((field, SqlValue::Items(items)));
                values.fields.push((field, SqlValue::Items(Items::new(next))));
            } else {
                values.fields.push((field, SqlValue::Items(items)));
            }
        }
        query::update_rows(&query, values)
    };
    let statements = statements.into_iter().map(statement).collect::<Result<_>>()?;
    Ok(Statements { check, in_order: InOrder::new(meta, query, keys, span), statements })
}
