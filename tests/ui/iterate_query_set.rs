#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    for book in Book::objects() {
        let _ = book.title;
    }
}

fn main() {}
