//! What the compiler says in its own words of windows, joins and WITH: the page on errors names the cure.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn search_in_number(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().search("x")).all(db).await?;
    Ok(())
}

pub async fn join_without_condition(db: &Database) -> Result<()> {
    let authors = Author::objects().values(|a| (a.id(), a.name()));
    Book::objects().join(authors).all(db).await?;
    Ok(())
}

pub async fn join_with_a_model(db: &Database) -> Result<()> {
    Book::objects().join(Author, |b, a| b.author().eq(a.id())).all(db).await?;
    Ok(())
}

pub async fn columns_by_name_after_a_union(db: &Database) -> Result<()> {
    let books = Book::objects().values(|b| (b.id(), b.title()));
    books.clone().union(books).filter(|row| row.title().eq("x")).all(db).await?;
    Ok(())
}

pub async fn cte_without_a_name(db: &Database) -> Result<()> {
    Book::objects().cte().objects().all(db).await?;
    Ok(())
}

pub async fn deleting_columns(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.id()).deleting("gone").objects().all(db).await?;
    Ok(())
}

pub async fn a_zone_that_is_no_text(db: &Database) -> Result<()> {
    Book::objects().all(&db.in_zone(2)).await?;
    Ok(())
}

pub async fn over_nothing(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| rank().over()).all(db).await?;
    Ok(())
}

pub async fn a_column_over(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.pages().over(window())).all(db).await?;
    Ok(())
}

pub async fn partition_by_closure(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| rank().over(window().partition_by(|b| b.author()))).all(db).await?;
    Ok(())
}

fn main() {}
