#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(author: &Author) {
    let _ = Book::objects().filter(|b| b.author() == author);
}

fn main() {}
