#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(book: &Book) {
    let _ = Book::objects().filter(|b| b.author().eq(book));
}

fn main() {}
