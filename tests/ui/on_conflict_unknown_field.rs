#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let drafts = [draft!(Tag { name: "x" })];
    Tag::objects().bulk_create(db, drafts).on_conflict(|t| t.nmae()).ignore().await?;
    Ok(())
}

fn main() {}
