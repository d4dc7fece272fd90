//! What the compiler says in its own words, once all types are right.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn tx_async_move(db: &Database) -> Result<()> {
    db.transaction(|tx| async move { Tag::objects().all(tx).await?; Ok(()) }).await?;
    Ok(())
}

pub async fn delete_by_ref(db: &Database, book: Book) -> Result<()> {
    let b = &book; b.delete(db).await?;
    Ok(())
}

pub async fn tx_rollback(db: &Database) -> Result<()> {
    db.transaction(async |tx| { tx.rollback().await?; Ok(()) }).await?;
    Ok(())
}

pub async fn save_twice(db: &Database) -> Result<()> {
    let d = draft!(Tag { name: "x" }); d.save(db).await?; d.save(db).await?;
    Ok(())
}

pub async fn immutable_save(db: &Database, book: Book) -> Result<()> {
    let b = book; b.save(db).await?;
    Ok(())
}

fn main() {}
