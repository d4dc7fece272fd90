#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let book = draft!(Book { isbn: Uuid::nil(), title: "x", author: 1 });
    draft!(Author { name: "a" }).nested(Author::books, [book]).save(db).await?;
    Ok(())
}

fn main() {}
