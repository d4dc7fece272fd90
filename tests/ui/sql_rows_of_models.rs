#[path = "library/mod.rs"]
mod library;
use library::*;

sql_rows! {
    fn books_of(author: i64) -> Book;
}

fn main() {}
