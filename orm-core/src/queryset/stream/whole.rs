//! A stream whose related rows are loaded on the way: in a transaction of its own, so that the
//! cursor and the prefetches share one connection. With one for each, as many streams as the pool
//! has connections would wait for each other for ever.

use super::{Source, read_chunk};
use orm_sql::error::Result;
use orm_sql::exec::BoxFuture;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

/// The rows of a stream, chunk by chunk.
pub(super) struct Whole<'a, O> {
    /// From BEGIN to COMMIT. It waits while a chunk that it has handed over is not taken.
    work: BoxFuture<'a, Result<()>>,
    handed: Handed<O>,
}

type Handed<O> = Arc<Mutex<Option<VecDeque<O>>>>;

impl<'a, O: Send + 'static> Whole<'a, O> {
    pub(super) fn new(source: Arc<Source<'a, O>>) -> Self {
        let handed = Handed::default();
        Whole { work: Box::pin(read(source, handed.clone())), handed }
    }

    /// The next chunk; `None` after the last.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<VecDeque<O>>>> {
        let polled = self.work.as_mut().poll(cx);
        match take(&self.handed) {
            Some(rows) => Poll::Ready(Some(Ok(rows))),
            None => Poll::Ready(ready!(polled).err().map(Err)),
        }
    }
}

async fn read<O: Send + 'static>(source: Arc<Source<'_, O>>, handed: Handed<O>) -> Result<()> {
    let unit = source.db.begin().await?;
    let inside = unit.executor();
    let mut cursor = inside.open(source.statement.clone()).await?;
    while let Some(rows) = read_chunk(cursor.as_mut(), &source, inside, VecDeque::new()).await? {
        *handed.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows);
        // It is polled again when the chunk was taken, and not before.
        poll_fn(|_| match is_taken(&handed) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
    drop(cursor);
    unit.commit().await
}

fn take<O>(handed: &Handed<O>) -> Option<VecDeque<O>> {
    handed.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn is_taken<O>(handed: &Handed<O>) -> bool {
    handed.lock().unwrap_or_else(PoisonError::into_inner).is_none()
}
