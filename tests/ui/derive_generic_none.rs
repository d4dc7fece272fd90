//! A field that says not what becomes of its row, and one that holds no enum of keys.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub title: String,
}

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

/// One variant says it, and one does not.
#[derive(GenericForeignKey, Clone, Debug)]
pub enum Target {
    Book(ForeignKey<Book>),
    #[field(on_delete = Protect)]
    Author(ForeignKey<Author>),
}

#[derive(Model)]
pub struct Comment {
    pub id: i64,
    #[field(generic)]
    pub target: Target,
}

#[derive(ModelFields)]
pub struct About {
    #[field(generic)]
    pub about: Option<Target>,
}

#[derive(GenericForeignKey, Clone, Debug)]
pub enum SetsNull {
    #[field(on_delete = SetNull)]
    Book(ForeignKey<Book>),
}

#[derive(Model)]
pub struct Required {
    pub id: i64,
    #[field(generic)]
    pub target: SetsNull,
}

#[derive(ModelFields, Clone)]
pub struct Times {
    pub at: DateTime<Utc>,
}

#[derive(Model)]
pub struct NoKey {
    pub id: i64,
    #[field(generic, on_delete = Cascade)]
    pub target: Times,
}

fn main() {}
