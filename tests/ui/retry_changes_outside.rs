#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(db: &impl Executor) -> Result<()> {
    let mut attempts = 0;
    db.retry(3)
        .transaction(async |tx| {
            attempts += 1;
            tx.batch_execute("SELECT 1").await
        })
        .await
}

fn main() {}
