#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().select_related(|b| b.tags());
}

fn main() {}
