#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let author: Author = todo!();
    author.books().create(db, draft!(Book { title: "x" })).await?;
    Ok(())
}

fn main() {}
