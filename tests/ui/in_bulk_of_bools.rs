#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().in_bulk(db, [true]).await?;
    Ok(())
}

fn main() {}
