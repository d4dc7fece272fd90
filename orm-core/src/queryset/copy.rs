//! `copy_in` and `copy_out`: many rows by COPY.

use super::{Free, QuerySet, Runnable};
use crate::draft::{Complete, Draft, DraftOf, Now, Plain, RawDraft, Row, now};
use crate::execute;
use crate::ir::{FieldMeta, ModelMeta, Query};
use crate::model::{List, Model};
use crate::query::{self, InsertValue};
use futures_core::Stream;
use orm_sql::error::{Error, Result};
use orm_sql::exec::instrumentation::one_call;
use orm_sql::exec::{BoxFuture, ByteSink, CopyOut as Outgoing, Executor, RowSource, TakesRow};
use orm_sql::sql::CopyFormat;
use orm_sql::value::SqlValue;
use std::future::{IntoFuture, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::task::{Context, Poll};

/// A row of a COPY: a draft, or the result of making one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a complete draft of `{M}`",
    label = "expected drafts of `{M}` with every required field, or `Result`s of them",
    note = "write `draft!({M} {{ … }})`"
)]
pub trait CopyRow<M> {
    /// The values.
    ///
    /// # Errors
    ///
    /// What went wrong when it was made.
    fn into_draft(self) -> Result<RawDraft>;
}

#[diagnostic::do_not_recommend]
impl<M: Model, D: DraftOf<M> + Complete> CopyRow<M> for D {
    fn into_draft(self) -> Result<RawDraft> {
        Ok(self.into_raw())
    }
}

#[diagnostic::do_not_recommend]
impl<M: Model, D: DraftOf<M> + Complete> CopyRow<M> for Result<D> {
    fn into_draft(self) -> Result<RawDraft> {
        self.map(Draft::into_raw)
    }
}

impl<M: Model, O> QuerySet<M, O, Free> {
    /// Inserts the rows of drafts by COPY, the fastest way in, and returns how many there were.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let drafts = ["sea", "poetry"].map(|name| draft!(Tag { name }));
    /// let rows: u64 = Tag::objects().copy_in(&db, drafts).await?;
    /// assert_sent!(db, "COPY tag (name) FROM STDIN (FORMAT binary)");
    /// # Ok(()) })
    /// ```
    ///
    /// The drafts are read one after another while they are sent, so that an iterator may make
    /// them as they are needed. They may also be `Result`s, whose first error ends the COPY.
    ///
    /// Defaults in Rust are filled in. COPY has the same columns for all rows: what the first draft
    /// leaves to the database (its key, as a rule), all drafts must leave to it. Rows are not
    /// returned, and expressions cannot be values: `bulk_create` does both. Behind a pooler in
    /// transaction mode, COPY in either direction must stand in a transaction.
    ///
    /// # Errors
    ///
    /// The constraint that refuses a row, [`Error::Encode`] for a value that cannot be sent,
    /// [`Error::Usage`] for drafts that differ in their columns: each with the place of the row
    /// where it is known, from 1. No row is inserted then.
    pub fn copy_in<'a, D: CopyRow<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        drafts: impl List<D, IntoIter: Send + 'a>,
    ) -> CopyIn<'a, M> {
        let mut drafts = drafts.into_iter();
        CopyIn::new(
            db.as_executor(),
            Box::new(move |_| Poll::Ready(drafts.next().map(D::into_draft))),
        )
    }

    /// [`copy_in`](Self::copy_in) of a stream: drafts that are made by waiting for something, such
    /// as a file or another database.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let names = stream::iter(["sea", "poetry"]);
    /// let drafts = names.map(|name| draft!(Tag { name }));
    /// let rows: u64 = Tag::objects().copy_in_stream(&db, drafts).await?;
    /// assert_sent!(db, "COPY tag (name) FROM STDIN (FORMAT binary)");
    /// # Ok(()) })
    /// ```
    pub fn copy_in_stream<'a, D: CopyRow<M>>(
        &self,
        db: &'a (impl Executor + ?Sized),
        drafts: impl Stream<Item = D> + Send + 'a,
    ) -> CopyIn<'a, M> {
        let mut drafts = Box::pin(drafts);
        let next = move |cx: &mut Context<'_>| {
            drafts.as_mut().poll_next(cx).map(|draft| draft.map(D::into_draft))
        };
        CopyIn::new(db.as_executor(), Box::new(next))
    }
}

