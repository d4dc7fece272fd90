#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, author: Author) -> Result<()> {
    author.books().create(db, draft!(Book { isbn: Uuid::nil(), title: "x", author: 1 })).await?;
    Ok(())
}

fn main() {}
