//! What enums of keys cannot be.
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

#[derive(GenericForeignKey)]
pub struct NoEnum {
    pub book: ForeignKey<Book>,
}

#[derive(GenericForeignKey, Clone)]
pub enum Parameters<T> {
    Some(T),
}

#[derive(GenericForeignKey, Clone)]
pub enum Without {}

#[derive(GenericForeignKey, Clone)]
pub enum NoKeys {
    Book(Book),
    Number(i64),
    Named { book: ForeignKey<Book> },
    Both(ForeignKey<Book>, ForeignKey<Author>),
    Nothing,
    Maybe(Option<ForeignKey<Book>>),
    Many(ManyToMany<Book>),
}

#[derive(GenericForeignKey, Clone)]
pub enum Twins {
    Writer(ForeignKey<Author>),
    Editor(ForeignKey<Author>),
}

#[derive(GenericForeignKey, Clone)]
pub enum Taken {
    Objects(ForeignKey<Book>),
}

#[derive(GenericForeignKey, Clone)]
pub enum Misplaced {
    #[field(related_name = "comments")]
    Book(ForeignKey<Book>),
    #[field(to_field = name)]
    Author(ForeignKey<Author>),
}

#[derive(GenericForeignKey, Clone)]
pub enum Target {
    Book(ForeignKey<Book>),
    Author(ForeignKey<Author>),
}

#[derive(Model)]
pub struct Comment {
    pub id: i64,
    #[field(generic, on_delete = SetNull)]
    pub target: Target,
    #[field(generic, on_delete = Set(3))]
    pub other: Option<Target>,
    #[field(generic, on_delete = Cascade, column = "what")]
    pub third: Target,
    #[field(generic, on_delete = Cascade)]
    pub number: i64,
    #[field(generic, on_delete = Cascade)]
    pub one: ForeignKey<Book>,
}

#[derive(ModelFields)]
pub struct Shared {
    #[field(generic, on_delete = Cascade, related_name = "shared")]
    pub target: Target,
}

fn main() {}
