#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query(wanted: Option<i32>) {
    let _ = Book::objects().filter(|b| wanted.map(|pages| b.pages().eq(pages)));
}

fn main() {}
