#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, mut book: Book) -> Result<()> {
    Book::objects().update(db, ("pages", 100)).await?;
    Book::objects().aggregate(db, "pages").await?;
    book.save_fields(db, ["title"]).await?;
    Tag::objects().get_or_create(db, "name", draft!(Tag { name: "x" })).await?;
    let draft = draft!(Tag { name: "x" });
    Tag::objects().bulk_create(db, [draft]).on_conflict(|t| t.name()).update_set("name").await?;
    Ok(())
}

fn main() {}
