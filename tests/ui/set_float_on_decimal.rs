#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.price().set(9.99)).await?;
    Ok(())
}

fn main() {}
