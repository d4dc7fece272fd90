//! The models that the cases of this directory are about.
#![allow(dead_code)]

pub use orm::prelude::*;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(ordering = [name])]
pub struct Author {
    pub id: i64,
    pub name: String,
    pub rating: Option<f64>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Book {
    pub id: i64,
    pub isbn: Uuid,
    pub title: String,
    pub subtitle: Option<String>,
    #[field(default = 100)]
    pub pages: i32,
    #[field(default = 1)]
    pub edition: i16,
    #[field(default = 0, max_digits = 8, decimal_places = 2)]
    pub price: Decimal,
    #[field(default = 0.0)]
    pub weight: f64,
    #[field(default = true)]
    pub in_print: bool,
    pub published: Option<NaiveDate>,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
    #[field(on_delete = SetNull)]
    pub editor: Option<ForeignKey<Author>>,
    #[field(related_name = "books")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Review {
    pub id: i64,
    pub stars: i32,
    #[field(on_delete = Cascade, related_name = "reviews")]
    pub book: ForeignKey<Book>,
}
