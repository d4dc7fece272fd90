#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let _ = Author::objects().filter(|a| a.books().all(db)).all(db).await?;
    Ok(())
}

fn main() {}
