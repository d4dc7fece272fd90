#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().annotate(|a| a.books().filter(|b| b.pages().gt(5)).count());
}

fn main() {}
