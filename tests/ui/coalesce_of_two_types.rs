#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().annotate(|b| coalesce((b.subtitle(), 0)));
}

fn main() {}
