#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Review::objects().get_or_create(db, |r| r.book(), draft!(Review { book: 1 })).await?;
    Ok(())
}

fn main() {}
