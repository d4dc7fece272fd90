#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().values(|b| b.title()).select_related(|b| b.author());
}

fn main() {}
