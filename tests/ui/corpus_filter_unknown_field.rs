#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.nope().eq(1));
}

fn main() {}
