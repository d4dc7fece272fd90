//! diesel without async, over libpq. Its calls block, and nothing else runs meanwhile.

use super::diesel_tables::tables::{account, author, book, comment, entry, post};
use super::diesel_tables::{
    Account, Author, Book, Changed, Comment, Entry, NewEntry, Post, queries,
};
use super::{Contestant, Digest, Seen};
use crate::Result;
use crate::data;
use crate::scenario::Task;
use diesel::pg::{PgConnection, PgRowByRowLoadingMode};
use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Mutex;

/// One connection.
pub struct DieselSync {
    connection: Mutex<PgConnection>,
}

impl DieselSync {
    /// Connects.
    pub fn connect(url: &str) -> Result<DieselSync> {
        Ok(DieselSync { connection: Mutex::new(PgConnection::establish(url)?) })
    }
}

queries!(PgConnection);

async fn stream(c: &mut PgConnection, last: i64) -> Result<Digest> {
    let books = book::table.filter(book::id.le(last)).order(book::id).select(Book::as_select());
    let mut digest = Digest::default();
    for book in books.load_iter::<Book, PgRowByRowLoadingMode>(c)? {
        book?.seen(&mut digest);
    }
    Ok(digest)
}

fn copy_in(c: &mut PgConnection, count: usize) -> Result<u64> {
    let rows: Vec<NewEntry<'_>> = data::endless(count).map(NewEntry::from).collect();
    Ok(diesel::copy_from(entry::table).from_insertable(rows).execute(c)? as u64)
}

impl Contestant for DieselSync {
    fn name(&self) -> &'static str {
        "diesel"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        Some(Box::pin(async { answer(&mut *self.connection.lock().await, task).await }))
    }
}
