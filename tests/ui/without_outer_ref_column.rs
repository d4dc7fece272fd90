#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().filter(|a| {
        exists(Book::objects().filter(|b| b.title().eq(a.name())))
    });
}

fn main() {}
