#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn titles(author: &Author) -> Vec<String> {
    let mut titles = Vec::new();
    for book in author.books() {
        titles.push(book.title);
    }
    titles
}

fn main() {}
