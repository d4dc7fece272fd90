#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.pages().max().alias("n")).all(db).await?;
    Ok(())
}

fn main() {}
