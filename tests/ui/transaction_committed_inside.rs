#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    db.transaction(async |tx| tx.commit().await).await
}

fn main() {}
