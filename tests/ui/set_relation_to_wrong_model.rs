#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let book: Book = todo!();
    Book::objects().update(db, |b| b.author().set(&book)).await?;
    Ok(())
}

fn main() {}
