#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, book: &Book) -> Result<()> {
    Book::objects().update(db, |b| b.author().set(book)).await?;
    Ok(())
}

fn main() {}
