#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set(b.pages() * 1.5)).await?;
    Ok(())
}

fn main() {}
