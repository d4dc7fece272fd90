#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().order_by(|b| b.title().asc().nulls_last());
}

fn main() {}
