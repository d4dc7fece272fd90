//! What toasty knows of the tables.

#![allow(missing_docs)]

use super::{Digest, Seen};
use jiff::civil::Date;
use toasty::Deferred;

#[derive(Debug, toasty::Model)]
#[table = "author"]
pub struct Author {
    #[key]
    pub id: i64,
    pub name: String,
    pub born: Option<i32>,
}

#[derive(Debug, toasty::Model)]
#[table = "book"]
pub struct Book {
    #[key]
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<Date>,
    pub author_id: i64,
    #[belongs_to(key = author_id, references = id)]
    pub author: Deferred<Author>,
}

#[derive(Debug, toasty::Model)]
#[table = "account"]
pub struct Account {
    #[key]
    pub id: i64,
    pub name: String,
    #[has_many]
    pub posts: Deferred<Vec<Post>>,
}

#[derive(Debug, toasty::Model)]
#[table = "post"]
pub struct Post {
    #[key]
    pub id: i64,
    pub title: String,
    #[index]
    pub account_id: i64,
    #[belongs_to(key = account_id, references = id)]
    pub account: Deferred<Account>,
    #[has_many]
    pub comments: Deferred<Vec<Comment>>,
}

#[derive(Debug, toasty::Model)]
#[table = "comment"]
pub struct Comment {
    #[key]
    pub id: i64,
    pub body: String,
    #[index]
    pub post_id: i64,
    #[belongs_to(key = post_id, references = id)]
    pub post: Deferred<Post>,
}

#[derive(Debug, toasty::Model)]
#[table = "entry"]
pub struct Entry {
    #[key]
    #[auto]
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<Date>,
    pub number: i64,
}

fn year(date: Option<Date>) -> i64 {
    date.map_or(0, |date| i64::from(date.year()))
}

impl Seen for Author {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64, self.born.map_or(0, i64::from)]);
    }
}

/// With its author, where that is loaded.
impl Seen for Book {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.author_id]);
        if !self.author.is_unloaded() {
            self.author.get().seen(digest);
        }
    }
}

impl Seen for Entry {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.number]);
    }
}

/// With its posts.
impl Seen for Account {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64]);
        self.posts.get().seen(digest);
    }
}

/// With its comments.
impl Seen for Post {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.title.len() as i64]);
        self.comments.get().seen(digest);
    }
}

impl Seen for Comment {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.body.len() as i64]);
    }
}
