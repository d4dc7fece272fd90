//! Mistakes with rows side by side: sets, joins, WITH.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use orm::prelude::*;

pub async fn union_of_two_models(db: &Database) -> Result<()> {
    Book::objects().union(Author::objects()).all(db).await?;
    Ok(())
}

pub async fn union_of_other_columns(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.pages()).union(Author::objects().values(|a| a.name())).all(db).await?;
    Ok(())
}

pub async fn union_of_other_numbers_of_columns(db: &Database) -> Result<()> {
    let books = Book::objects().values(|b| (b.id(), b.title()));
    books.union(Author::objects().values(|a| a.id())).all(db).await?;
    Ok(())
}

pub async fn union_of_a_list(db: &Database) -> Result<()> {
    let books = Book::objects().all(db).await?;
    Book::objects().union(books).all(db).await?;
    Ok(())
}

pub async fn join_by_a_bool(db: &Database) -> Result<()> {
    let authors = Author::objects().values(|a| (a.id(), a.name()));
    Book::objects().join(authors, |b, a| true).all(db).await?;
    Ok(())
}

pub async fn join_compares_other_types(db: &Database) -> Result<()> {
    let authors = Author::objects().values(|a| (a.id(), a.name()));
    Book::objects().join(authors, |b, (_, name)| b.pages().eq(name.clone())).all(db).await?;
    Ok(())
}

pub async fn recursion_of_other_rows(db: &Database) -> Result<()> {
    let first = Author::objects().values(|a| a.id());
    let all = recursive("chain", first, |chain| Book::objects().values(|b| b.title()));
    all.objects().all(db).await?;
    Ok(())
}

fn main() {}