type Next<'a> = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<Result<RawDraft>>> + Send + 'a>;
type Progress<'a> = Box<dyn FnMut(u64) + Send + 'a>;

/// Rows to be copied in: what [`copy_in`](QuerySet::copy_in) returns. `.await` sends them.
#[must_use = "nothing is sent before `.await`"]
pub struct CopyIn<'a, M> {
    db: &'a dyn Executor,
    next: Next<'a>,
    progress: Option<Progress<'a>>,
    model: PhantomData<fn() -> M>,
}

impl<'a, M: Model> CopyIn<'a, M> {
    fn new(db: &'a dyn Executor, next: Next<'a>) -> Self {
        CopyIn { db, next, progress: None, model: PhantomData }
    }

    /// Calls a function with the number of rows sent so far, again and again and at the end. They
    /// are there only when the COPY has ended well.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let drafts = ["sea", "poetry"].map(|name| draft!(Tag { name }));
    /// let mut sent = 0;
    /// Tag::objects().copy_in(&db, drafts).on_progress(|rows| sent = rows).await?;
    /// assert_eq!(sent, 2);
    /// # Ok(()) })
    /// ```
    pub fn on_progress(mut self, progress: impl FnMut(u64) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

impl<'a, M: Model> IntoFuture for CopyIn<'a, M> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        let CopyIn { db, mut next, progress, model: _ } = self;
        let meta = M::meta();
        one_call(Box::pin(async move {
            query::has_table(meta, "copy_in")?;
            if meta.link().is_some() {
                return Err(Error::usage(format!(
                    "`copy_in` of `{}`, whose rows stand in several tables, and COPY fills one: use \
                     `bulk_create`, which fills all of them",
                    meta.name
                )));
            }
            let Some(first) = poll_fn(&mut next).await else { return Ok(0) };
            let now = now();
            let first = values_of(first?, db, &now, 1)?;
            let is_given = |value: &Option<_>| *value != Some(InsertValue::Default);
            let given: Vec<bool> = first.iter().map(is_given).collect();
            let fields: Vec<&'static FieldMeta> = meta
                .fields
                .iter()
                .zip(&given)
                .filter_map(|(f, given)| given.then_some(f))
                .collect();
            if fields.is_empty() {
                return Err(Error::usage(format!(
                    "the drafts of `{}` leave every column to the database, and COPY needs one: use \
                     `bulk_create`",
                    meta.name
                )));
            }
            let copy = query::copy_in(meta, &fields);
            let first = Some(first);
            let plain = Plain::new(meta, |place| given.get(place).is_some_and(|given| *given));
            let mut rows = Rows { db, meta, given, plain, first, next, now, read: 0, progress };
            let sent = db.copy_in(&copy, &mut rows).await;
            sent.map_err(|error| error.of_model(meta.name, meta.table))
        }))
    }
}

/// Drafts as rows of the columns that the first one gives.
struct Rows<'a> {
    db: &'a dyn Executor,
    meta: &'static ModelMeta,
    /// Which fields the first one gives, by place.
    given: Vec<bool>,
    plain: Plain,
    first: Option<Row>,
    next: Next<'a>,
    /// The moment of all rows.
    now: Now,
    read: u64,
    progress: Option<Progress<'a>>,
}

impl RowSource for Rows<'_> {
    fn poll_row(&mut self, cx: &mut Context<'_>, row: &mut dyn TakesRow) -> Poll<Result<bool>> {
        if let Some(first) = self.first.take() {
            self.read += 1;
            return Poll::Ready(self.fill(&first, row).map(|()| true));
        }
        let mut next = (self.next)(cx);
        // Most of them are written from where they are.
        if let Poll::Ready(Some(Ok(draft))) = &mut next
            && row.encoded().is_some_and(|out| self.plain.write(draft, out))
        {
            self.read += 1;
            draft.reuse();
            return Poll::Ready(Ok(true));
        }
        match next {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(Ok(false)),
            Poll::Ready(Some(draft)) => {
                self.read += 1;
                let values = draft.and_then(|draft| self.values_of(draft));
                Poll::Ready(values.and_then(|values| self.fill(&values, row)).map(|()| true))
            }
        }
    }

    fn sent(&mut self, rows: u64) {
        if let Some(progress) = &mut self.progress {
            progress(rows);
        }
    }
}

