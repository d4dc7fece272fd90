//! Streams: rows one after another, in bounded memory.

mod whole;

use super::{QuerySet, Runnable, raw};
use crate::execute;
use crate::execute::{Plan, traced};
use crate::ir::ModelMeta;
use crate::model::Model;
use crate::query;
use crate::row::{Decoder, Reader};
use futures_core::Stream;
use orm_sql::error::Result;
use orm_sql::exec::instrumentation::Caller;
use orm_sql::exec::{Cursor, Executor, Statement, row_error};
use orm_sql::row::{Cells, RowBuffer, RowSink};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use whole::Whole;

/// So many rows are read ahead: the allocator reuses the memory of rows that are dropped as soon
/// as they were looked at, but not that of a whole chunk.
const FEW: usize = 4;

type Chunk<'a, O> = (Option<Box<dyn Cursor + 'a>>, Result<VecDeque<O>>);

/// The rows of [`QuerySet::stream`]: a `futures` stream, with [`next`](Self::next) of its own.
///
/// The connection is held until the stream ends or is dropped.
pub struct Rows<'a, O> {
    ready: VecDeque<O>,
    /// What is under way: the opening of the cursor, or a chunk of its rows.
    loading: Option<Pin<Box<dyn Future<Output = Chunk<'a, O>> + Send + 'a>>>,
    /// The cursor while nothing is under way and more may follow.
    cursor: Option<Box<dyn Cursor + 'a>>,
    /// All of it, where that is done in a transaction of its own.
    whole: Option<Whole<'a, O>>,
    source: Arc<Source<'a, O>>,
}

struct Source<'a, O> {
    db: &'a dyn Executor,
    statement: Statement,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    width: usize,
    /// Who called for it, where prefetches follow.
    asker: Option<Caller>,
    /// The model of SQL of the user's own, whose errors are put in other words.
    raw: Option<&'static ModelMeta>,
}

impl<M: Model, O: Send + 'static, S> QuerySet<M, O, S> {
    /// The rows one after another, in bounded memory.
    ///
    /// Prefetches run once for each chunk of 500 rows, on the same connection: where `db` is a
    /// pool, in a transaction that lasts as long as the stream.
    ///
    /// ```
    /// # use orm_doctest::*; run(async |db| {
    /// let mut tags = Tag::objects().stream(&db);
    /// while let Some(tag) = tags.next().await.transpose()? {
    ///     assert_eq!(tag.id, 1);
    /// }
    /// assert_sent!(db, "SELECT t0.id, t0.name FROM tag AS t0");
    /// # Ok(()) })
    /// ```
    #[track_caller]
    pub fn stream<'a>(&self, db: &'a (impl Executor + ?Sized)) -> Rows<'a, O>
    where
        S: Runnable<Of: Sized>,
    {
        let statement = traced(query::select(&self.query.on(db)), &self.query);
        let statement =
            statement.and_then(|s| super::lock::inside(&self.query, db.as_executor()).map(|()| s));
        let empty = query::is_empty(&self.query) && self.query.error.is_none();
        let (statement, failed) = match statement {
            Ok(statement) => (statement, None),
            Err(error) => (Statement::default(), Some(error)),
        };
        let prefetches = !self.prefetches.is_empty();
        let asker = statement.about.place.filter(|_| prefetches).and_then(Caller::of_call);
        let source = Arc::new(Source {
            db: db.as_executor(),
            statement,
            decoder: self.decoder.clone(),
            prefetches: self.prefetches.clone(),
            width: self.query.width(),
            asker,
            raw: raw::model_of(&self.query),
        });
        let mut rows =
            Rows { ready: VecDeque::new(), loading: None, cursor: None, whole: None, source };
        let source = rows.source.clone();
        match failed {
            Some(error) => rows.loading = Some(Box::pin(async move { (None, Err(error)) })),
            None if empty => {}
            None if prefetches && !db.in_transaction() => rows.whole = Some(Whole::new(source)),
            None => rows.loading = Some(Box::pin(open(source))),
        }
        rows
    }
}

impl<'a, O: Send + 'static> Rows<'a, O> {
    /// The rows of a statement that no query set has made.
    pub(super) fn of_statement(
        db: &'a dyn Executor,
        statement: Result<Statement>,
        decoder: Decoder<O>,
    ) -> Self {
        let (statement, failed) = match statement {
            Ok(statement) => (statement, None),
            Err(error) => (Statement::default(), Some(error)),
        };
        let prefetches = Vec::new();
        let source =
            Source { db, statement, decoder, prefetches, width: 0, asker: None, raw: None };
        let source = Arc::new(source);
        let loading: Pin<Box<dyn Future<Output = Chunk<'a, O>> + Send + 'a>> = match failed {
            Some(error) => Box::pin(async move { (None, Err(error)) }),
            None => Box::pin(open(source.clone())),
        };
        Rows { ready: VecDeque::new(), loading: Some(loading), cursor: None, whole: None, source }
    }
}

