//! Mistakes in `combined!`, and in queries of what it writes.
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
    pub subtitle: Option<String>,
    pub created: DateTime<Utc>,
    #[field(on_delete = Cascade, related_name = "posts")]
    pub author: ForeignKey<User>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Photo {
    pub id: Uuid,
    pub caption: Option<String>,
    pub taken: DateTime<Utc>,
    #[field(on_delete = Cascade, related_name = "photos")]
    pub author: ForeignKey<User>,
}

pub struct NoModel;

mod another_type {
    use super::*;
    combined! { pub Feed { Post, User } by { what: i32 = { Post: |p| p.title(), User: |u| u.id() } } }
}

mod null_into_not_null {
    use super::*;
    combined! { pub Feed { Post } by { what: String = { Post: |p| p.subtitle() } } }
}

mod another_key {
    use super::*;
    combined! { pub Feed { Post, Photo } }
}

mod a_path_to_another_model {
    use super::*;
    combined! { pub Feed { Post } by { post: ForeignKey<Photo> = { Post: |p| p.author() } } }
}

mod no_model {
    use super::*;
    combined! { pub Feed { Post, NoModel } }
}

mod twice {
    use super::*;
    combined! { pub Feed { Post, Post } }
}

mod nothing {
    use super::*;
    combined! { pub Feed {} }
}

mod more_than_a_row {
    use super::*;
    combined! { pub Feed { Post(Post, User) } }
}

mod names_that_are_taken {
    use super::*;
    combined! { pub Feed { Post } by { row: i64 = { Post: |p| p.id() } } }
}

mod a_variant_that_is_not_there {
    use super::*;
    combined! { pub Feed { Post } by { what: String = { Pots: |p| p.title() } } }
}

mod another_word {
    use super::*;
    combined! { pub Feed { Post } with { what: String } }
}

mod another_view {
    use super::*;
    combined! { #[combined(table)] pub Feed { Post } }
}

combined! { #[derive(Clone, Debug, PartialEq)] pub Feed { Post } by { created: DateTime<Utc> } }

pub async fn a_value_of_another_type() -> QuerySet<Feed> {
    Feed::objects().filter(|f| f.created().gt(3))
}

fn main() {}
