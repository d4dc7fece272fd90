#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let drafts = [draft!(Review { stars: 5, book: 1 })];
    let reviews = Review::objects().bulk_create(db, drafts).on_conflict(|r| r.book());
    reviews.update_set(|r, new| r.stars().set(new.book().title())).await?;
    Ok(())
}

fn main() {}
