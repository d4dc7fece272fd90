//! What diesel knows of the tables, and its queries: the same ones with and without async.

use super::{Digest, Seen};
use chrono::NaiveDate;
use diesel::prelude::*;

/// A module, since the names of tables are also those of columns and modules elsewhere.
pub mod tables {
    diesel::table! {
        author (id) { id -> BigInt, name -> Text, born -> Nullable<Integer>, }
    }
    diesel::table! {
        book (id) {
            id -> BigInt, title -> Text, pages -> Integer, published -> Nullable<Date>, author_id -> BigInt,
        }
    }
    diesel::table! {
        account (id) { id -> BigInt, name -> Text, }
    }
    diesel::table! {
        post (id) { id -> BigInt, title -> Text, account_id -> BigInt, }
    }
    diesel::table! {
        comment (id) { id -> BigInt, body -> Text, post_id -> BigInt, }
    }
    diesel::table! {
        entry (id) {
            id -> BigInt, title -> Text, pages -> Integer, published -> Nullable<Date>, number -> BigInt,
        }
    }
    diesel::joinable!(book -> author (author_id));
    diesel::allow_tables_to_appear_in_same_query!(author, book);
}

use tables::{account, author, book, comment, entry, post};

#[derive(Queryable, Selectable)]
#[diesel(table_name = author)]
pub struct Author {
    id: i64,
    name: String,
    born: Option<i32>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = book)]
pub struct Book {
    id: i64,
    title: String,
    pages: i32,
    published: Option<NaiveDate>,
    author_id: i64,
}

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = account)]
pub struct Account {
    id: i64,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = post, belongs_to(Account))]
pub struct Post {
    id: i64,
    title: String,
    account_id: i64,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = comment, belongs_to(Post))]
pub struct Comment {
    id: i64,
    body: String,
    post_id: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = entry)]
pub struct Entry {
    id: i64,
    title: String,
    pages: i32,
    published: Option<NaiveDate>,
    number: i64,
}

#[derive(Insertable)]
#[diesel(table_name = entry, treat_none_as_default_value = false)]
pub struct NewEntry<'a> {
    title: &'a str,
    pages: i32,
    published: Option<NaiveDate>,
    number: i64,
}

impl<'a> From<&'a crate::data::NewEntry> for NewEntry<'a> {
    fn from(new: &'a crate::data::NewEntry) -> Self {
        NewEntry {
            title: &new.title,
            pages: new.pages,
            published: new.published,
            number: new.number,
        }
    }
}

/// An entry with its key.
#[derive(Insertable)]
#[diesel(table_name = entry, treat_none_as_default_value = false)]
pub struct Changed<'a> {
    id: i64,
    #[diesel(embed)]
    entry: NewEntry<'a>,
}

impl<'a> From<&'a crate::models::Entry> for Changed<'a> {
    fn from(changed: &'a crate::models::Entry) -> Self {
        let crate::models::Entry { id, title, pages, published, number } = changed;
        let (pages, published, number) = (*pages, *published, *number);
        Changed { id: *id, entry: NewEntry { title, pages, published, number } }
    }
}

