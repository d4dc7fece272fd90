//! What groups with subtotals, aggregates and SQL of one's own do not take.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn rollup_of_a_relation(db: &Database) -> Result<()> {
    Book::objects().values(|b| rollup(b.author())).all(db).await?;
    Ok(())
}

pub async fn rollup_of_a_name(db: &Database) -> Result<()> {
    Book::objects().values(|b| rollup(("pages", b.pages()))).all(db).await?;
    Ok(())
}

pub async fn cube_of_many(db: &Database) -> Result<()> {
    Book::objects().values(|b| cube(b.tags())).all(db).await?;
    Ok(())
}

pub async fn grouping_of_a_name(db: &Database) -> Result<()> {
    Book::objects().values(|b| rollup(b.pages())).annotate(|b| grouping("pages")).all(db).await?;
    Ok(())
}

pub async fn group_of_a_place(db: &Database) -> Result<()> {
    Book::objects().values(|b| grouping_sets(b.pages(), |_| [group_of(1)])).all(db).await?;
    Ok(())
}

pub async fn column_over_join(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.pages().over_join()).all(db).await?;
    Ok(())
}

pub async fn place_of_a_column(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.pages().then_of(b.title(), "x")).all(db).await?;
    Ok(())
}

pub async fn raw_with_one_expression(db: &Database) -> Result<()> {
    Book::objects().values(|b| raw_expr::<i32>("length($1)", b.title())).all(db).await?;
    Ok(())
}

pub async fn raw_with_a_relation(db: &Database) -> Result<()> {
    Book::objects().values(|b| raw_expr::<i32>("abs($1)", (b.author(),))).all(db).await?;
    Ok(())
}

pub async fn lookup_of_another_type(db: &Database) -> Result<()> {
    Book::objects().filter(|b| orm::expr::lookup(&b.pages(), "$1 # $2", "x")).all(db).await?;
    Ok(())
}

fn main() {}
