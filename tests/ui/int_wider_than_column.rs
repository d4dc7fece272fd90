#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.pages().gt(5_000_000_000i64));
}

fn main() {}
