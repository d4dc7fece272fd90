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

mod a_column_that_one_has_not {
    use super::*;
    combined! { pub Feed { Post, User } by { created: DateTime<Utc> } }
}

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

mod other_rows {
    use super::*;
    combined! { pub Feed { Post(Post, User) = Post::objects() } }
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

mod queries {
    use super::*;
    combined! { #[derive(Clone, Debug, PartialEq)] pub Feed { Post } by { created: DateTime<Utc> } }

    pub async fn a_field_of_one_model() -> QuerySet<Feed> {
        Feed::objects().filter(|f| f.title().eq("x"))
    }

    pub async fn another_type() -> QuerySet<Feed> {
        Feed::objects().filter(|f| f.created().gt(3))
    }

    pub async fn a_match_that_is_not_complete(feed: Feed) -> String {
        match feed.row {}
    }
}

fn main() {}
