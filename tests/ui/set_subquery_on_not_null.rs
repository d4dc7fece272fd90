#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let pages = Book::objects().values(|b| b.pages()).limit(1);
    Book::objects().update(db, |b| b.pages().set(subquery(pages))).await?;
    Ok(())
}

fn main() {}
