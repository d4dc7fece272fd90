//! Mistakes with functions over windows.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use orm::prelude::*;

pub async fn no_window(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| rank()).all(db).await?;
    Ok(())
}

pub async fn over_a_column(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| rank().over(b.pages())).all(db).await?;
    Ok(())
}

pub async fn order_by_text(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| rank().over(window().order_by("-pages"))).all(db).await?;
    Ok(())
}

pub async fn rows_of_text(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.pages().sum().over(window().rows("3 PRECEDING"))).all(db).await?;
    Ok(())
}

pub async fn lag_default_of_another_type(db: &Database) -> Result<()> {
    Book::objects()
        .annotate(|b| lag(b.pages()).default("none").over(window().order_by(b.id())))
        .all(db)
        .await?;
    Ok(())
}

fn main() {}
