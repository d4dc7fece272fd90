#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, author: Author) -> Result<()> {
    author.books().create(db, draft!(Book { title: "x" })).await?;
    Ok(())
}

fn main() {}
