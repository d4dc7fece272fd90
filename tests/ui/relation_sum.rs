#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Author::objects().annotate(|a| a.books().sum());
}

fn main() {}
