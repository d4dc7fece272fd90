#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn draft() -> impl Complete {
    draft!(Author { name: Book::paths().title().upper() })
}

fn main() {}
