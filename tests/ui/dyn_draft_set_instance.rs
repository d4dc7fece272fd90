#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor, book: &Book) -> Result<()> {
    Review::dyn_draft().set("stars", 5).set("book", book).save(db).await?;
    Ok(())
}

fn main() {}
