#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let draft = draft!(Review { stars: 1, book: 1 });
    let reviews = Review::objects().bulk_create(db, [draft]).on_conflict(|r| r.id());
    reviews.update_set(|row, _| row.stars().set(None)).await?;
    Ok(())
}

fn main() {}
