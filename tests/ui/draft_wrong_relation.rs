#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let book: Book = todo!();
    draft!(Review { stars: 5, book: &book.author }).save(db).await?;
    Ok(())
}

fn main() {}
