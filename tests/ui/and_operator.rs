#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.in_print() && b.pages().gt(5));
}

fn main() {}
