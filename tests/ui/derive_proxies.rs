//! What proxies cannot have.
#![allow(unused)]

use orm::prelude::*;

#[derive(Model)]
pub struct Author {
    pub id: i64,
    pub name: String,
}

#[derive(Model)]
pub struct Book {
    pub id: i64,
    pub title: String,
    #[field(on_delete = Cascade, related_name = "books")]
    pub author: ForeignKey<Author>,
}

#[derive(Model)]
#[model(proxy = Book)]
pub struct WithFields {
    pub id: i64,
}

#[derive(Model)]
#[model(proxy = Book)]
pub struct OfAnother(pub Author);

#[derive(Model)]
#[model(proxy = Book, table = "old_book", hooks, index(fields = [title]))]
pub struct WithTable(pub Book);

#[derive(Model)]
#[model(proxy = Book, managers(objects = AllRows))]
pub struct OldBook(pub Book);

#[derive(Model)]
#[model(proxy = Book, managers(published = Published))]
pub struct Managed(pub Book);

pub struct Published;

impl Hooks for OldBook {}

pub async fn draft_without(db: &Database) -> Result<()> {
    draft!(OldBook { title: "x" }).save(db).await?;
    Ok(())
}

pub async fn latest_by_nothing(db: &Database) -> Result<()> {
    OldBook::objects().latest(db).await?;
    Ok(())
}

pub fn relation_to_many(db: &Database) {
    OldBook::objects().select_related(|b| b.author().books());
}

fn main() {}
