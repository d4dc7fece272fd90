//! Very many drafts by COPY, with keys that are drawn before.
//!
//! COPY returns nothing, so it is taken where the rows are known without it: where the database makes
//! nothing but the key, and keeps every other value as it is given. The keys come from the sequence by
//! a query, which gives none where the table has something that might change a row (a trigger before
//! the insertion, a rule), or that refuses COPY (policies). What the server does not take by COPY is
//! inserted in the usual way: so it is said what is wrong in the usual words.
//!
//! Not within a transaction of the caller's: a COPY that is refused while rows are still on their way
//! can cost the connection, and with it what the caller has done before.

use super::columns::InColumns;
use super::insertion::{Insertion, Kind};
use crate::execute;
use crate::ir::{FieldMeta, ModelMeta};
use crate::model::Model;
use crate::query::{self, Returning};
use crate::row::{Decoder, Reader};
use bytes::{BufMut, BytesMut};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::About;
use orm_sql::exec::{Executor, OutputColumn, RowSource, Statement, TakesRow};
use orm_sql::row::Cells;
use orm_sql::schema::TableName;
use orm_sql::sql::catalogue;
use orm_sql::value::{SqlType, SqlValue, next_cell, write_cell};
use std::task::{Context, Poll};
use std::vec;

/// From so many rows on. The query for the keys and the transaction are three round trips more, and
/// COPY has caught up with arrays at some 2,000 rows of a few columns.
const ROWS: usize = 4_000;

/// Rows that can be copied: the columns of all fields but the key, and the place of that.
pub(crate) struct Copied {
    model: &'static ModelMeta,
    key: usize,
    parts: Vec<InColumns>,
}

/// The place of the key, where rows of a kind can be copied as far as the model tells.
pub(super) fn drawn_key(insertion: &Insertion, kind: &Kind, rows: usize) -> Option<usize> {
    let model = insertion.model;
    let [key] = *model.primary_key else { return None };
    let known = |(place, field): (usize, &FieldMeta)| match place == key {
        true => field.identity && kind.leaves(place),
        false => !kind.leaves(place) && is_kept(field.sql_type),
    };
    let plain = insertion.conflict.is_none() && insertion.returning == Returning::Rows;
    let copied = rows >= ROWS && plain && !kind.is_odd() && model.link().is_none();
    (copied && model.fields.iter().enumerate().all(known)).then_some(key)
}

/// True for types of which the server gives every value back as it was sent.
fn is_kept(sql_type: SqlType) -> bool {
    use SqlType::{Bool, Bytea, Date, Float4, Float8, Int2, Int4, Int8, Text, Time};
    use SqlType::{Timestamp, TimestampTz, Uuid};
    matches!(sql_type, Bool | Int2 | Int4 | Int8 | Float4 | Float8 | Text | Bytea | Date | Time)
        || matches!(sql_type, Timestamp | TimestampTz | Uuid)
}

impl Copied {
    pub(super) fn new(model: &'static ModelMeta, key: usize, parts: Vec<InColumns>) -> Copied {
        Copied { model, key, parts }
    }

    fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Inserts the rows, and returns them in their order; `None` where it was not done.
    ///
    /// # Errors
    ///
    /// What has nothing to do with COPY, such as a lost connection.
    pub(crate) async fn insert<M: Model>(&self, db: &dyn Executor) -> Result<Option<Vec<M>>> {
        if db.in_transaction() {
            return Ok(None);
        }
        let keys = match self.keys(db).await {
            Ok(keys) if keys.len() == self.rows() => keys,
            Ok(_) => return Ok(None),
            Err(error) => return given_up(error),
        };
        let Some(columns) = self.parts.iter().map(|part| self.columns(part)).collect() else {
            return Ok(None);
        };
        let mut rows = Rows::<M>::new(self, columns, keys);
        let unit = db.begin().await?;
        match self.copy(unit.executor(), &mut rows).await {
            Ok(_) => match unit.commit().await {
                Ok(()) => Ok(Some(rows.made)),
                Err(error) => given_up(error),
            },
            Err(error) => {
                // Where that fails, the connection is lost, and it is undone as well.
                let _ = unit.rollback().await;
                given_up(error)
            }
        }
    }

    /// As many keys as there are rows, or none.
    async fn keys(&self, db: &dyn Executor) -> Result<Vec<i64>> {
        let Some(field) = self.model.fields.get(self.key) else { return Ok(Vec::new()) };
        let schema = self.model.schema.map(str::to_owned);
        let table = TableName { schema, name: self.model.table.to_owned() };
        let count = i64::try_from(self.rows()).unwrap_or_default();
        let (model, sql_type) = (self.model.name, SqlType::Array(&SqlType::Int8));
        let about = About { model: Some(self.model), ..About::default() };
        let statement = Statement {
            sql: catalogue::DRAWN_KEYS.into(),
            params: vec![
                (SqlValue::Text(table.quoted()), SqlType::Text),
                (SqlValue::Text(field.column.to_owned()), SqlType::Text),
                (SqlValue::I64(count), SqlType::Int8),
            ],
            columns: [OutputColumn { model, field: "the keys", sql_type }].into(),
            cached: true,
            about,
            ..Statement::default()
        };
        let decoder = Decoder::Fn(|row| row.column::<Option<Vec<i64>>>());
        let keys = execute::rows(db, &statement, &decoder).await?;
        Ok(keys.into_iter().flatten().next().unwrap_or_default())
    }

