#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().dates(|b| b.title()).all(db).await?;
    Ok(())
}

fn main() {}
