#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().values(|b| b.weight() != b.author().rating());
}

fn main() {}
