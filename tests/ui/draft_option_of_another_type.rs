#[path = "library/mod.rs"]
mod library;
use library::*;

pub fn book(author: &Author, subtitle: Option<&str>) {
    let _ = draft!(Book { isbn: Uuid::nil(), title: "x", subtitle, author });
}

fn main() {}
