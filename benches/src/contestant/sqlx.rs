//! sqlx, by `query_as` with rows that are read by position. It keeps its statements prepared itself.

use super::{Contestant, Digest, Seen};
use crate::Result;
use crate::data;
use crate::models::{Account, Author, Book, Comment, Entry, Post};
use crate::scenario::Task;
use ::sqlx::postgres::{PgConnection, PgRow};
use ::sqlx::{AssertSqlSafe, Connection, FromRow, QueryBuilder, Row};
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use orm::ForeignKey;
use std::collections::HashMap;
use std::fmt::Write as _;
use tokio::sync::Mutex;

const BOOKS: &str =
    "SELECT id, title, pages, published, author_id FROM book WHERE id <= $1 ORDER BY id";

/// One connection.
pub struct Sqlx {
    connection: Mutex<PgConnection>,
}

/// A model from a row, in place of the derive: the models belong to all contestants.
struct Of<T>(T);

impl Sqlx {
    /// Connects.
    pub async fn connect(url: &str) -> Result<Sqlx> {
        Ok(Sqlx { connection: Mutex::new(PgConnection::connect(url).await?) })
    }
}

async fn books(connection: &mut PgConnection, last: i64) -> Result<Vec<Of<Book>>> {
    Ok(::sqlx::query_as(BOOKS).bind(last).fetch_all(connection).await?)
}

async fn get(connection: &mut PgConnection, id: i64) -> Result<Of<Book>> {
    let sql = "SELECT id, title, pages, published, author_id FROM book WHERE id = $1";
    Ok(::sqlx::query_as(sql).bind(id).fetch_one(connection).await?)
}

async fn medium(connection: &mut PgConnection, limit: i64) -> Result<Vec<Of<Book>>> {
    let query = ::sqlx::query_as(AssertSqlSafe(super::medium(limit)));
    Ok(query.bind(super::medium_last(limit)).bind(60_i32).fetch_all(connection).await?)
}

async fn aggregate(
    connection: &mut PgConnection,
    last: i64,
) -> Result<Vec<(i64, (i64, Option<i64>))>> {
    let rows: Vec<(i64, i64, Option<i64>)> =
        ::sqlx::query_as(super::AGGREGATE).bind(last).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(post, count, last)| (post, (count, last))).collect())
}

async fn joined(connection: &mut PgConnection, last: i64) -> Result<Vec<Of<(Book, Author)>>> {
    let sql = "SELECT b.id, b.title, b.pages, b.published, b.author_id, a.id, a.name, a.born \
               FROM book b JOIN author a ON a.id = b.author_id WHERE b.id <= $1 ORDER BY b.id";
    Ok(::sqlx::query_as(sql).bind(last).fetch_all(connection).await?)
}

async fn prefetched(
    connection: &mut PgConnection,
) -> Result<Vec<(Account, Vec<(Post, Vec<Comment>)>)>> {
    let sql = "SELECT id, name FROM account ORDER BY id";
    let accounts: Vec<Of<Account>> = ::sqlx::query_as(sql).fetch_all(&mut *connection).await?;
    let keys: Vec<i64> = accounts.iter().map(|account| account.0.id).collect();
    let sql = "SELECT id, title, account_id FROM post WHERE account_id = ANY($1) ORDER BY id";
    let posts: Vec<Of<Post>> = ::sqlx::query_as(sql).bind(keys).fetch_all(&mut *connection).await?;
    let keys: Vec<i64> = posts.iter().map(|post| post.0.id).collect();
    let sql = "SELECT id, body, post_id FROM comment WHERE post_id = ANY($1) ORDER BY id";
    let all: Vec<Of<Comment>> = ::sqlx::query_as(sql).bind(keys).fetch_all(connection).await?;
    let mut comments: HashMap<i64, Vec<Comment>> = HashMap::new();
    for Of(comment) in all {
        comments.entry(*comment.post.key()).or_default().push(comment);
    }
    let mut by_account: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::new();
    for Of(post) in posts {
        let comments = comments.remove(&post.id).unwrap_or_default();
        by_account.entry(*post.account.key()).or_default().push((post, comments));
    }
    let with_posts = |Of(account): Of<Account>| {
        let posts = by_account.remove(&account.id).unwrap_or_default();
        (account, posts)
    };
    Ok(accounts.into_iter().map(with_posts).collect())
}

async fn stream(connection: &mut PgConnection, last: i64) -> Result<Digest> {
    let mut rows = ::sqlx::query_as::<_, Of<Book>>(BOOKS).bind(last).fetch(connection);
    let mut digest = Digest::default();
    while let Some(book) = rows.try_next().await? {
        book.seen(&mut digest);
    }
    Ok(digest)
}

/// VALUES of few rows, and an array for each column of many, as its documentation advises.
async fn insert(connection: &mut PgConnection, count: usize) -> Result<Vec<Of<Entry>>> {
    let entries = data::entries(count);
    if count <= 100 {
        let mut query = QueryBuilder::new("INSERT INTO entry (title, pages, published, number) ");
        query.push_values(entries, |mut row, entry| {
            row.push_bind(&entry.title).push_bind(entry.pages);
            row.push_bind(entry.published).push_bind(entry.number);
        });
        query.push(" RETURNING id, title, pages, published, number");
        return Ok(query.build_query_as().fetch_all(connection).await?);
    }
    let sql = "INSERT INTO entry (title, pages, published, number) \
               SELECT * FROM UNNEST($1::text[], $2::integer[], $3::date[], $4::bigint[]) \
               RETURNING id, title, pages, published, number";
    let titles: Vec<&str> = entries.iter().map(|entry| entry.title.as_str()).collect();
    let pages: Vec<i32> = entries.iter().map(|entry| entry.pages).collect();
    let published: Vec<_> = entries.iter().map(|entry| entry.published).collect();
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
    let query = ::sqlx::query_as(sql).bind(titles).bind(pages).bind(published).bind(numbers);
    Ok(query.fetch_all(connection).await?)
}

