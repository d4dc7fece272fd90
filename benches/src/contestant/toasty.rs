//! toasty, over tokio-postgres.

use super::toasty_models::{Account, Author, Book, Comment, Entry, Post};
use super::{Contestant, Digest};
use crate::Result;
use crate::data;
use crate::scenario::Task;
use chrono::Datelike;
use futures_util::future::LocalBoxFuture;
use jiff::civil::Date;
use toasty::Db;
use tokio::sync::Mutex;

/// A pool of one connection.
pub struct Toasty {
    db: Mutex<Db>,
}

impl Toasty {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Toasty> {
        let mut builder = Db::builder();
        builder.models(toasty::models!(Account, Author, Book, Comment, Entry, Post));
        let db = builder.max_pool_size(1).connect(url).await?;
        Ok(Toasty { db: Mutex::new(db) })
    }
}

async fn get(db: &mut Db, id: i64) -> toasty::Result<Book> {
    Book::get_by_id(db, &id).await
}

async fn books(db: &mut Db, last: i64) -> toasty::Result<Vec<Book>> {
    let books = Book::filter(Book::fields().id().le(last));
    books.order_by(Book::fields().id().asc()).exec(db).await
}

async fn medium(db: &mut Db, limit: i64) -> toasty::Result<Vec<Book>> {
    let fields = Book::fields();
    Book::filter(fields.id().le(super::medium_last(limit)))
        .filter(fields.pages().ge(60))
        .filter(fields.published().is_some())
        .order_by(fields.pages().desc())
        .order_by(fields.id().asc())
        .limit(limit.unsigned_abs() as usize)
        .exec(db)
        .await
}

/// It has no joins: the authors come by a statement of their own.
async fn joined(db: &mut Db, last: i64) -> toasty::Result<Vec<Book>> {
    let books = Book::filter(Book::fields().id().le(last));
    let books = books.order_by(Book::fields().id().asc());
    books.include(Book::fields().author()).exec(db).await
}

async fn prefetched(db: &mut Db) -> toasty::Result<Vec<Account>> {
    let accounts = Account::all().order_by(Account::fields().id().asc());
    accounts.include(Account::fields().posts().comments()).exec(db).await
}

async fn insert(db: &mut Db, count: usize) -> toasty::Result<Vec<Entry>> {
    let create = |entry: &data::NewEntry| {
        Entry::create()
            .title(&entry.title)
            .pages(entry.pages)
            .published(entry.published.map(date))
            .number(entry.number)
    };
    match data::entries(count) {
        [one] => Ok(vec![create(one).exec(db).await?]),
        many => {
            let all = many.iter().fold(Entry::create_many(), |all, one| all.item(create(one)));
            all.exec(db).await
        }
    }
}

/// Its own kind of date, which takes nanoseconds.
fn date(date: chrono::NaiveDate) -> Date {
    let (month, day) = (date.month() as i8, date.day() as i8);
    jiff::civil::date(date.year() as i16, month, day)
}

/// It has no update of many rows: one after another, in a transaction.
async fn bulk_update(db: &mut Db, count: usize) -> toasty::Result<u64> {
    let mut transaction = db.transaction().await?;
    for changed in data::changed(count) {
        let update = Entry::update_by_id(changed.id).title(&changed.title).pages(changed.pages);
        update.exec(&mut transaction).await?;
    }
    transaction.commit().await?;
    Ok(count as u64)
}

/// It does not say how many there were.
async fn calculate(db: &mut Db, last: i64) -> toasty::Result<u64> {
    let entries = Entry::filter(Entry::fields().id().le(last));
    entries.update().pages(toasty::stmt::increment()).exec(db).await?;
    Ok(last.unsigned_abs())
}

async fn answer(db: &mut Db, task: &Task) -> Result<Digest> {
    Ok(match task {
        Task::Get(id) => Digest::of([&get(db, *id).await?]),
        Task::Books(last) => Digest::of(&books(db, *last).await?),
        Task::Medium(limit) => Digest::of(&medium(db, *limit).await?),
        Task::Joined(last) => Digest::of(&joined(db, *last).await?),
        Task::Prefetched => Digest::of(&prefetched(db).await?),
        Task::Insert(count) => Digest::of(&insert(db, *count).await?),
        Task::BulkUpdate(count) => Digest::rows(bulk_update(db, *count).await?),
        Task::Calculate(last) => Digest::rows(calculate(db, *last).await?),
        Task::Aggregate(_) | Task::Stream(_) | Task::CopyIn(_) => return Err("it cannot".into()),
    })
}

impl Contestant for Toasty {
    fn name(&self) -> &'static str {
        "toasty"
    }

    /// It has no groups, no rows one after another, and no COPY.
    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        if matches!(task, Task::Aggregate(_) | Task::Stream(_) | Task::CopyIn(_)) {
            return None;
        }
        Some(Box::pin(async { answer(&mut *self.db.lock().await, task).await }))
    }
}
