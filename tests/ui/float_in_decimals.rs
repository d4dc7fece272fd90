#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.price().in_([9.99, 19.99]));
}

fn main() {}
