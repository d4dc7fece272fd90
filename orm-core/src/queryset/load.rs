//! From a compiled query to its rows.

use super::QuerySet;
use super::fetch::asked;
use crate::error::Result;
use crate::exec::watch::{Origin, called_at};
use crate::exec::{Executor, Statement, cell_error};
use crate::ir::Query;
use crate::prefetch::{self, Plan};
use crate::query;
use crate::row::{Cells, Decoder, Reader, RowBuffer, RowSink};
use std::sync::Arc;

/// A query ready to run.
pub(super) struct Ready<O> {
    /// None where there can be no rows.
    statement: Result<Option<Statement>>,
    decoder: Decoder<O>,
    prefetches: Vec<Arc<Plan>>,
    /// How many cells a row has, where they are kept for prefetches.
    width: usize,
}

impl<O: Send + 'static> Ready<O> {
    /// Its rows asked for in another way than by a query set.
    pub(super) fn of(mut self, origin: Origin) -> Self {
        if let Ok(Some(statement)) = &mut self.statement {
            statement.about.origin = origin;
        }
        self
    }

    /// Its rows.
    pub(super) async fn load(self, db: &dyn Executor) -> Result<Vec<O>> {
        let Some(statement) = self.statement? else { return Ok(Vec::new()) };
        if self.prefetches.is_empty() {
            return run(db, &statement, &self.decoder).await;
        }
        let rows = run_with(db, &statement, self.width, &self.decoder, &self.prefetches);
        match statement.about.place {
            Some(place) => called_at(place, Box::pin(rows)).await,
            None => Box::pin(rows).await,
        }
    }
}

impl<M, O, S> QuerySet<M, O, S> {
    /// What runs a query, which may be another one than that of this query set.
    #[track_caller]
    pub(super) fn ready(
        &self,
        query: &Query,
        db: &dyn Executor,
        compile: fn(&Query) -> Result<Statement>,
    ) -> Ready<O> {
        if query::is_empty(query) && query.error.is_none() {
            return Ready { statement: Ok(None), ..self.blank() };
        }
        let width = if self.prefetches.is_empty() { 0 } else { query.width() };
        let statement = asked(compile(&query.in_zone(db.time_zone())), query);
        let statement =
            statement.and_then(|s| super::lock::inside(query, db).map(|()| s)).map(Some);
        Ready { statement, width, ..self.blank() }
    }

    fn blank(&self) -> Ready<O> {
        Ready {
            statement: Ok(None),
            decoder: self.decoder.clone(),
            prefetches: self.prefetches.clone(),
            width: 0,
        }
    }
}

/// Decodes rows as they arrive.
struct Decoding<'d, O> {
    statement: &'d Statement,
    decoder: &'d Decoder<O>,
    rows: Vec<O>,
}

impl<O: Send + 'static> RowSink for Decoding<'_, O> {
    #[inline]
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        match self.decoder.decode(&mut Reader::new(cells)) {
            Ok(row) => {
                self.rows.push(row);
                Ok(())
            }
            Err(error) => Err(cell_error(self.statement, error.column, &error.error)),
        }
    }
}

/// Runs a statement and reads its rows.
pub(crate) async fn run<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    decoder: &Decoder<O>,
) -> Result<Vec<O>> {
    let mut sink = Decoding { statement, decoder, rows: Vec::new() };
    db.run(statement, &mut sink).await?;
    Ok(sink.rows)
}

/// Runs a statement, loads what is prefetched for its rows, and reads all of it.
async fn run_with<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    width: usize,
    decoder: &Decoder<O>,
    prefetches: &[Arc<Plan>],
) -> Result<Vec<O>> {
    let mut buffer = RowBuffer::new(width);
    db.run(statement, &mut buffer).await?;
    attach(db, statement, &buffer, decoder, prefetches).await
}

/// Loads what is prefetched for buffered rows, and reads all of it.
pub(crate) async fn attach<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    buffer: &RowBuffer,
    decoder: &Decoder<O>,
    prefetches: &[Arc<Plan>],
) -> Result<Vec<O>> {
    let related = prefetch::load(db, prefetches, buffer).await?;
    let mut rows = Vec::with_capacity(buffer.len());
    for row in 0..buffer.len() {
        let cells = buffer.row(row);
        let read = decoder.decode(&mut Reader::with_related(&cells, &related));
        rows.push(read.map_err(|error| cell_error(statement, error.column, &error.error))?);
    }
    Ok(rows)
}
