#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().eq("x").and(b.pages().gt(1))).all(db).await?;
    Ok(())
}

fn main() {}
