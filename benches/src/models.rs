//! The tables: books with an author and five columns; accounts, their posts, comments on those;
//! entries, which are written.
//!
//! Contestants may share these structs: they are plain data.

#![allow(missing_docs)]

use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "author")]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub born: Option<i32>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "book")]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<NaiveDate>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "account")]
pub struct Account {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "post")]
pub struct Post {
    pub id: i64,
    pub title: String,
    #[field(on_delete = Cascade, related_name = "posts")]
    pub account: ForeignKey<Account>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "comment")]
pub struct Comment {
    pub id: i64,
    pub body: String,
    #[field(on_delete = Cascade, related_name = "comments")]
    pub post: ForeignKey<Post>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(table = "entry")]
pub struct Entry {
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<NaiveDate>,
    pub number: i64,
}
