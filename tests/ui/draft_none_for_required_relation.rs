#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = draft!(Review { stars: 1, book: None });
}

fn main() {}
