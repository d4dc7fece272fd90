#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn run(tx: &Transaction) {
    tx.on_commit(async || 5);
}

fn main() {}
