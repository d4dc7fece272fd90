//! Methods that expressions and relations have not.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn rel_gt(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author().gt(3)).all(db).await?;
    Ok(())
}

pub async fn rel_icontains(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author().icontains("x")).all(db).await?;
    Ok(())
}

pub async fn rel_contains(db: &Database, tag: Tag) -> Result<()> {
    Book::objects().filter(|b| b.tags().contains(&tag)).all(db).await?;
    Ok(())
}

pub async fn rel_len(db: &Database) -> Result<()> {
    Author::objects().filter(|a| a.books().len().gt(3)).all(db).await?;
    Ok(())
}

pub async fn rel_is_null(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.editor().is_null()).all(db).await?;
    Ok(())
}

pub async fn rel_is_none(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.editor().is_none()).all(db).await?;
    Ok(())
}

pub async fn rel_exists(db: &Database) -> Result<()> {
    Author::objects().filter(|a| a.books().exists()).all(db).await?;
    Ok(())
}

pub async fn rel_like(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author().like("x")).all(db).await?;
    Ok(())
}

pub async fn rel_is_empty(db: &Database) -> Result<()> {
    Author::objects().filter(|a| a.books().is_empty()).all(db).await?;
    Ok(())
}

pub async fn rel_not(db: &Database) -> Result<()> {
    Book::objects().filter(|b| !b.editor()).all(db).await?;
    Ok(())
}

pub async fn rel_and(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.editor() & b.in_print()).all(db).await?;
    Ok(())
}

pub async fn rel_lower(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author().lower().eq("x")).all(db).await?;
    Ok(())
}

pub async fn rel_first_name(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.books().order_by(|b| b.pages()).first().title()).all(db).await?;
    Ok(())
}

pub async fn rel_unwrap(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.editor().unwrap().name().eq("x")).all(db).await?;
    Ok(())
}

pub async fn rel_map(db: &Database) -> Result<()> {
    Author::objects().values(|a| a.books().map(|b| b.title())).all(db).await?;
    Ok(())
}

pub async fn col_like(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().like("x%")).all(db).await?;
    Ok(())
}

pub async fn col_is_null(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.subtitle().is_null()).all(db).await?;
    Ok(())
}

pub async fn col_starts_with(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().starts_with("x")).all(db).await?;
    Ok(())
}

pub async fn col_to_lowercase(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().to_lowercase().eq("x")).all(db).await?;
    Ok(())
}

pub async fn col_eq_any(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().eq_any([1, 2])).all(db).await?;
    Ok(())
}

pub async fn col_and(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().eq("x").and(b.pages().gt(1))).all(db).await?;
    Ok(())
}

pub async fn col_or(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().eq("x").or(b.pages().gt(1))).all(db).await?;
    Ok(())
}

pub async fn col_any(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().any([1, 2])).all(db).await?;
    Ok(())
}

pub async fn col_in(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().is_in([1, 2])).all(db).await?;
    Ok(())
}

pub async fn col_one_of(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().one_of([1, 2])).all(db).await?;
    Ok(())
}

pub async fn col_equals(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().equals(1)).all(db).await?;
    Ok(())
}

pub async fn col_matches(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().matches("x")).all(db).await?;
    Ok(())
}

pub async fn col_as(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.pages().max().alias("n")).all(db).await?;
    Ok(())
}

pub async fn col_order_desc(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.title().descending()).all(db).await?;
    Ok(())
}

pub async fn col_average(db: &Database) -> Result<()> {
    Book::objects().aggregate(db, |b| b.pages().average()).await?;
    Ok(())
}

pub async fn col_trim_start(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.title().trim_start()).all(db).await?;
    Ok(())
}

pub async fn case_no_otherwise(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| case().when(b.pages().gt(3), "x")).all(db).await?;
    Ok(())
}

pub async fn case_no_otherwise_set(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages().set(case().when(b.pages().gt(3), 1))).await?;
    Ok(())
}

pub async fn case_no_otherwise_eq(db: &Database) -> Result<()> {
    Book::objects().filter(|b| case().when(b.pages().gt(3), 1).eq(1)).all(db).await?;
    Ok(())
}

pub async fn case_no_otherwise_filter(db: &Database) -> Result<()> {
    Book::objects().filter(|b| case().when(b.pages().gt(3), true)).all(db).await?;
    Ok(())
}

pub async fn case_two_types(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| case().when(b.pages().gt(3), "x").otherwise(1)).all(db).await?;
    Ok(())
}

pub async fn lookup_typo_method(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().contain("x")).all(db).await?;
    Ok(())
}

fn main() {}
