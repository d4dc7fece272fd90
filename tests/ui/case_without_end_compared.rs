#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().filter(|b| case().when(b.pages().gt(3), 1).eq(1)).all(db).await?;
    Ok(())
}

fn main() {}
