#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    Tag::objects().get_or_create(db, |t| t.name(), draft!(Author { name: "x" })).await?;
    Ok(())
}

fn main() {}
