#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(wanted: Option<Q<Book>>) -> Q<Book> {
    Book::q(|_| wanted)
}

fn main() {}
