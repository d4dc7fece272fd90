#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<Vec<String>> {
    Book::objects().values(|b| (b.id(), b.title())).all(db).await
}

fn main() {}
