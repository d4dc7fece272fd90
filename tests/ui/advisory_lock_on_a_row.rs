#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn run(tx: &Transaction, tag: &Tag) -> Result<bool> {
    tx.try_advisory_lock(tag).await
}

fn main() {}
