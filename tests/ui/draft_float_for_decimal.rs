#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn book(author: &Author) {
    let _ = draft!(Book { isbn: Uuid::nil(), title: "x", price: 9.99, author });
}

fn main() {}
