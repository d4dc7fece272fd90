//! diesel-async, which is diesel over tokio-postgres. It keeps its statements prepared itself.

use super::diesel_tables::tables::{account, author, book, comment, entry, post};
use super::diesel_tables::{
    Account, Author, Book, Changed, Comment, Entry, NewEntry, Post, queries,
};
use super::{Contestant, Digest, Seen};
use crate::Result;
use crate::data;
use crate::scenario::Task;
use ::diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel::prelude::{BelongingToDsl, ExpressionMethods, GroupedBy, QueryDsl, SelectableHelper};
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Mutex;

/// One connection.
pub struct DieselAsync {
    connection: Mutex<AsyncPgConnection>,
}

impl DieselAsync {
    /// Connects.
    pub async fn connect(url: &str) -> Result<DieselAsync> {
        Ok(DieselAsync { connection: Mutex::new(AsyncPgConnection::establish(url).await?) })
    }
}

queries!(AsyncPgConnection, ., await);

async fn stream(c: &mut AsyncPgConnection, last: i64) -> Result<Digest> {
    let books = book::table.filter(book::id.le(last)).order(book::id);
    let mut rows = books.select(Book::as_select()).load_stream::<Book>(c).await?;
    let mut digest = Digest::default();
    while let Some(book) = rows.try_next().await? {
        book.seen(&mut digest);
    }
    Ok(digest)
}

fn copy_in(_: &mut AsyncPgConnection, _: usize) -> Result<u64> {
    Err("it has no COPY".into())
}

impl Contestant for DieselAsync {
    fn name(&self) -> &'static str {
        "diesel-async"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        if matches!(task, Task::CopyIn(_)) {
            return None;
        }
        Some(Box::pin(async { answer(&mut *self.connection.lock().await, task).await }))
    }
}
