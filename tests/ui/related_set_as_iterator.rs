#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn titles(author: &Author) -> Vec<String> {
    author.books().map(|b| b.title).collect()
}

fn main() {}
