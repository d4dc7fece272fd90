//! The orm crate. (Temporary: by raw SQL.)

use super::{Contestant, Digest};
use crate::Result;
use crate::models::{Author, Book};
use crate::scenario::Task;
use chrono::NaiveDate;
use futures_util::future::LocalBoxFuture;
use orm_core::params;
use orm_core::queryset::RawQuery;
use orm_postgres::Database;

/// A pool of one connection.
pub struct Ours {
    db: Database,
}

type B = (i64, String, i32, Option<NaiveDate>, i64);
type BA = (i64, String, i32, Option<NaiveDate>, i64, i64, String, Option<i32>);

impl Ours {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Ours> {
        Ok(Ours { db: Database::builder().url(url).max_connections(1).connect().await? })
    }

    async fn answer(&self, task: &Task) -> Result<Digest> {
        const BOOK: &str = "SELECT id, title, pages, published, author_id FROM book";
        let book = |(id, title, pages, published, author): B| Book { id, title, pages, published, author };
        Ok(match task {
            Task::Get(id) => {
                let b = self.db.query_as::<B>(&format!("{BOOK} WHERE id = $1"), params![*id]).await?;
                Digest::of(&b.into_iter().map(book).collect::<Vec<_>>())
            }
            Task::Books(id) => {
                let b = self.db.query_as::<B>(&format!("{BOOK} WHERE id <= $1 ORDER BY id"), params![*id]).await?;
                Digest::of(&b.into_iter().map(book).collect::<Vec<_>>())
            }
            Task::Joined(last) => {
                let joined = "SELECT b.id, b.title, b.pages, b.published, b.author_id, a.id, a.name, a.born \
                      FROM book b JOIN author a ON a.id = b.author_id WHERE b.id <= $1 ORDER BY b.id";
                let b = self.db.query_as::<BA>(joined, params![*last]).await?;
                Digest::of(&b.into_iter().map(|(a,b,c,d,e,f,g,h)| (book((a,b,c,d,e)), Author{id:f,name:g,born:h})).collect::<Vec<_>>())
            }
            _ => unreachable!(),
        })
    }
}

impl Contestant for Ours {
    fn name(&self) -> &'static str {
        "orm"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        if matches!(task, Task::Prefetched | Task::Stream(_)) { return None; }
        Some(Box::pin(self.answer(task)))
    }
}
