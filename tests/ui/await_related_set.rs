#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn books(author: &Author) -> Result<Vec<Book>> {
    author.books().await
}

fn main() {}
