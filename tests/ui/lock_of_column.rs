#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn query() -> QuerySet<Book> {
    Book::objects().select_for_update().of(|b| (b.author(), b.title()))
}

fn main() {}
