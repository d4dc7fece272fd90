//! What cannot be written.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn save_fields_str(db: &Database, mut book: Book) -> Result<()> {
    book.save_fields(db, ["title"]).await?;
    Ok(())
}

pub async fn update_str(db: &Database) -> Result<()> {
    Book::objects().update(db, "title").await?;
    Ok(())
}

pub async fn bulk_update_str(db: &Database, book: Book) -> Result<()> {
    let books = vec![book]; Book::objects().bulk_update(db, &books, ["title"]).await?;
    Ok(())
}

pub async fn in_bulk_by_str(db: &Database) -> Result<()> {
    Tag::objects().in_bulk_by(db, "name", ["a"]).await?;
    Ok(())
}

pub async fn save_fields_m2m(db: &Database, mut book: Book) -> Result<()> {
    book.save_fields(db, |b| b.tags()).await?;
    Ok(())
}

pub async fn order_m2m_desc(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.tags().desc()).all(db).await?;
    Ok(())
}

pub async fn bulk_update_m2m(db: &Database, book: Book) -> Result<()> {
    let books = vec![book]; Book::objects().bulk_update(db, &books, |b| b.tags()).await?;
    Ok(())
}

pub async fn m2m_gt(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.tags().gt(1)).all(db).await?;
    Ok(())
}

pub async fn create_row(db: &Database, book: Book) -> Result<()> {
    Book::objects().create(db, book).await?;
    Ok(())
}

pub async fn set_and(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set(1) & b.title().set("x")).await?;
    Ok(())
}

pub async fn set_none(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.title().set(None)).await?;
    Ok(())
}

pub async fn set_nullif(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set(nullif(b.pages(), 1))).await?;
    Ok(())
}

pub async fn set_key_none(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.author().set(None)).await?;
    Ok(())
}

pub async fn set_key_nullable(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.author().set(b.editor())).await?;
    Ok(())
}

pub async fn set_other_model(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.author().name().set("x")).await?;
    Ok(())
}

pub async fn save_fields_rel_col(db: &Database, mut book: Book) -> Result<()> {
    book.save_fields(db, |b| b.author().name()).await?;
    Ok(())
}

pub async fn update_eq(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages().eq(3)).await?;
    Ok(())
}

pub async fn update_value(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| 3).await?;
    Ok(())
}

pub async fn update_column(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages() + 1).await?;
    Ok(())
}

pub async fn set_text_number(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set("3")).await?;
    Ok(())
}

pub async fn set_other_row(db: &Database, tag: Tag) -> Result<()> {
    Book::objects().update(db, |b| b.author().set(&tag)).await?;
    Ok(())
}

pub async fn tags_eq_author(db: &Database, author: Author) -> Result<()> {
    Book::objects().filter(|b| b.tags().eq(&author)).all(db).await?;
    Ok(())
}

pub async fn tags_add_author(db: &Database, book: Book, author: Author) -> Result<()> {
    book.tags().add(db, [&author]).await?;
    Ok(())
}

pub async fn tags_add_text(db: &Database, book: Book) -> Result<()> {
    book.tags().add(db, ["fantasy"]).await?;
    Ok(())
}

pub async fn tags_add_bare(db: &Database, book: Book, tag: Tag) -> Result<()> {
    book.tags().add(db, &tag).await?;
    Ok(())
}

pub async fn create_kwargs(db: &Database) -> Result<()> {
    Tag::objects().create(db, "x").await?;
    Ok(())
}

pub async fn bulk_update_assign(db: &Database, book: Book) -> Result<()> {
    let v = vec![book]; Book::objects().bulk_update(db, &v, |b| b.pages().set(1)).await?;
    Ok(())
}

pub async fn dict(db: &Database, book: Book) -> Result<()> {
    Book::dyn_draft().set("title", Some(&book)).save(db).await?;
    Ok(())
}

pub async fn update_instance_value(db: &Database, mut book: Book) -> Result<()> {
    book.update(db, |b| b.author().name().set("x")).await?;
    Ok(())
}

pub async fn set_m2m(db: &Database, tag: Tag) -> Result<()> {
    Book::objects().update(db, |b| b.tags().set([&tag])).await?;
    Ok(())
}

pub async fn set_reverse(db: &Database, book: Book) -> Result<()> {
    Author::objects().update(db, |a| (a.rating().set(1.0), a.books().set([book.id]))).await?;
    Ok(())
}

fn main() {}
