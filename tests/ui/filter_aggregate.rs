#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().filter(|a| a.books().count());
}

fn main() {}
