#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, book: Book, author: Author) -> Result<()> {
    book.tags().add(db, [&author]).await?;
    Ok(())
}

fn main() {}
