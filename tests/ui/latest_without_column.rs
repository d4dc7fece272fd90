#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().latest(db).await?;
    Ok(())
}

fn main() {}
