//! The reference: tokio-postgres with prepared statements, as a good programmer writes it.

use super::{Contestant, Digest};
use crate::Result;
use crate::data;
use crate::models::{Account, Author, Book, Comment, Entry, Post};
use crate::scenario::Task;
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use orm::ForeignKey;
use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::pin;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};

/// One connection and its statements.
pub struct ByHand {
    client: Client,
    get: Statement,
    books: Statement,
    joined: Statement,
    accounts: Statement,
    posts: Statement,
    comments: Statement,
    aggregate: Statement,
    bulk_update: Statement,
    calculate: Statement,
    /// By the number of rows.
    inserts: RefCell<HashMap<usize, Statement>>,
    /// By their limit.
    medium: RefCell<HashMap<i64, Statement>>,
}

impl ByHand {
    /// Connects and prepares.
    pub async fn connect(url: &str) -> Result<ByHand> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        const BOOK: &str = "SELECT id, title, pages, published, author_id FROM book";
        let joined = "SELECT b.id, b.title, b.pages, b.published, b.author_id, a.id, a.name, a.born \
                      FROM book b JOIN author a ON a.id = b.author_id WHERE b.id <= $1 ORDER BY b.id";
        let posts = "SELECT id, title, account_id FROM post WHERE account_id = ANY($1) ORDER BY id";
        let comments = "SELECT id, body, post_id FROM comment WHERE post_id = ANY($1) ORDER BY id";
        let bulk_update = "UPDATE entry SET title = u.title, pages = u.pages \
                           FROM UNNEST($1::bigint[], $2::text[], $3::integer[]) AS u (id, title, pages) \
                           WHERE entry.id = u.id";
        let calculate = "UPDATE entry SET pages = pages + 1 WHERE id <= $1";
        Ok(ByHand {
            get: client.prepare(&format!("{BOOK} WHERE id = $1")).await?,
            books: client.prepare(&format!("{BOOK} WHERE id <= $1 ORDER BY id")).await?,
            joined: client.prepare(joined).await?,
            accounts: client.prepare("SELECT id, name FROM account ORDER BY id").await?,
            posts: client.prepare(posts).await?,
            comments: client.prepare(comments).await?,
            aggregate: client.prepare(super::AGGREGATE).await?,
            bulk_update: client.prepare(bulk_update).await?,
            calculate: client.prepare(calculate).await?,
            inserts: RefCell::default(),
            medium: RefCell::default(),
            client,
        })
    }

    async fn get(&self, id: i64) -> Result<Book> {
        Ok(book(&self.client.query_one(&self.get, &[&id]).await?))
    }

    async fn books(&self, last: i64) -> Result<Vec<Book>> {
        let rows = self.client.query(&self.books, &[&last]).await?;
        Ok(rows.iter().map(book).collect())
    }

    /// The limit stands in the text, as a page has one size: so the server plans it well.
    async fn medium(&self, limit: i64) -> Result<Vec<Book>> {
        let known = self.medium.borrow().get(&limit).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let statement = self.client.prepare(&super::medium(limit)).await?;
                self.medium.borrow_mut().insert(limit, statement.clone());
                statement
            }
        };
        let params: [&(dyn ToSql + Sync); 2] = [&super::medium_last(limit), &60_i32];
        let rows = self.client.query(&statement, &params).await?;
        Ok(rows.iter().map(book).collect())
    }

    async fn aggregate(&self, last: i64) -> Result<Vec<(i64, (i64, Option<i64>))>> {
        let rows = self.client.query(&self.aggregate, &[&last]).await?;
        Ok(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
    }

    async fn joined(&self, last: i64) -> Result<Vec<(Book, Author)>> {
        let rows = self.client.query(&self.joined, &[&last]).await?;
        Ok(rows.iter().map(|row| (book(row), author(row, 5))).collect())
    }

    async fn prefetched(&self) -> Result<Vec<(Account, Vec<(Post, Vec<Comment>)>)>> {
        let accounts = self.client.query(&self.accounts, &[]).await?;
        let accounts: Vec<Account> = accounts.iter().map(account).collect();
        let keys: Vec<i64> = accounts.iter().map(|account| account.id).collect();
        let posts = self.client.query(&self.posts, &[&keys]).await?;
        let posts: Vec<Post> = posts.iter().map(post).collect();
        let keys: Vec<i64> = posts.iter().map(|post| post.id).collect();
        let mut comments: HashMap<i64, Vec<Comment>> = HashMap::new();
        for row in self.client.query(&self.comments, &[&keys]).await? {
            let comment = comment(&row);
            comments.entry(comment.post.pk()).or_default().push(comment);
        }
        let mut by_account: HashMap<i64, Vec<(Post, Vec<Comment>)>> = HashMap::new();
        for post in posts {
            let comments = comments.remove(&post.id).unwrap_or_default();
            by_account.entry(post.account.pk()).or_default().push((post, comments));
        }
        let with_posts = |account: Account| {
            let posts = by_account.remove(&account.id).unwrap_or_default();
            (account, posts)
        };
        Ok(accounts.into_iter().map(with_posts).collect())
    }

    async fn stream(&self, last: i64) -> Result<Digest> {
        let mut rows = pin!(self.client.query_raw(&self.books, [last]).await?);
        let mut digest = Digest::default();
        while let Some(row) = rows.try_next().await? {
            super::Seen::seen(&book(&row), &mut digest);
        }
        Ok(digest)
    }

    /// VALUES of all rows, prepared once for each number of them.
    async fn insert(&self, count: usize) -> Result<Vec<Entry>> {
        let known = self.inserts.borrow().get(&count).cloned();
        let statement = match known {
            Some(statement) => statement,
            None => {
                let row = |n: usize| {
                    let [a, b, c, d] = [1, 2, 3, 4].map(|column| 4 * n + column);
                    format!("(${a}, ${b}, ${c}, ${d})")
                };
                let rows: Vec<String> = (0..count).map(row).collect();
                let sql = format!(
                    "INSERT INTO entry (title, pages, published, number) VALUES {} \
                     RETURNING id, title, pages, published, number",
                    rows.join(", ")
                );
                let statement = self.client.prepare(&sql).await?;
                self.inserts.borrow_mut().insert(count, statement.clone());
                statement
            }
        };
        let mut params: Vec<&(dyn ToSql + Sync)> = Vec::with_capacity(4 * count);
        for entry in data::entries(count) {
            params.extend([&entry.title as &(dyn ToSql + Sync), &entry.pages]);
            params.extend([&entry.published as &(dyn ToSql + Sync), &entry.number]);
        }
        let rows = self.client.query(&statement, &params).await?;
        Ok(rows.iter().map(entry).collect())
    }

    /// FROM UNNEST: an array for each column.
    async fn bulk_update(&self, count: usize) -> Result<u64> {
        let entries = data::changed(count);
        let keys: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
        let titles: Vec<&str> = entries.iter().map(|entry| entry.title.as_str()).collect();
        let pages: Vec<i32> = entries.iter().map(|entry| entry.pages).collect();
        Ok(self.client.execute(&self.bulk_update, &[&keys, &titles, &pages]).await?)
    }

    async fn calculate(&self, last: i64) -> Result<u64> {
        Ok(self.client.execute(&self.calculate, &[&last]).await?)
    }

    /// Binary COPY by the driver's own writer.
    async fn copy_in(&self, count: usize) -> Result<u64> {
        let sql = "COPY entry (title, pages, published, number) FROM STDIN (FORMAT binary)";
        let sink = self.client.copy_in(sql).await?;
        let types = [Type::TEXT, Type::INT4, Type::DATE, Type::INT8];
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        for entry in data::endless(count) {
            let row: [&(dyn ToSql + Sync); 4] =
                [&entry.title, &entry.pages, &entry.published, &entry.number];
            writer.as_mut().write(&row).await?;
        }
        Ok(writer.finish().await?)
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
            Task::Insert(count) => Digest::of(&self.insert(*count).await?),
            Task::BulkUpdate(count) => Digest::rows(self.bulk_update(*count).await?),
            Task::Calculate(last) => Digest::rows(self.calculate(*last).await?),
            Task::CopyIn(count) => Digest::rows(self.copy_in(*count).await?),
        })
    }
}

