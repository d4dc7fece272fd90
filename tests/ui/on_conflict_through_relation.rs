#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let drafts = [draft!(Review { stars: 5, book: 1 })];
    let reviews = Review::objects().bulk_create(db, drafts);
    reviews.on_conflict(|r| r.book().isbn()).update(|r| r.stars()).await?;
    Ok(())
}

fn main() {}