async fn open<'a, O: Send + 'static>(source: Arc<Source<'a, O>>) -> Chunk<'a, O> {
    match source.db.open(source.statement.clone()).await {
        Ok(cursor) => (Some(cursor), Ok(VecDeque::new())),
        Err(error) => (None, Err(error)),
    }
}

async fn next_chunk<'a, O: Send + 'static>(
    mut cursor: Box<dyn Cursor + 'a>,
    source: Arc<Source<'a, O>>,
    rows: VecDeque<O>,
) -> Chunk<'a, O> {
    let chunk = read_chunk(cursor.as_mut(), &source, source.db, rows).await;
    match chunk {
        Ok(Some(rows)) => (Some(cursor), Ok(rows)),
        Ok(None) => (None, Ok(VecDeque::new())),
        Err(error) => (None, Err(error)),
    }
}

async fn read_chunk<O: Send + 'static>(
    cursor: &mut (dyn Cursor + '_),
    source: &Source<'_, O>,
    db: &dyn Executor,
    rows: VecDeque<O>,
) -> Result<Option<VecDeque<O>>> {
    if source.prefetches.is_empty() {
        let mut sink = Decoding { source, rows };
        let more = cursor.next(&mut sink).await?;
        let rows = sink.rows;
        return Ok((more || !rows.is_empty()).then_some(rows));
    }
    let mut buffer = RowBuffer::new(source.width);
    let more = cursor.next(&mut buffer).await?;
    if !more && buffer.is_empty() {
        return Ok(None);
    }
    let (decoder, plans) = (&source.decoder, &source.prefetches);
    let rows = execute::attach(db, &source.statement, &buffer, decoder, plans).await?;
    Ok(Some(rows.into()))
}

struct Decoding<'s, 'a, O> {
    source: &'s Source<'a, O>,
    rows: VecDeque<O>,
}

impl<O: Send + 'static> RowSink for Decoding<'_, '_, O> {
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        self.rows.push_back(self.source.decode(cells)?);
        Ok(())
    }
}

impl<O: Send + 'static> Source<'_, O> {
    fn decode(&self, cells: &dyn Cells) -> Result<O> {
        let row = self.decoder.decode(&mut Reader::new(cells));
        row.map_err(|e| row_error(&self.statement, cells, None, e.column, &e.error))
    }
}

impl<'a, O: Send + Unpin + 'static> Rows<'a, O> {
    /// The next row; `None` after the last.
    ///
    /// # Errors
    ///
    /// What the server or the connection reports; the stream is then at its end.
    pub async fn next(&mut self) -> Option<Result<O>> {
        if let Some(row) = self.ready.pop_front() {
            return Some(Ok(row));
        }
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next row from the cursor itself, `None` where a chunk has to be read.
    fn poll_cursor(&mut self, cx: &mut Context<'_>) -> Option<Poll<Option<Result<O>>>> {
        if !self.source.prefetches.is_empty() {
            return None;
        }
        let cursor = self.cursor.as_mut()?;
        let mut sink = Decoding { source: &self.source, rows: std::mem::take(&mut self.ready) };
        let more = cursor.poll_rows(cx, FEW, &mut sink);
        self.ready = sink.rows;
        match (more?, self.ready.pop_front()) {
            (Poll::Pending, _) => return Some(Poll::Pending),
            (Poll::Ready(Ok(_)), Some(row)) => return Some(Poll::Ready(Some(Ok(row)))),
            (Poll::Ready(Ok(_)), None) => self.cursor = None,
            (Poll::Ready(Err(error)), row) => {
                // After the rows that came before it.
                self.cursor = None;
                self.loading = Some(Box::pin(async { (None, Err(error)) }));
                return row.map(|row| Poll::Ready(Some(Ok(row))));
            }
        }
        Some(Poll::Ready(None))
    }

    /// Begins to read a chunk, where a cursor is there.
    fn load_chunk(&mut self) {
        if let Some(cursor) = self.cursor.take() {
            let (source, read) = (self.source.clone(), std::mem::take(&mut self.ready));
            self.loading = Some(Box::pin(next_chunk(cursor, source, read)));
        }
    }
}

impl<O: Send + Unpin + 'static> Stream for Rows<'_, O> {
    type Item = Result<O>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<O>>> {
        let row = ready!(self.as_mut().poll_row(cx));
        Poll::Ready(row.map(|row| match self.source.raw {
            Some(model) => row.map_err(|error| raw::named(error, model)),
            None => row,
        }))
    }
}

impl<O: Send + Unpin + 'static> Rows<'_, O> {
    fn poll_row(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<O>>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(row)));
            }
            if let Some(row) = self.poll_cursor(cx) {
                return row;
            }
            let asker = self.source.asker;
            if let Some(whole) = &mut self.whole {
                let chunk = match asker {
                    Some(asker) => asker.during(|| whole.poll(cx)),
                    None => whole.poll(cx),
                };
                match ready!(chunk) {
                    Some(Ok(rows)) => self.ready = rows,
                    Some(Err(error)) => {
                        self.whole = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {
                        self.whole = None;
                        return Poll::Ready(None);
                    }
                }
                continue;
            }
            self.load_chunk();
            let Some(loading) = &mut self.loading else { return Poll::Ready(None) };
            let loaded = match asker {
                Some(asker) => asker.during(|| loading.as_mut().poll(cx)),
                None => loading.as_mut().poll(cx),
            };
            let (cursor, rows) = ready!(loaded);
            (self.loading, self.cursor) = (None, cursor);
            match rows {
                Ok(rows) => self.ready = rows,
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}
