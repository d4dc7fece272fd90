//! What cannot be asked together.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use orm::prelude::*;

pub async fn query_sets(db: &Database) -> Result<()> {
    db.together((Book::objects(), Tag::objects().count(db))).await?;
    Ok(())
}

pub async fn one_query(db: &Database) -> Result<()> {
    db.together(Book::objects().all(db)).await?;
    Ok(())
}

pub async fn a_closure(db: &Database) -> Result<()> {
    db.together(|db| (Book::objects().all(db), Tag::objects().count(db))).await?;
    Ok(())
}

pub async fn a_value(db: &Database) -> Result<()> {
    db.together((Book::objects().all(db), 3)).await?;
    Ok(())
}

pub async fn a_list_of_query_sets(db: &Database) -> Result<()> {
    db.together(vec![Book::objects(), Book::objects()]).await?;
    Ok(())
}

fn main() {}
