#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let book: Book = todo!();
    let author: Author = todo!();
    book.tags().add(db, [&author]).await?;
    Ok(())
}

fn main() {}
