#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Book::objects().datetimes(|b| b.published()).all(db).await?;
    Ok(())
}

fn main() {}
