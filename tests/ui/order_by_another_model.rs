#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let author = Author::paths();
    let _ = Book::objects().order_by(|_| author.name().asc());
}

fn main() {}
