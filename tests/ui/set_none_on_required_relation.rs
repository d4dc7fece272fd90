#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.author().set(None)).await?;
    Ok(())
}

fn main() {}
