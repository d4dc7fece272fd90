//! Names of other libraries.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn filter_chain_or(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().gt(1)).or(|b| b.in_print()).all(db).await?;
    Ok(())
}

pub async fn only(db: &Database) -> Result<()> {
    Book::objects().only(|b| b.title()).all(db).await?;
    Ok(())
}

pub async fn defer(db: &Database) -> Result<()> {
    Book::objects().defer(|b| b.title()).all(db).await?;
    Ok(())
}

pub async fn values_list(db: &Database) -> Result<()> {
    Book::objects().values_list(|b| b.title()).all(db).await?;
    Ok(())
}

pub async fn flat(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.title()).flat().all(db).await?;
    Ok(())
}

pub async fn union_mixed(db: &Database) -> Result<()> {
    Book::objects().union(Author::objects()).all(db).await?;
    Ok(())
}

pub async fn use_str_db(db: &Database) -> Result<()> {
    Book::objects().using("replica").all(db).await?;
    Ok(())
}

pub async fn find_objects(db: &Database) -> Result<()> {
    Book::objects().find(1).first(db).await?;
    Ok(())
}

pub async fn table_load(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print()).load(db).await?;
    Ok(())
}

pub async fn get_result(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print()).get_result(db).await?;
    Ok(())
}

pub async fn get_results(db: &Database) -> Result<()> {
    Book::objects().get_results(db).await?;
    Ok(())
}

pub async fn order(db: &Database) -> Result<()> {
    Book::objects().order(|b| b.title().asc()).all(db).await?;
    Ok(())
}

pub async fn select(db: &Database) -> Result<()> {
    Book::objects().select(|b| b.title()).all(db).await?;
    Ok(())
}

pub async fn inner_join(db: &Database) -> Result<()> {
    Book::objects().inner_join(|b| b.author()).all(db).await?;
    Ok(())
}

pub async fn group_by(db: &Database) -> Result<()> {
    Book::objects().group_by(|b| b.author()).all(db).await?;
    Ok(())
}

pub async fn having(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.books().count()).having(|a| a.books().count().gt(3)).all(db).await?;
    Ok(())
}

pub async fn then_order_by(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.title()).then_order_by(|b| b.pages()).all(db).await?;
    Ok(())
}

pub async fn where_query(db: &Database) -> Result<()> {
    Book::objects().where_(|b| b.in_print()).all(db).await?;
    Ok(())
}

pub async fn one(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print()).one(db).await?;
    Ok(())
}

pub async fn into_active(db: &Database, tag: Tag) -> Result<()> {
    let t = tag.into_active_model();
    Ok(())
}

pub async fn paginate(db: &Database) -> Result<()> {
    let p = Book::objects().cursor_paginate(20);
    Ok(())
}

pub async fn fetch_all(db: &Database) -> Result<()> {
    Book::objects().fetch_all(db).await?;
    Ok(())
}

pub async fn fetch_one(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print()).fetch_one(db).await?;
    Ok(())
}

pub async fn fetch_optional(db: &Database) -> Result<()> {
    Book::objects().fetch_optional(db).await?;
    Ok(())
}

pub async fn bind(db: &Database, book: Book) -> Result<()> {
    Book::objects().raw("SELECT * FROM book WHERE id = $1", params![]).bind(1).all(db).await?;
    Ok(())
}

pub async fn query_as_scalar(db: &Database) -> Result<()> {
    let v = db.query_as::<i64>("SELECT 1", params![]).await?;
    Ok(())
}

pub async fn aget(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print()).aget(db).await?;
    Ok(())
}

pub async fn to_sql(db: &Database) -> Result<()> {
    println!("{}", Book::objects().to_sql());
    Ok(())
}

pub async fn find_each(db: &Database) -> Result<()> {
    Book::objects().find_each(|b| b).await?;
    Ok(())
}

pub async fn clear_ordering(db: &Database) -> Result<()> {
    Book::objects().clear_ordering().all(db).await?;
    Ok(())
}

pub async fn from_sql(db: &Database) -> Result<()> {
    Book::objects().from_sql("SELECT 1").all(db).await?;
    Ok(())
}

pub async fn attach(db: &Database, book: Book, tag: Tag) -> Result<()> {
    book.tags().attach(db, &tag).await?;
    Ok(())
}

pub async fn sum_of_query_set(db: &Database) -> Result<()> {
    Book::objects().sum(db, |b| b.pages()).await?;
    Ok(())
}

pub async fn filter_not(db: &Database) -> Result<()> {
    Book::objects().filter_not(|b| b.in_print()).all(db).await?;
    Ok(())
}

pub async fn pool(db: &Database) -> Result<()> {
    Book::objects().all(&db.pool()).await?;
    Ok(())
}

pub async fn is_dirty(book: Book) -> Result<()> {
    if book.is_dirty() { }
    Ok(())
}

pub async fn row_is_valid(book: Book) -> Result<()> {
    if book.is_valid() { }
    Ok(())
}

pub async fn to_json(book: Book) -> Result<()> {
    let json = book.to_json();
    Ok(())
}

pub async fn asave(db: &Database, mut book: Book) -> Result<()> {
    book.asave(db).await?;
    Ok(())
}

pub async fn column_before(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.published().before(NaiveDate::MIN)).all(db).await?;
    Ok(())
}

fn main() {}
