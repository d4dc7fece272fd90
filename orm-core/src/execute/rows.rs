//! From a statement to its rows.

use super::prefetch::{self, Plan, Watch};
use super::room;
use crate::row::{Decoder, Group, Reader};
use orm_sql::error::{Error, Result};
use orm_sql::exec::{Executor, Statement, row_error};
use orm_sql::row::{Cells, RowBuffer, RowSink};
use std::sync::Arc;

/// Decodes rows as they arrive.
pub(super) struct Decoding<'d, O> {
    statement: &'d Statement,
    decoder: &'d Decoder<O>,
    pub(super) rows: Vec<O>,
}

impl<'d, O> Decoding<'d, O> {
    pub(super) fn new(statement: &'d Statement, decoder: &'d Decoder<O>) -> Self {
        Decoding { statement, decoder, rows: room::for_rows(statement) }
    }
}

impl<O: Send + 'static> RowSink for Decoding<'_, O> {
    #[inline]
    fn row(&mut self, cells: &dyn Cells) -> Result<()> {
        match self.decoder.decode(&mut Reader::new(cells)) {
            Ok(row) => {
                self.rows.push(row);
                Ok(())
            }
            Err(error) => {
                let place = Some(self.rows.len());
                Err(row_error(self.statement, cells, place, error.column, &error.error))
            }
        }
    }
}

/// Runs a statement and reads its rows.
pub(crate) async fn rows<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    decoder: &Decoder<O>,
) -> Result<Vec<O>> {
    let mut sink = Decoding::new(statement, decoder);
    db.run(statement, &mut sink).await?;
    room::note(statement, &mut sink.rows);
    Ok(sink.rows)
}

/// Rows that something is prefetched for.
#[derive(Clone, Copy)]
pub(crate) struct Parents {
    /// How many cells a row has.
    pub width: usize,
    /// The model of which there must be one row at the most.
    pub only: Option<&'static str>,
}

/// Runs a statement, loads what is prefetched for its rows, and reads all of it.
pub(crate) async fn rows_with<O: Send + 'static>(
    db: &dyn Executor,
    statement: &Statement,
    parents: Parents,
    decoder: &Decoder<O>,
    prefetches: &[Arc<Plan>],
) -> Result<Vec<O>> {
    let mut buffer = RowBuffer::new(parents.width);
    let watch = Watch::of(db, statement);
    db.run(statement, &mut buffer).await?;
    watch.iter().for_each(Watch::note_above);
    if let (Some(model), true) = (parents.only, buffer.len() > 1) {
        return Err(Error::MultipleObjectsReturned { model });
    }
    let rows = attach(db, statement, &buffer, decoder, prefetches).await?;
    watch.iter().for_each(Watch::note_by_keys);
    Ok(rows)
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
    read(statement, buffer, decoder, &related)
}

/// Reads buffered rows, with what was loaded for them.
pub(super) fn read<O: Send + 'static>(
    statement: &Statement,
    buffer: &RowBuffer,
    decoder: &Decoder<O>,
    related: &[Group],
) -> Result<Vec<O>> {
    let mut rows = Vec::with_capacity(buffer.len());
    for row in 0..buffer.len() {
        let cells = buffer.row(row);
        let read = decoder.decode(&mut Reader::with_related(&cells, related));
        rows.push(
            read.map_err(|error| row_error(statement, &cells, None, error.column, &error.error))?,
        );
    }
    Ok(rows)
}
