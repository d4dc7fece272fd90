#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn run(tx: &Transaction, tags: &[Tag]) {
    tx.on_commit(async move || println!("{} tags", tags.len()));
}

fn main() {}
