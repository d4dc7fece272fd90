#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(all: bool) {
    let _ = Book::objects().filter(|b| all & b.in_print());
}

fn main() {}
