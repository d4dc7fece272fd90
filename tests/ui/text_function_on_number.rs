#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().annotate(|b| b.pages().lower());
}

fn main() {}
