#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Author { name: "x" })]).await?;
    Ok(())
}

fn main() {}
