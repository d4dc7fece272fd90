#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let author = Author::paths();
    author.books().objects().delete(db).await?;
    Ok(())
}

fn main() {}
