#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| (b.pages().gt(5), b.title().eq("x")));
}

fn main() {}
