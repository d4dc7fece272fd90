//! The orm crate, as its users write it.

use super::{Contestant, Digest, Seen};
use crate::Result;
use crate::data;
use crate::models::{Account, Author, Book, Comment, Entry, Post};
use crate::scenario::Task;
use futures_util::future::LocalBoxFuture;
use orm::{ModelExt, draft};
use orm_postgres::Database;

/// A pool of one connection.
pub struct Ours {
    db: Database,
}

impl Ours {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Ours> {
        Ok(Ours { db: Database::builder().url(url).max_connections(1).connect().await? })
    }

    async fn get(&self, id: i64) -> orm::Result<Book> {
        Book::objects().filter(|b| b.id().eq(id)).get(&self.db).await
    }

    async fn books(&self, last: i64) -> orm::Result<Vec<Book>> {
        Book::objects().filter(|b| b.id().lte(last)).order_by(|b| b.id()).all(&self.db).await
    }

    async fn medium(&self, limit: i64) -> orm::Result<Vec<Book>> {
        let last = super::medium_last(limit);
        Book::objects()
            .filter(|b| b.id().lte(last) & b.pages().gte(60) & b.published().isnull(false))
            .order_by(|b| (b.pages().desc(), b.id()))
            .limit(limit.unsigned_abs())
            .all(&self.db)
            .await
    }

    async fn aggregate(&self, last: i64) -> orm::Result<Vec<(i64, (i64, Option<i64>))>> {
        Comment::objects()
            .filter(|c| c.post().id().lte(last))
            .values(|c| c.post().id())
            .annotate(|c| (c.id().count(), c.id().max()))
            .all(&self.db)
            .await
    }

    async fn joined(&self, last: i64) -> orm::Result<Vec<(Book, Author)>> {
        let books = Book::objects().filter(|b| b.id().lte(last)).order_by(|b| b.id());
        books.select_related(|b| b.author()).all(&self.db).await
    }

    async fn prefetched(&self) -> orm::Result<Vec<(Account, Vec<(Post, Vec<Comment>)>)>> {
        Account::objects()
            .order_by(|a| a.id())
            .prefetch_related(|a| {
                let posts = a.posts().objects().order_by(|p| p.id());
                posts.prefetch_related(|p| p.comments().objects().order_by(|c| c.id()))
            })
            .all(&self.db)
            .await
    }

    async fn stream(&self, last: i64) -> orm::Result<Digest> {
        let books = Book::objects().filter(|b| b.id().lte(last)).order_by(|b| b.id());
        let mut rows = books.stream(&self.db);
        let mut digest = Digest::default();
        while let Some(book) = rows.next().await.transpose()? {
            book.seen(&mut digest);
        }
        Ok(digest)
    }

    async fn insert_one(&self) -> orm::Result<Entry> {
        let data::NewEntry { title, pages, published, number } = &data::entries(1)[0];
        let draft = draft!(Entry { title, pages: *pages, published: *published, number: *number });
        Entry::objects().create(&self.db, draft).await
    }

    async fn insert(&self, count: usize) -> orm::Result<Vec<Entry>> {
        let drafts = data::entries(count).iter().map(|entry| {
            let data::NewEntry { title, pages, published, number } = entry;
            draft!(Entry { title, pages: *pages, published: *published, number: *number })
        });
        Entry::objects().bulk_create(&self.db, drafts).await
    }

    async fn bulk_update(&self, count: usize) -> orm::Result<u64> {
        let entries = data::changed(count);
        Entry::objects().bulk_update(&self.db, entries, |e| (e.title(), e.pages())).await
    }

    async fn calculate(&self, last: i64) -> orm::Result<u64> {
        let entries = Entry::objects().filter(|e| e.id().lte(last));
        entries.update(&self.db, |e| e.pages().set(e.pages() + 1)).await
    }

    async fn copy_in(&self, count: usize) -> orm::Result<u64> {
        let drafts = data::endless(count).map(|entry| {
            let data::NewEntry { title, pages, published, number } = entry;
            draft!(Entry { title, pages: *pages, published: *published, number: *number })
        });
        Entry::objects().copy_in(&self.db, drafts).await
    }

    async fn answer(&self, task: &Task) -> Result<Digest> {
        Ok(match task {
            Task::Get(id) => Digest::of([&self.get(*id).await?]),
            Task::Books(last) => Digest::of(&self.books(*last).await?),
            Task::Joined(last) => Digest::of(&self.joined(*last).await?),
            Task::Medium(limit) => Digest::of(&self.medium(*limit).await?),
            Task::Aggregate(last) => Digest::of(&self.aggregate(*last).await?),
            Task::Prefetched => Digest::of(&self.prefetched().await?),
            Task::Stream(last) => self.stream(*last).await?,
            Task::Insert(1) => Digest::of([&self.insert_one().await?]),
            Task::Insert(count) => Digest::of(&self.insert(*count).await?),
            Task::BulkUpdate(count) => Digest::rows(self.bulk_update(*count).await?),
            Task::Calculate(last) => Digest::rows(self.calculate(*last).await?),
            Task::CopyIn(count) => Digest::rows(self.copy_in(*count).await?),
        })
    }
}

impl Contestant for Ours {
    fn name(&self) -> &'static str {
        "orm"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        Some(Box::pin(self.answer(task)))
    }
}
