#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().update(db, |b| b.author().name().set("x")).await?;
    Ok(())
}

fn main() {}