    /// The cells of each field, of which the key has none; `None` where there are other values.
    fn columns<'p>(&self, part: &'p InColumns) -> Option<Vec<&'p [u8]>> {
        let mut given = part.items.iter();
        let cells = |(place, field): (usize, &FieldMeta)| match place == self.key {
            true => Some(&[][..]),
            false => given.next()?.cells(field.sql_type),
        };
        self.model.fields.iter().enumerate().map(cells).collect()
    }

    async fn copy(&self, db: &dyn Executor, rows: &mut dyn RowSource) -> Result<u64> {
        let fields: Vec<&'static FieldMeta> = self.model.fields.iter().collect();
        db.copy_in(&query::copy_in(self.model, &fields), rows).await
    }
}

/// What is wrong with a row, or with COPY, is left to the usual way.
fn given_up<T>(error: Error) -> Result<Option<T>> {
    let refused = |code: &str| REFUSED.iter().any(|class| code.starts_with(class));
    match error.sqlstate().is_some_and(refused) || matches!(error, Error::Encode { .. }) {
        true => Ok(None),
        false => Err(error),
    }
}

/// Classes of errors that are about what is inserted, or how: features, data, constraints, access
/// and names, and what triggers raise.
const REFUSED: [&str; 6] = ["0A", "22", "23", "42", "44", "P0"];

/// The rows with their keys. Each is read as it is sent: so it is as it will be in the database.
struct Rows<'p, M> {
    model: &'static ModelMeta,
    key: usize,
    /// The cells that are left, by part and column.
    parts: vec::IntoIter<Vec<&'p [u8]>>,
    part: Vec<&'p [u8]>,
    keys: vec::IntoIter<i64>,
    made: Vec<M>,
}

impl<'p, M: Model> Rows<'p, M> {
    fn new(copied: &Copied, parts: Vec<Vec<&'p [u8]>>, keys: Vec<i64>) -> Self {
        let Copied { model, key, .. } = *copied;
        let made = Vec::with_capacity(keys.len());
        let mut parts = parts.into_iter();
        let part = parts.next().unwrap_or_default();
        Rows { model, key, parts, part, keys: keys.into_iter(), made }
    }

    /// Writes the next row, and reads it.
    fn write(&mut self, key: i64, out: &mut BytesMut) -> Result<()> {
        let is_left = |(place, cells): (usize, &&[u8])| place == self.key || !cells.is_empty();
        if !self.part.iter().enumerate().all(is_left) {
            self.part = self.parts.next().unwrap_or_default();
        }
        let width = i16::try_from(self.part.len()).map_err(|_| refused("has too many columns"))?;
        out.put_i16(width);
        let start = out.len();
        for (place, (cells, field)) in self.part.iter_mut().zip(self.model.fields).enumerate() {
            if place == self.key {
                write_key(key, field.sql_type, out)?;
            } else {
                out.extend_from_slice(take_cell(cells));
            }
        }
        let row = Row(out.get(start..).unwrap_or_default());
        let made = M::decode(&mut Reader::new(&row));
        self.made.push(made.map_err(|error| refused(&error.error.to_string()))?);
        Ok(())
    }

    /// The same as values.
    fn values(&mut self, key: i64, taker: &mut dyn TakesRow) -> Result<()> {
        let mut row = BytesMut::new();
        self.write(key, &mut row)?;
        let mut cells = row.get(2..).unwrap_or_default();
        for field in self.model.fields {
            let value = match next_cell(&mut cells) {
                Some(raw) => field.sql_type.read(raw).map_err(Error::Other)?,
                None => SqlValue::Null,
            };
            taker.value(&value)?;
        }
        Ok(())
    }
}

impl<M: Model> RowSource for Rows<'_, M> {
    fn poll_row(&mut self, _: &mut Context<'_>, taker: &mut dyn TakesRow) -> Poll<Result<bool>> {
        let Some(key) = self.keys.next() else { return Poll::Ready(Ok(false)) };
        let written = match taker.encoded() {
            Some(out) => self.write(key, out),
            None => self.values(key, taker),
        };
        Poll::Ready(written.map(|()| true))
    }

    fn sent(&mut self, _: u64) {}
}

/// A row that cannot go this way.
#[cold]
fn refused(why: &str) -> Error {
    Error::Encode { position: 0, message: why.to_owned() }
}

fn write_key(key: i64, sql_type: SqlType, out: &mut BytesMut) -> Result<()> {
    let too_large = |_| refused("has a key that its column cannot hold");
    let value = match sql_type {
        SqlType::Int2 => SqlValue::I16(i16::try_from(key).map_err(too_large)?),
        SqlType::Int4 => SqlValue::I32(i32::try_from(key).map_err(too_large)?),
        _ => SqlValue::I64(key),
    };
    match write_cell(&value, sql_type, out) {
        true => Ok(()),
        false => Err(refused("has a key of another type")),
    }
}

/// The next of some cells with its length, which it takes away.
fn take_cell<'c>(cells: &mut &'c [u8]) -> &'c [u8] {
    let all = *cells;
    next_cell(cells);
    all.get(..all.len() - cells.len()).unwrap_or_default()
}

/// The cells of a row, each behind its length.
struct Row<'r>(&'r [u8]);

impl Cells for Row<'_> {
    fn cell(&self, index: usize) -> Option<&[u8]> {
        let mut cells = self.0;
        for _ in 0..index {
            next_cell(&mut cells);
        }
        next_cell(&mut cells)
    }

    fn as_sent(&self) -> Option<&[u8]> {
        Some(self.0)
    }
}
