#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().filter(|b| b.pages().eq(subquery(Author::objects().values(|a| a.name()))));
}

fn main() {}
