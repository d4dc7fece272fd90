#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().all(&"postgres://localhost".to_owned()).await?;
    Ok(())
}

fn main() {}
