#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().values(|b| row!(Card { title: b.title() }));
}

pub struct Card {
    pub title: String,
    pub pages: i32,
}

fn main() {}
