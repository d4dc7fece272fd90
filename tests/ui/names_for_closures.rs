#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() {
    let _ = Book::objects().values("title");
    let _ = Book::objects().annotate("pages");
    let _ = Book::objects().select_related("author");
    let _ = Book::objects().prefetch_related("tags");
    let _ = Book::objects().exclude(("pages", 100));
    let _ = Book::objects().nested().filter("pages");
}

fn main() {}
