#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filtre(|b| b.title().eq("x"));
}

fn main() {}