/// The queries over a kind of connection; the rest is what comes after each call: `.await` or nothing.
macro_rules! queries {
    ($connection:ty $(, $wait:tt)*) => {
        async fn get(c: &mut $connection, id: i64) -> Result<Book> {
            Ok(book::table.find(id).select(Book::as_select()).first(c)$($wait)*?)
        }

        async fn books(c: &mut $connection, last: i64) -> Result<Vec<Book>> {
            let books = book::table.filter(book::id.le(last)).order(book::id);
            Ok(books.select(Book::as_select()).load(c)$($wait)*?)
        }

        async fn medium(c: &mut $connection, limit: i64) -> Result<Vec<Book>> {
            let books = book::table
                .filter(book::id.le(super::medium_last(limit)))
                .filter(book::pages.ge(60))
                .filter(book::published.is_not_null())
                .order((book::pages.desc(), book::id))
                .limit(limit);
            Ok(books.select(Book::as_select()).load(c)$($wait)*?)
        }

        async fn aggregate(
            c: &mut $connection,
            last: i64,
        ) -> Result<Vec<(i64, (i64, Option<i64>))>> {
            use diesel::dsl::{count, max};
            let comments = comment::table.filter(comment::post_id.le(last));
            let groups = comments.group_by(comment::post_id);
            let columns = (comment::post_id, (count(comment::id), max(comment::id)));
            Ok(groups.select(columns).load(c)$($wait)*?)
        }

        async fn joined(c: &mut $connection, last: i64) -> Result<Vec<(Book, Author)>> {
            let joined = book::table.inner_join(author::table).filter(book::id.le(last));
            let columns = (Book::as_select(), Author::as_select());
            Ok(joined.order(book::id).select(columns).load(c)$($wait)*?)
        }

        async fn prefetched(
            c: &mut $connection,
        ) -> Result<Vec<(Account, Vec<(Post, Vec<Comment>)>)>> {
            let accounts = account::table.order(account::id).select(Account::as_select());
            let accounts: Vec<Account> = accounts.load(c)$($wait)*?;
            let posts = Post::belonging_to(&accounts).order(post::id).select(Post::as_select());
            let posts: Vec<Post> = posts.load(c)$($wait)*?;
            let comments = Comment::belonging_to(&posts).order(comment::id);
            let comments: Vec<Comment> = comments.select(Comment::as_select()).load(c)$($wait)*?;
            let comments = comments.grouped_by(&posts);
            let posts = posts.into_iter().zip(comments).grouped_by(&accounts);
            Ok(accounts.into_iter().zip(posts).collect())
        }

        /// A statement of one row is kept prepared, one of many is not.
        async fn insert_one(c: &mut $connection) -> Result<Entry> {
            let insert = diesel::insert_into(entry::table);
            let insert = insert.values(NewEntry::from(&data::entries(1)[0]));
            Ok(insert.returning(Entry::as_returning()).get_result(c)$($wait)*?)
        }

        async fn insert(c: &mut $connection, count: usize) -> Result<Vec<Entry>> {
            let rows: Vec<NewEntry<'_>> =
                data::entries(count).iter().map(NewEntry::from).collect();
            let insert = diesel::insert_into(entry::table).values(&rows);
            Ok(insert.returning(Entry::as_returning()).get_results(c)$($wait)*?)
        }

        async fn calculate(c: &mut $connection, last: i64) -> Result<u64> {
            let entries = entry::table.filter(entry::id.le(last));
            let update = diesel::update(entries).set(entry::pages.eq(entry::pages + 1));
            Ok(update.execute(c)$($wait)*? as u64)
        }

        /// It has no update of many rows but this: they are inserted, and are there.
        async fn bulk_update(c: &mut $connection, count: usize) -> Result<u64> {
            use diesel::upsert::excluded;
            let rows: Vec<Changed<'_>> =
                data::changed(count).iter().map(Changed::from).collect();
            let upsert = diesel::insert_into(entry::table).values(&rows);
            let upsert = upsert.on_conflict(entry::id).do_update().set((
                entry::title.eq(excluded(entry::title)),
                entry::pages.eq(excluded(entry::pages)),
            ));
            Ok(upsert.execute(c)$($wait)*? as u64)
        }

        async fn answer(c: &mut $connection, task: &Task) -> Result<Digest> {
            Ok(match task {
                Task::Get(id) => Digest::of([&get(c, *id).await?]),
                Task::Books(last) => Digest::of(&books(c, *last).await?),
                Task::Medium(limit) => Digest::of(&medium(c, *limit).await?),
                Task::Aggregate(last) => Digest::of(&aggregate(c, *last).await?),
                Task::Joined(last) => Digest::of(&joined(c, *last).await?),
                Task::Prefetched => Digest::of(&prefetched(c).await?),
                Task::Stream(last) => stream(c, *last).await?,
                Task::Insert(1) => Digest::of([&insert_one(c).await?]),
                Task::Insert(count) => Digest::of(&insert(c, *count).await?),
                Task::BulkUpdate(count) => Digest::rows(bulk_update(c, *count).await?),
                Task::Calculate(last) => Digest::rows(calculate(c, *last).await?),
                Task::CopyIn(count) => Digest::rows(copy_in(c, *count)?),
            })
        }
    };
}

pub(super) use queries;

fn year(date: Option<NaiveDate>) -> i64 {
    date.map_or(0, |date| i64::from(chrono::Datelike::year(&date)))
}

impl Seen for Author {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64, self.born.map_or(0, i64::from)]);
    }
}

impl Seen for Book {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.author_id]);
    }
}

impl Seen for Entry {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.number]);
    }
}

impl Seen for Account {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64]);
    }
}

impl Seen for Post {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.title.len() as i64]);
    }
}

impl Seen for Comment {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.body.len() as i64]);
    }
}
