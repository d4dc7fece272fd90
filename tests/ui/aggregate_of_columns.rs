#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().aggregate(db, |b| b.pages()).await?;
    Ok(())
}

fn main() {}
