#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(q!(price__lte = 9.99));
}

fn main() {}
