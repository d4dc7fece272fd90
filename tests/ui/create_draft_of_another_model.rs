#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().create(db, draft!(Tag { name: "x" })).await?;
    Ok(())
}

fn main() {}
