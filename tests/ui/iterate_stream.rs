#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    for book in Book::objects().stream(db) {
        let _ = book;
    }
    Ok(())
}

fn main() {}
