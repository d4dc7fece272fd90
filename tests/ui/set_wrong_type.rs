#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set("x")).await?;
    Ok(())
}

fn main() {}
