#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let author = Author::paths();
    let _ = Book::objects().filter(|_| author.name().eq("Lem"));
}

fn main() {}
