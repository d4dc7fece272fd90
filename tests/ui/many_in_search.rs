//! What cannot be searched in, or searched for.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;
use orm::Weight;

pub async fn search_for_number(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().search(5)).all(db).await?;
    Ok(())
}

pub async fn search_for_nothing(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().search(None::<String>)).all(db).await?;
    Ok(())
}

pub async fn query_and_text(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().search(search_query("x") & "y")).all(db).await?;
    Ok(())
}

pub async fn vector_of_name(db: &Database) -> Result<()> {
    Book::objects().filter(|b| search_vector("title").search("x")).all(db).await?;
    Ok(())
}

pub async fn rank_of_number(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| search_rank(b.pages(), "x").desc()).all(db).await?;
    Ok(())
}

pub async fn headline_of_number(db: &Database) -> Result<()> {
    Book::objects().values(|b| search_headline(b.pages(), "x")).all(db).await?;
    Ok(())
}

pub async fn weight_of_text(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().weight(Weight::A).search("x")).all(db).await?;
    Ok(())
}

pub async fn config_of_number(db: &Database) -> Result<()> {
    Book::objects().filter(|b| search_vector(b.title()).config(1).search("x")).all(db).await?;
    Ok(())
}

pub async fn alike_number(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().trigram_similar("x")).all(db).await?;
    Ok(())
}

pub async fn number_without_accents(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().unaccent().eq("x")).all(db).await?;
    Ok(())
}

fn main() {}
