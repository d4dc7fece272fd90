#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(wanted: Option<Q<Book>>) {
    let _ = Book::objects().filter(|b| b.in_print() & wanted);
}

fn main() {}
