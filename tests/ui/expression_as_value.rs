#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.subtitle().unwrap().eq("x")).all(db).await?;
    Ok(())
}

fn main() {}
