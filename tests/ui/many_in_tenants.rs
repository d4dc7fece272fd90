//! What is no executor of a tenant.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn nothing(db: &Database) -> Result<()> {
    Book::objects().all(&db.for_tenant(())).await?;
    Ok(())
}

pub async fn none(db: &Database) -> Result<()> {
    Book::objects().all(&db.for_tenant(None::<i64>)).await?;
    Ok(())
}

pub async fn a_row(db: &Database, author: &Author) -> Result<()> {
    Book::objects().all(&db.for_tenant(author)).await?;
    Ok(())
}

pub async fn a_name_is_no_executor(db: &Database) -> Result<()> {
    Book::objects().all("acme").await?;
    Ok(())
}

fn main() {}