async fn bulk_update(connection: &mut PgConnection, count: usize) -> Result<u64> {
    let entries = data::changed(count);
    let keys: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    let titles: Vec<&str> = entries.iter().map(|entry| entry.title.as_str()).collect();
    let pages: Vec<i32> = entries.iter().map(|entry| entry.pages).collect();
    let sql = "UPDATE entry SET title = u.title, pages = u.pages \
               FROM UNNEST($1::bigint[], $2::text[], $3::integer[]) AS u (id, title, pages) \
               WHERE entry.id = u.id";
    let query = ::sqlx::query(sql).bind(keys).bind(titles).bind(pages);
    Ok(query.execute(connection).await?.rows_affected())
}

async fn calculate(connection: &mut PgConnection, last: i64) -> Result<u64> {
    let query = ::sqlx::query("UPDATE entry SET pages = pages + 1 WHERE id <= $1").bind(last);
    Ok(query.execute(connection).await?.rows_affected())
}

/// Text, since its COPY takes bytes, which the program has to write.
async fn copy_in(connection: &mut PgConnection, count: usize) -> Result<u64> {
    let sql = "COPY entry (title, pages, published, number) FROM STDIN";
    let mut copy = connection.copy_in_raw(sql).await?;
    let mut text = String::new();
    for entry in data::endless(count) {
        line(&mut text, entry);
        if text.len() >= 64 << 10 {
            copy.send(text.as_bytes()).await?;
            text.clear();
        }
    }
    copy.send(text.as_bytes()).await?;
    Ok(copy.finish().await?)
}

fn line(text: &mut String, entry: &data::NewEntry) {
    for letter in entry.title.chars() {
        match letter {
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            other => text.push(other),
        }
    }
    let _ = match entry.published {
        Some(date) => writeln!(text, "\t{}\t{date}\t{}", entry.pages, entry.number),
        None => writeln!(text, "\t{}\t\\N\t{}", entry.pages, entry.number),
    };
}

async fn answer(connection: &mut PgConnection, task: &Task) -> Result<Digest> {
    Ok(match task {
        Task::Get(id) => Digest::of([&get(connection, *id).await?]),
        Task::Books(last) => Digest::of(&books(connection, *last).await?),
        Task::Medium(limit) => Digest::of(&medium(connection, *limit).await?),
        Task::Aggregate(last) => Digest::of(&aggregate(connection, *last).await?),
        Task::Joined(last) => Digest::of(&joined(connection, *last).await?),
        Task::Prefetched => Digest::of(&prefetched(connection).await?),
        Task::Stream(last) => stream(connection, *last).await?,
        Task::Insert(count) => Digest::of(&insert(connection, *count).await?),
        Task::BulkUpdate(count) => Digest::rows(bulk_update(connection, *count).await?),
        Task::Calculate(last) => Digest::rows(calculate(connection, *last).await?),
        Task::CopyIn(count) => Digest::rows(copy_in(connection, *count).await?),
    })
}

impl Contestant for Sqlx {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        Some(Box::pin(async { answer(&mut *self.connection.lock().await, task).await }))
    }
}

impl<T: Seen> Seen for Of<T> {
    fn seen(&self, digest: &mut Digest) {
        self.0.seen(digest);
    }
}

impl FromRow<'_, PgRow> for Of<Book> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        let author = ForeignKey::new(row.try_get::<i64, _>(4)?);
        let (pages, published) = (row.try_get(2)?, row.try_get(3)?);
        Ok(Of(Book { id: row.try_get(0)?, title: row.try_get(1)?, pages, published, author }))
    }
}

impl FromRow<'_, PgRow> for Of<(Book, Author)> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        let Of(book) = Of::<Book>::from_row(row)?;
        let author = Author { id: row.try_get(5)?, name: row.try_get(6)?, born: row.try_get(7)? };
        Ok(Of((book, author)))
    }
}

impl FromRow<'_, PgRow> for Of<Entry> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        let (pages, published) = (row.try_get(2)?, row.try_get(3)?);
        let (id, title, number) = (row.try_get(0)?, row.try_get(1)?, row.try_get(4)?);
        Ok(Of(Entry { id, title, pages, published, number }))
    }
}

impl FromRow<'_, PgRow> for Of<Account> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        Ok(Of(Account { id: row.try_get(0)?, name: row.try_get(1)? }))
    }
}

impl FromRow<'_, PgRow> for Of<Post> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        let account = ForeignKey::new(row.try_get::<i64, _>(2)?);
        Ok(Of(Post { id: row.try_get(0)?, title: row.try_get(1)?, account }))
    }
}

impl FromRow<'_, PgRow> for Of<Comment> {
    fn from_row(row: &PgRow) -> ::sqlx::Result<Self> {
        let post = ForeignKey::new(row.try_get::<i64, _>(2)?);
        Ok(Of(Comment { id: row.try_get(0)?, body: row.try_get(1)?, post }))
    }
}
