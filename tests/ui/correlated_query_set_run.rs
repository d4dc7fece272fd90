#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let author = Author::paths();
    let _ = author.books().objects().all(db).await?;
    Ok(())
}

fn main() {}
