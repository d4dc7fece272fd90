#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.pages().ge(100));
    let _ = Book::objects().filter(|b| b.subtitle().is_null());
    let _ = Book::objects().filter(|b| b.title().like("%x%"));
}

fn main() {}
