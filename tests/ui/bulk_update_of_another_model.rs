#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, authors: &[Author]) -> Result<()> {
    Book::objects().bulk_update(db, authors, |b| b.pages()).await?;
    Ok(())
}

fn main() {}
