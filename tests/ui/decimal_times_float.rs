#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().annotate(|b| b.price() * b.weight());
}

fn main() {}