impl Rows<'_> {
    fn values_of(&self, draft: RawDraft) -> Result<Row> {
        values_of(draft, self.db, &self.now, self.read)
    }

    fn fill(&self, values: &Row, row: &mut dyn TakesRow) -> Result<()> {
        for (place, (value, wanted)) in values.iter().zip(&self.given).enumerate() {
            match (value, *wanted) {
                (Some(InsertValue::Value(value)), true) => {
                    if self.is_own_binary(place, value) {
                        return Err(self.refused(place, OWN_BINARY));
                    }
                    row.value(value)?;
                }
                (Some(InsertValue::Default) | None, false) => {}
                (Some(InsertValue::Node(_)), true) => return Err(self.refused(place, EXPRESSION)),
                (Some(InsertValue::Default) | None, true) => {
                    return Err(self.refused(place, LEFT_OUT));
                }
                (_, false) => return Err(self.refused(place, GIVEN)),
            }
        }
        Ok(())
    }

    fn is_own_binary(&self, place: usize, value: &SqlValue) -> bool {
        self.meta.fields.get(place).is_some_and(|field| field.is_own_binary(value))
    }

    #[cold]
    fn refused(&self, place: usize, message: &str) -> Error {
        let field = self.meta.fields.get(place).map_or("", |field| field.name);
        let (model, row) = (self.meta.name, self.read);
        Error::usage(format!(
            "`{field}` of `{model}` in row {row} of `copy_in` {message}; use `bulk_create`"
        ))
    }
}

const OWN_BINARY: &str = "travels in a binary form of its own, which COPY cannot send here";
const EXPRESSION: &str = "is an expression, and COPY takes values only";
const LEFT_OUT: &str = "is left to the database, which the first row does not: COPY has the same \
                        columns for all rows";
const GIVEN: &str = "has a value, and the first row leaves it to the database: COPY has the same \
                     columns for all rows";

/// The values of a draft, by the places of the model's fields.
fn values_of(mut draft: RawDraft, db: &dyn Executor, now: &Now, row: u64) -> Result<Row> {
    draft.give_tenant(db.tenancy())?;
    draft.into_row(now).map_err(|error| match error {
        Error::Usage(message) => Error::Usage(format!("row {row} of `copy_in`: {message}")),
        other => other,
    })
}

/// Takes what `copy_out` writes: any `tokio::io::AsyncWrite` where the feature `tokio` is on (a
/// file, a socket, a `Vec<u8>`), or a type of your own.
pub trait CopyWriter: Send {
    /// Writes all of the bytes.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    fn write_all<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>>;

    /// Sees to it that what was written is not kept back.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn flush(&mut self) -> BoxFuture<'_, io::Result<()>>;
}

#[cfg(not(feature = "tokio"))]
impl CopyWriter for Vec<u8> {
    fn write_all<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        self.extend_from_slice(bytes);
        Box::pin(async { Ok(()) })
    }
    fn flush(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

#[cfg(feature = "tokio")]
#[diagnostic::do_not_recommend]
impl<W: tokio::io::AsyncWrite + Send + Unpin> CopyWriter for W {
    fn write_all<'a>(&'a mut self, mut bytes: &'a [u8]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async move {
            while !bytes.is_empty() {
                let written =
                    poll_fn(|cx| std::pin::Pin::new(&mut *self).poll_write(cx, bytes)).await?;
                if written == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                bytes = bytes.get(written..).unwrap_or_default();
            }
            Ok(())
        })
    }
    fn flush(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(poll_fn(|cx| std::pin::Pin::new(&mut *self).poll_flush(cx)))
    }
}

