#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let tag = Tag::paths();
    let _ = Author::objects().prefetch_related(|_| tag.books());
}

fn main() {}
