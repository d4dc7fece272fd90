#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let set = |b: &Fields<Book>| (b.pages().set(2), b.isbn().set(None));
    Book::objects().update(db, set).await?;
    Ok(())
}

fn main() {}
