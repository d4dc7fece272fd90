#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let book = Book::paths();
    let _ = Book::objects().filter(book.pages().gt(100));
}

fn main() {}
