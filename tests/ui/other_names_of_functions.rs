#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().aggregate(db, |b| b.pages().average()).await?;
    Ok(())
}

fn main() {}
