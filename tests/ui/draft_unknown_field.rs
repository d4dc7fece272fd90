#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, author: &Author) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), titel: "x", author: author }).save(db).await?;
    Ok(())
}

fn main() {}
