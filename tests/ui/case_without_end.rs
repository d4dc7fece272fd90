#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| case().when(b.pages().gt(3), "x")).all(db).await?;
    Ok(())
}

fn main() {}
