#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(tag: &Tag) {
    let _ = Book::objects().filter(|b| b.tags().contains(tag));
}

fn main() {}
