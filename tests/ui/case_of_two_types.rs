#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().annotate(|b| case().when(b.in_print(), "yes").otherwise(0));
}

fn main() {}
