#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().values(|b| row!(Card { title: b.pages() }));
}

pub struct Card {
    pub title: String,
}

fn main() {}
