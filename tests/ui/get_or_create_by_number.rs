#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let draft = draft!(Review { stars: 5, book: 1 });
    Review::objects().get_or_create(db, |r| r.stars() + 1, draft).await?;
    Ok(())
}

fn main() {}
