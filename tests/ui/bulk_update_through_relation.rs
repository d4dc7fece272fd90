#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, books: &[Book]) -> Result<()> {
    Book::objects().bulk_update(db, books, |b| (b.pages(), b.author().name())).await?;
    Ok(())
}

fn main() {}
