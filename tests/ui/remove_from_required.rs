#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, author: Author, book: Book) -> Result<()> {
    author.books().remove(db, [&book]).await?;
    Ok(())
}

fn main() {}
