#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let _ = Book::objects().filter(|b| b.pages().gt(100)).await?;
    Ok(())
}

fn main() {}