impl<M: Model, O, S> QuerySet<M, O, S> {
    /// Writes the rows as text, as the server sends them, and returns how many there were: as CSV,
    /// or by [`format`](CopyOut::format), with a line of names by [`header`](CopyOut::header).
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut file = Vec::new();
    /// let books = Book::objects().filter(|b| b.pages().gt(100)).values(|b| (b.id(), b.name()));
    /// let rows: u64 = books.copy_out(&db, &mut file).header(true).await?;
    /// assert_sent!(
    ///     db,
    ///     "COPY (SELECT t0.id, t0.name FROM book AS t0 WHERE t0.pages > ('100'::integer)) TO
    ///      STDOUT (FORMAT csv, HEADER)"
    /// );
    /// # Ok(()) })
    /// ```
    ///
    /// No row is decoded, and memory stays bounded. The server takes no parameters here, so values
    /// stand in the text as quoted literals with their types; instrumentation sees
    /// placeholders.
    ///
    /// # Errors
    ///
    /// What the server reports; what the writer fails with, as [`Error::Other`];
    /// [`Error::Usage`] for a query set that prefetches, whose rows are no rows of one statement.
    pub fn copy_out<'a>(
        &self,
        db: &'a (impl Executor + ?Sized),
        writer: &'a mut impl CopyWriter,
    ) -> CopyOut<'a>
    where
        S: Runnable<Of: Sized>,
    {
        let mut query = self.query.on(db).into_owned();
        if !self.prefetches.is_empty() {
            query.fail(|| {
                "`copy_out` after `prefetch_related`: related rows are loaded by statements of \
                 their own; copy them out by themselves"
                    .to_owned()
            });
        }
        CopyOut { db: db.as_executor(), query, writer, format: CopyFormat::Csv, header: false }
    }
}

/// Rows to be written: what [`copy_out`](QuerySet::copy_out) returns. `.await` writes them.
#[must_use = "nothing is written before `.await`"]
pub struct CopyOut<'a> {
    db: &'a dyn Executor,
    query: Query,
    writer: &'a mut dyn CopyWriter,
    format: CopyFormat,
    header: bool,
}

impl CopyOut<'_> {
    /// The format; CSV where nothing is said.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut file = Vec::new();
    /// Tag::objects().copy_out(&db, &mut file).format(CopyFormat::Text).await?;
    /// assert_sent!(db, "COPY (SELECT t0.id, t0.name FROM tag AS t0) TO STDOUT");
    /// # Ok(()) })
    /// ```
    pub fn format(mut self, format: CopyFormat) -> Self {
        self.format = format;
        self
    }

    /// Whether the first line has the names of the columns. For [`CopyFormat::Text`] that needs
    /// PostgreSQL 15.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// # let mut file = Vec::new();
    /// Tag::objects().copy_out(&db, &mut file).header(true).await?;
    /// assert_sent!(
    ///     db,
    ///     "COPY (SELECT t0.id, t0.name FROM tag AS t0) TO STDOUT (FORMAT csv, HEADER)"
    /// );
    /// # Ok(()) })
    /// ```
    pub fn header(mut self, header: bool) -> Self {
        self.header = header;
        self
    }
}

impl<'a> IntoFuture for CopyOut<'a> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Result<u64>>;

    #[track_caller]
    fn into_future(self) -> Self::IntoFuture {
        let CopyOut { db, query, writer, format, header } = self;
        let copy = match query::copy_out(&query, format, header) {
            Ok(copy) => Ok(Outgoing { statement: execute::trace(copy.statement, &query), ..copy }),
            Err(error) => Err(error),
        };
        Box::pin(async move {
            let copy = copy?;
            let lines = db.copy_out(&copy, &mut Into(writer)).await?;
            writer.flush().await.map_err(Error::other)?;
            Ok(lines.saturating_sub(u64::from(header)))
        })
    }
}

/// A writer as an executor sees it.
struct Into<'w>(&'w mut dyn CopyWriter);

impl ByteSink for Into<'_> {
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> BoxFuture<'a, Result<()>> {
        let written = self.0.write_all(bytes);
        Box::pin(async move { written.await.map_err(Error::other) })
    }
}
