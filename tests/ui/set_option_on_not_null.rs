#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, book: &mut Book, title: Option<String>) -> Result<()> {
    book.update(db, |b| (b.pages().set(b.pages() + 1), b.title().set(title))).await
}

fn main() {}
