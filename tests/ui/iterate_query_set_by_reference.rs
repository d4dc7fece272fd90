#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let books = Book::objects().filter(|b| b.pages().gt(100));
    for book in &books {
        let _ = book;
    }
}

fn main() {}
