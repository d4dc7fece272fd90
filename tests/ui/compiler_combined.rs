//! What the compiler says by itself of rows of several models.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
pub struct User {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Post {
    pub id: i64,
    pub title: String,
    pub created: DateTime<Utc>,
}

combined! { pub Feed { Post } by { created: DateTime<Utc> } }

mod a_column_that_one_has_not {
    use super::*;
    combined! { pub Other { Post, User } by { created: DateTime<Utc> } }
}

mod rows_of_another_type {
    use super::*;
    combined! { pub Other { Post(Post, User) = Post::objects() } }
}

pub async fn a_field_of_one_model() -> QuerySet<Feed> {
    Feed::objects().filter(|f| f.title().eq("x"))
}

pub async fn a_match_that_is_not_complete(feed: Feed) -> String {
    match feed.row {}
}

fn main() {}
