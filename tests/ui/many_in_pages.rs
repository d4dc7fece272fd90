//! What pages are not, and what the row next to another one does not go by.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn page_awaited(db: &Database) -> Result<()> {
    let page = Book::objects().page(20).await?;
    Ok(())
}

pub async fn paginator_awaited(db: &Database) -> Result<()> {
    let page = Book::objects().paginate(20).await?;
    Ok(())
}

pub async fn after_a_number(db: &Database) -> Result<()> {
    Book::objects().page(20).after(3).get(db).await?;
    Ok(())
}

pub async fn before_a_row(db: &Database, book: Book) -> Result<()> {
    Book::objects().page(20).before(book).get(db).await?;
    Ok(())
}

pub async fn by_cursor(db: &Database) -> Result<()> {
    Book::objects().cursor_by(|b| b.id());
    Ok(())
}

pub async fn next_by_nullable(db: &Database, book: Book) -> Result<()> {
    book.get_next_by(db, |b| b.subtitle()).await?;
    Ok(())
}

pub async fn next_by_relation(db: &Database, book: Book) -> Result<()> {
    book.get_next_by(db, |b| b.author()).await?;
    Ok(())
}

pub async fn previous_by_related_column(db: &Database, book: Book) -> Result<()> {
    book.get_previous_by(db, |b| b.author().name()).await?;
    Ok(())
}

pub async fn previous_by_expression(db: &Database, book: Book) -> Result<()> {
    Book::objects().get_previous_by(db, &book, |b| b.pages() + 1).await?;
    Ok(())
}

pub async fn next_by_name(db: &Database, book: Book) -> Result<()> {
    book.get_next_by(db, "pages").await?;
    Ok(())
}

fn main() {}
