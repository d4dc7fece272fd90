//! What cannot be inserted from a query set, and what functions of one's own do not take.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

sql_function! {
    fn levenshtein(a: String, b: String) -> i32;
}

sql_rows! {
    fn words(text: String) -> (i64, String);
}

pub async fn null_into_not_null(db: &Database) -> Result<()> {
    Tag::objects().insert_from(db, Book::objects(), |tag, b| tag.name().set(b.subtitle())).await?;
    Ok(())
}

pub async fn another_type(db: &Database) -> Result<()> {
    Tag::objects().insert_from(db, Book::objects(), |tag, b| tag.name().set(b.pages())).await?;
    Ok(())
}

pub async fn key_of_another_model(db: &Database) -> Result<()> {
    Review::objects().insert_from(db, Author::objects(), |r, a| (r.stars().set(1), r.book().set(a.clone()))).await?;
    Ok(())
}

pub async fn columns_alone(db: &Database) -> Result<()> {
    Tag::objects().insert_from(db, Book::objects(), |tag, b| (tag.name(), b.title())).await?;
    Ok(())
}

pub async fn column_of_another_row(db: &Database) -> Result<()> {
    Book::objects().insert_from(db, Author::objects(), |new, a| new.author().name().set(a.name())).await?;
    Ok(())
}

pub async fn names_of_columns(db: &Database) -> Result<()> {
    Tag::objects().insert_from(db, Book::objects(), ["title"]).await?;
    Ok(())
}

pub async fn rows_in_hand(db: &Database, books: Vec<Book>) -> Result<()> {
    Tag::objects().insert_from(db, books, |tag, _| tag.name().set("x")).await?;
    Ok(())
}

pub async fn rows_with_a_list(db: &Database) -> Result<()> {
    let authors = Author::objects().prefetch_related(|a| a.books());
    Tag::objects().insert_from(db, authors, |tag, _| tag.name().set("x")).await?;
    Ok(())
}

pub async fn conflict_without_end(db: &Database) -> Result<()> {
    let rows = Tag::objects().insert_from(db, Author::objects(), |tag, a| tag.name().set(a.name()));
    rows.on_conflict(|t| t.name()).await?;
    Ok(())
}

pub async fn conflict_of_django(db: &Database) -> Result<()> {
    let rows = Tag::objects().insert_from(db, Author::objects(), |tag, a| tag.name().set(a.name()));
    rows.ignore_conflicts().await?;
    Ok(())
}

pub async fn argument_of_another_type(db: &Database) -> Result<()> {
    Book::objects().filter(|b| levenshtein(b.title(), 3).lt(3)).all(db).await?;
    Ok(())
}

pub async fn rows_of_another_type(db: &Database) -> Result<()> {
    Book::objects().join_lateral(|b| words(b.pages())).all(db).await?;
    Ok(())
}

pub async fn lone_pair(db: &Database) -> Result<()> {
    Book::objects().values(|b| json_object(("title", b.title()))).all(db).await?;
    Ok(())
}

pub async fn unnested_text(db: &Database) -> Result<()> {
    Book::objects().join_lateral(|b| unnest(b.title())).all(db).await?;
    Ok(())
}

fn main() {}
