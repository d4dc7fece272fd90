//! What is no condition, and what cannot be compared.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn filter_str(db: &Database) -> Result<()> {
    Book::objects().filter("pages > 100").all(db).await?;
    Ok(())
}

pub async fn distinct_on_str(db: &Database) -> Result<()> {
    Book::objects().distinct_on("title").all(db).await?;
    Ok(())
}

pub async fn latest_by_str(db: &Database) -> Result<()> {
    Book::objects().latest_by(db, "title").await?;
    Ok(())
}

pub async fn opt_cond(db: &Database) -> Result<()> {
    let w = Some(1); Book::objects().filter(|b| w.map(|w| b.pages().eq(w))).all(db).await?;
    Ok(())
}

pub async fn vec_cond(db: &Database) -> Result<()> {
    Book::objects().filter(|b| { let mut v = Vec::new(); v.push(b.pages().gt(3)); v }).all(db).await?;
    Ok(())
}

pub async fn bool_cond(db: &Database) -> Result<()> {
    let on = true; Book::objects().filter(|b| on).all(db).await?;
    Ok(())
}

pub async fn result_cond(db: &Database) -> Result<()> {
    Book::objects().filter(|b| "3".parse::<i32>().map(|n| b.pages().eq(n))).all(db).await?;
    Ok(())
}

pub async fn refresh_m2m(db: &Database, mut book: Book) -> Result<()> {
    book.refresh_fields(db, |b| b.tags()).await?;
    Ok(())
}

pub async fn in_rows(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().in_(Review::objects())).all(db).await?;
    Ok(())
}

pub async fn f32_decimal(db: &Database) -> Result<()> {
    let f: f32 = 1.0; Book::objects().filter(|b| b.price().gt(f)).all(db).await?;
    Ok(())
}

pub async fn usize_i32(db: &Database) -> Result<()> {
    let v = [1]; Book::objects().filter(|b| b.pages().gt(v.len())).all(db).await?;
    Ok(())
}

pub async fn num_text(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().eq(3)).all(db).await?;
    Ok(())
}

pub async fn char_text(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().startswith('x')).all(db).await?;
    Ok(())
}

pub async fn bool_i32(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.in_print().eq(1)).all(db).await?;
    Ok(())
}

pub async fn str_date(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.published().gt("2020-01-01")).all(db).await?;
    Ok(())
}

pub async fn datetime_date(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.published().gt(Utc::now())).all(db).await?;
    Ok(())
}

pub async fn str_uuid(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.isbn().eq("x")).all(db).await?;
    Ok(())
}

pub async fn str_key_eq(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author().eq("Lem")).all(db).await?;
    Ok(())
}

pub async fn in_bulk_str(db: &Database) -> Result<()> {
    Book::objects().in_bulk(db, ["x"]).await?;
    Ok(())
}

pub async fn exec_qs(db: &Database, book: Book) -> Result<()> {
    Book::objects().all(&book).await?;
    Ok(())
}

pub async fn exec_str(db: &Database) -> Result<()> {
    Book::objects().all("postgres://").await?;
    Ok(())
}

pub async fn await_related(db: &Database, author: Author) -> Result<()> {
    author.books().await?;
    Ok(())
}

pub async fn index(db: &Database) -> Result<()> {
    let b = &Book::objects()[0];
    Ok(())
}

pub async fn filter_wrong_model(db: &Database) -> Result<()> {
    Book::objects().filter(|_| Author::paths().name().eq("x")).all(db).await?;
    Ok(())
}

pub async fn slice_index(db: &Database) -> Result<()> {
    let b = Book::objects()[0..5].all(db).await?;
    Ok(())
}

pub async fn add_qs(db: &Database) -> Result<()> {
    let q = Book::objects() + Book::objects();
    Ok(())
}

pub async fn len_qs(db: &Database) -> Result<()> {
    let n = Book::objects().filter(|b| b.in_print()).len();
    Ok(())
}

pub async fn print_qs(db: &Database) -> Result<()> {
    println!("{}", Book::objects());
    Ok(())
}

pub async fn filter_other_row(db: &Database, tag: Tag) -> Result<()> {
    Book::objects().filter(|b| b.author().eq(&tag)).all(db).await?;
    Ok(())
}

pub async fn filter_ordering(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().desc()).all(db).await?;
    Ok(())
}

pub async fn filter_assignment(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().set(3)).all(db).await?;
    Ok(())
}

pub async fn q_kwargs(db: &Database) -> Result<()> {
    Book::objects().filter(|b| Q(b.pages().gt(1))).all(db).await?;
    Ok(())
}

pub async fn q_new(db: &Database) -> Result<()> {
    Book::objects().filter(|b| Q::new(b.pages().gt(1))).all(db).await?;
    Ok(())
}

pub async fn get_or_create_row(db: &Database, tag: Tag) -> Result<()> {
    Tag::objects().get_or_create(db, |t| t.name(), tag).await?;
    Ok(())
}

pub async fn year_eq_str(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.published().year().eq("2020")).all(db).await?;
    Ok(())
}

pub async fn upper_of_int(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().upper().eq("x")).all(db).await?;
    Ok(())
}

pub async fn icontains_int(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().icontains("3")).all(db).await?;
    Ok(())
}

pub async fn icontains_num_arg(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().icontains(3)).all(db).await?;
    Ok(())
}

pub async fn key_on_text(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.title().key("x").eq("y")).all(db).await?;
    Ok(())
}

pub async fn on_commit_fn(db: &Database) -> Result<()> {
    db.transaction(async |tx| { tx.on_commit(|| println!("x")); Ok(()) }).await?;
    Ok(())
}

fn main() {}