impl Contestant for ByHand {
    fn name(&self) -> &'static str {
        "by hand"
    }

    fn run<'a>(&'a self, task: &'a Task) -> Option<LocalBoxFuture<'a, Result<Digest>>> {
        Some(Box::pin(self.answer(task)))
    }
}

fn book(row: &Row) -> Book {
    Book {
        id: row.get(0),
        title: row.get(1),
        pages: row.get(2),
        published: row.get(3),
        author: key(row, 4),
    }
}

fn entry(row: &Row) -> Entry {
    Entry {
        id: row.get(0),
        title: row.get(1),
        pages: row.get(2),
        published: row.get(3),
        number: row.get(4),
    }
}

fn author(row: &Row, first: usize) -> Author {
    Author { id: row.get(first), name: row.get(first + 1), born: row.get(first + 2) }
}

fn account(row: &Row) -> Account {
    Account { id: row.get(0), name: row.get(1) }
}

fn post(row: &Row) -> Post {
    Post { id: row.get(0), title: row.get(1), account: key(row, 2) }
}

fn comment(row: &Row) -> Comment {
    Comment { id: row.get(0), body: row.get(1), post: key(row, 2) }
}

fn key<T: orm::Model<Pk = i64>>(row: &Row, place: usize) -> ForeignKey<T> {
    ForeignKey::new(row.get::<_, i64>(place))
}
