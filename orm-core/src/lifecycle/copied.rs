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
use crate::row::{Decoder, EncodedRows, Reader};
use bytes::{Buf, Bytes};
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::About;
use orm_sql::exec::{Executor, OutputColumn, RowSource, Statement, TakesRow};
use orm_sql::schema::TableName;
use orm_sql::sql::catalogue;
use orm_sql::value::{SqlType, SqlValue, next_cell};
use std::task::{Context, Poll};

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
        let Some((models, sent)) = self.models(&keys) else { return Ok(None) };
        let unit = db.begin().await?;
        match self.copy(unit.executor(), sent).await {
            Ok(_) => match unit.commit().await {
                Ok(()) => Ok(Some(models)),
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
    async fn keys(&self, db: &dyn Executor) -> Result<Vec<SqlValue>> {
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
        let keys = keys.into_iter().flatten().flatten();
        let keys: Option<_> = keys.map(|key| as_key(key, field.sql_type)).collect();
        Ok(keys.unwrap_or_default())
    }

    /// The rows as they will be in the database, and as they are sent; `None` where one cannot be.
    fn models<M: Model>(&self, keys: &[SqlValue]) -> Option<(Vec<M>, Bytes)> {
        let mut models = Vec::with_capacity(keys.len());
        let mut sent = EncodedRows::default();
        let mut keys = keys.iter();
        for part in &self.parts {
            let mut columns = self.columns(part)?;
            for key in keys.by_ref().take(part.rows) {
                self.encode(key, &mut columns, &mut sent)?;
                models.push(M::decode(&mut Reader::new(&sent)).ok()?);
            }
        }
        Some((models, sent.into_bytes()))
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

    /// Takes the next cell of each column.
    fn encode(&self, key: &SqlValue, columns: &mut [&[u8]], sent: &mut EncodedRows) -> Option<()> {
        sent.begin(i16::try_from(columns.len()).ok()?);
        for (place, cells) in columns.iter_mut().enumerate() {
            match self.model.fields.get(place).filter(|_| place == self.key) {
                Some(field) => sent.add(key, field.sql_type)?,
                None => sent.add_cell(next_cell(cells))?,
            }
        }
        Some(())
    }

    async fn copy(&self, db: &dyn Executor, sent: Bytes) -> Result<u64> {
        let fields: Vec<&'static FieldMeta> = self.model.fields.iter().collect();
        let copy = query::copy_in(self.model, &fields);
        let mut rows = Rows { model: self.model, sent };
        db.copy_in(&copy, &mut rows).await
    }
}

fn as_key(key: i64, sql_type: SqlType) -> Option<SqlValue> {
    match sql_type {
        SqlType::Int2 => i16::try_from(key).ok().map(SqlValue::I16),
        SqlType::Int4 => i32::try_from(key).ok().map(SqlValue::I32),
        _ => Some(SqlValue::I64(key)),
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

/// The rows with their keys, as they are sent.
struct Rows {
    model: &'static ModelMeta,
    sent: Bytes,
}

impl Rows {
    /// The values of the next row.
    fn next(&mut self, taker: &mut dyn TakesRow) -> Result<bool> {
        let Some((_, mut cells)) = self.sent.split_first_chunk::<2>() else { return Ok(false) };
        for field in self.model.fields {
            let value =
                next_cell(&mut cells).map_or(Ok(SqlValue::Null), |raw| field.sql_type.read(raw));
            taker.value(&value.map_err(Error::Other)?)?;
        }
        let read = self.sent.len() - cells.len();
        self.sent.advance(read);
        Ok(true)
    }
}

impl RowSource for Rows {
    fn poll_row(&mut self, _: &mut Context<'_>, taker: &mut dyn TakesRow) -> Poll<Result<bool>> {
        Poll::Ready(self.next(taker))
    }

    fn encoded(&mut self) -> Option<Bytes> {
        Some(std::mem::take(&mut self.sent))
    }

    fn sent(&mut self, _: u64) {}
}
