#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn save(mut book: Book, db: &impl Executor) -> Result<()> {
    book.save_fields(db, |b| (b.title(), b.author().name())).await
}

fn main() {}
