#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, book: Book, tag: Tag) -> Result<()> {
    book.tags().add(db, [&tag]).through(|t| t.id().set(1)).await?;
    Ok(())
}

fn main() {}
