#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let tag = Tag::paths();
    let _ = Book::objects().annotate(|_| tag.name());
}

fn main() {}
