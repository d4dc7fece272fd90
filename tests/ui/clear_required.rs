#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, author: Author) -> Result<()> {
    author.books().clear(db).await?;
    Ok(())
}

fn main() {}
