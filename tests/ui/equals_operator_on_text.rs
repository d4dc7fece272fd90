#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().exclude(|b| b.title() == "x");
}

fn main() {}
