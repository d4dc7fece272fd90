#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    Author::objects().filter(|a| a.books().any(|b| b.in_print())).all(db).await?;
    Ok(())
}

fn main() {}
