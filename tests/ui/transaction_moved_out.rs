#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let tx = db.transaction(async |tx| Ok(tx)).await?;
    tx.batch_execute("SELECT 1").await
}

fn main() {}
