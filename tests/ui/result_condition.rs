#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().filter(|b| "3".parse::<i32>().map(|n| b.pages().eq(n))).all(db).await?;
    Ok(())
}

fn main() {}
