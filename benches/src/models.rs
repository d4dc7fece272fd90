//! The tables: books with an author and five columns; users, their posts, and comments on those.

use chrono::NaiveDate;

#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub born: Option<i32>,
}

#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Book {
    pub id: i64,
    pub title: String,
    pub pages: i32,
    pub published: Option<NaiveDate>,
    pub author: i64,
}

#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct User {
    pub id: i64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub user: i64,
}

#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Comment {
    pub id: i64,
    pub body: String,
    pub post: i64,
}
