#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let _ = Book::objects().order_by(|b| b.id()).nth(db, -1).await?;
    Ok(())
}

fn main() {}
