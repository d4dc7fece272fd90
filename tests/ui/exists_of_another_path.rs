#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let tags = Tag::paths();
    let _ = Author::objects().filter(|_| exists(tags.books().objects()));
}

fn main() {}
