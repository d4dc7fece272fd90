#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|_| q!(Author: name = "x"));
}

fn main() {}
