#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(tx: &Transaction) -> Result<()> {
    tx.advisory_lock(1.5).await
}

fn main() {}
