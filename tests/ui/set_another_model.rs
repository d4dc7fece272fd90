#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let author = Author::paths();
    Book::objects().update(db, |_| author.name().set("x")).await?;
    Ok(())
}

fn main() {}
