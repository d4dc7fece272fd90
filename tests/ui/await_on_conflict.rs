#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database) -> Result<()> {
    let draft = draft!(Tag { name: "x" });
    Tag::objects().bulk_create(db, [draft]).on_conflict(|t| t.name()).await?;
    Ok(())
}

fn main() {}
