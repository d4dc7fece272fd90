//! What SeaORM knows of the tables.

use super::{Digest, Seen};

/// Books' authors.
pub mod author {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "author")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        pub born: Option<i32>,
        #[sea_orm(has_many)]
        pub books: HasMany<super::book::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Books.
pub mod book {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "book")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub title: String,
        pub pages: i32,
        pub published: Option<Date>,
        pub author_id: i64,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: HasOne<super::author::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Users.
pub mod account {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(has_many)]
        pub posts: HasMany<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Their posts.
pub mod post {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "post")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub title: String,
        pub account_id: i64,
        #[sea_orm(belongs_to, from = "account_id", to = "id")]
        pub account: HasOne<super::account::Entity>,
        #[sea_orm(has_many)]
        pub comments: HasMany<super::comment::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Comments on those.
pub mod comment {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comment")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub body: String,
        pub post_id: i64,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: HasOne<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// What is written.
pub mod entry {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "entry")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(column_type = "Text")]
        pub title: String,
        pub pages: i32,
        pub published: Option<Date>,
        pub number: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn year(date: Option<chrono::NaiveDate>) -> i64 {
    date.map_or(0, |date| i64::from(chrono::Datelike::year(&date)))
}

impl Seen for author::Model {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64, self.born.map_or(0, i64::from)]);
    }
}

impl Seen for book::Model {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.author_id]);
    }
}

impl Seen for entry::Model {
    fn seen(&self, digest: &mut Digest) {
        let (title, pages) = (self.title.len() as i64, i64::from(self.pages));
        digest.row([self.id, title, pages, year(self.published), self.number]);
    }
}

impl Seen for account::Model {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.name.len() as i64]);
    }
}

impl Seen for post::Model {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.title.len() as i64]);
    }
}

impl Seen for comment::Model {
    fn seen(&self, digest: &mut Digest) {
        digest.row([self.id, self.body.len() as i64]);
    }
}
