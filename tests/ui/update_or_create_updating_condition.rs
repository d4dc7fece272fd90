#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let draft = draft!(Review { stars: 5, book: 1 });
    let review = Review::objects().update_or_create(db, |r| r.book(), draft);
    review.updating(|r| r.stars().eq(1)).await?;
    Ok(())
}

fn main() {}
