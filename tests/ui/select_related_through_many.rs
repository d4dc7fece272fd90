#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Tag::objects().select_related(|t| t.books().author());
}

fn main() {}
