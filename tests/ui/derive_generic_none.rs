//! A generic key without a derive, and one of another form.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub title: String,
}

#[derive(Clone)]
pub enum NoDerive {
    Book(ForeignKey<Book>),
}

#[derive(Model)]
pub struct First {
    pub id: i64,
    #[field(generic, on_delete = Cascade)]
    pub target: NoDerive,
}

#[derive(ModelFields, Clone)]
pub struct Times {
    pub at: DateTime<Utc>,
}

#[derive(Model)]
pub struct Second {
    pub id: i64,
    #[field(generic, on_delete = Cascade)]
    pub target: Times,
}

#[derive(GenericForeignKey, Clone, Debug)]
pub enum Target {
    Book(ForeignKey<Book>),
}

#[derive(Model)]
pub struct Third {
    pub id: i64,
    #[field(generic)]
    pub target: Target,
}

fn main() {}
