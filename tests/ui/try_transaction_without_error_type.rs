#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) {
    let result = db.try_transaction(async |tx| {
        Tag::objects().count(tx).await?;
        Ok(())
    });
    result.await.ok();
}

fn main() {}
