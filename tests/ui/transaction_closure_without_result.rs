#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    db.transaction(async |tx| {
        Tag::objects().update(tx, |t| t.name().set("x")).await?;
    })
    .await
}

fn main() {}
