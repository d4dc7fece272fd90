#[path = "library/mod.rs"]
mod library;
use library::*;

#[deny(unused_must_use)]
pub fn query() {
    Book::objects().filter(|b| b.in_print());
}

fn main() {}
