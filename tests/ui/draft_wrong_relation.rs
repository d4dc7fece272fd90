#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, author: &Author) -> Result<()> {
    draft!(Review { stars: 5, book: author }).save(db).await?;
    Ok(())
}

fn main() {}
