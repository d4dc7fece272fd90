#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn review(book: &Book, stars: Option<i32>) {
    let _ = draft!(Review { stars, book });
}

fn main() {}
