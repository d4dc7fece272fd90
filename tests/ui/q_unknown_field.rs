#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(q!(titel = "x"));
}

fn main() {}
