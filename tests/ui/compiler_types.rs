//! What the compiler says in its own words: the page on errors names the cure.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn tx_other_error_q(db: &Database) -> Result<()> {
    #[derive(Debug)] struct SoldOut; db.transaction(async |tx| { let n = Tag::objects().count(tx).await?; if n == 0 { return Err(SoldOut); } Ok(n) }).await.ok();
    Ok(())
}

pub async fn tx_no_arg(db: &Database) -> Result<()> {
    db.transaction(async || { Ok(()) }).await?;
    Ok(())
}

pub async fn filter_closure_two(db: &Database) -> Result<()> {
    Book::objects().filter(|b, x| b.pages().gt(1)).all(db).await?;
    Ok(())
}

pub async fn get_key(db: &Database) -> Result<()> {
    Book::objects().get(db, 1).await?;
    Ok(())
}

pub async fn first_key(db: &Database) -> Result<()> {
    Book::objects().first(db, 1).await?;
    Ok(())
}

pub async fn all_noarg(db: &Database) -> Result<()> {
    Book::objects().all().await?;
    Ok(())
}

pub async fn count_noarg(db: &Database) -> Result<()> {
    Book::objects().count().await?;
    Ok(())
}

pub async fn save_noarg(db: &Database) -> Result<()> {
    draft!(Tag { name: "x" }).save().await?;
    Ok(())
}

pub async fn get_closure_only(db: &Database) -> Result<()> {
    Book::objects().get(|b| b.pages().eq(1)).await?;
    Ok(())
}

pub async fn and_and(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().gt(1) && b.in_print()).all(db).await?;
    Ok(())
}

pub async fn or_or(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().gt(1) || b.in_print()).all(db).await?;
    Ok(())
}

pub async fn gt_op_left(db: &Database) -> Result<()> {
    Book::objects().filter(|b| 3 < b.pages()).all(db).await?;
    Ok(())
}

pub async fn if_else(db: &Database) -> Result<()> {
    let on = true; Book::objects().filter(|b| if on { b.pages().gt(1) } else { b.in_print() }).all(db).await?;
    Ok(())
}

pub async fn literal_struct(db: &Database) -> Result<()> {
    Tag { name: "x".into() }.save(db).await?;
    Ok(())
}

pub async fn default_struct(db: &Database) -> Result<()> {
    Tag { name: "x".into(), ..Default::default() }.save(db).await?;
    Ok(())
}

pub async fn assign_author(db: &Database, mut book: Book, author: Author) -> Result<()> {
    book.author = author.clone();
    Ok(())
}

pub async fn assign_num(db: &Database, mut book: Book) -> Result<()> {
    book.author = 1;
    Ok(())
}

pub async fn row_option(db: &Database) -> Result<()> {
    struct C { title: String, sub: String } Book::objects().values(|b| row!(C { title: b.title(), sub: b.subtitle() })).all(db).await?;
    Ok(())
}

pub async fn q_or_q2(db: &Database) -> Result<()> {
    Book::objects().filter(q!(pages__gt = 3) | q!(title = "x")).all(db).await?;
    Ok(())
}

pub async fn ann_tuple_filter(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.books().count()).filter(|(a, n)| n.gt(3)).all(db).await?;
    Ok(())
}

pub async fn ann_two_filter(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.books().count()).filter(|a, n| n.gt(3)).all(db).await?;
    Ok(())
}

pub async fn set_assign(db: &Database) -> Result<()> {
    Book::objects().update(db, |b| b.pages() = 1).await?;
    Ok(())
}

pub async fn values_prefetch(db: &Database) -> Result<()> {
    Book::objects().values(|b| (b.title(), prefetch(b.tags()))).all(db).await?;
    Ok(())
}

pub async fn field_access(db: &Database, book: Book) -> Result<()> {
    println!("{}", book.author.name);
    Ok(())
}

pub async fn print_book_author(db: &Database, book: Book) -> Result<()> {
    println!("{}", book.author().name);
    Ok(())
}

pub async fn missing_await(db: &Database) -> Result<()> {
    let n = Book::objects().count(db); if n > 3 { }
    Ok(())
}

pub async fn bool_qs(db: &Database) -> Result<()> {
    if Book::objects().filter(|b| b.in_print()) { }
    Ok(())
}

pub async fn count_col(db: &Database) -> Result<()> {
    Book::objects().count(db, |b| b.pages()).await?;
    Ok(())
}

pub async fn get_or_create_defaults(db: &Database) -> Result<()> {
    Tag::objects().get_or_create(db, |t| t.name().eq("x")).await?;
    Ok(())
}

pub async fn raw_no_params(db: &Database, book: Book) -> Result<()> {
    Book::objects().raw("SELECT * FROM book").all(db).await?;
    Ok(())
}

pub async fn isnull_noarg(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.subtitle().isnull()).all(db).await?;
    Ok(())
}

pub async fn qs_or_mixed(db: &Database) -> Result<()> {
    let q = Book::objects() | Author::objects();
    Ok(())
}

pub async fn rows_of_annotate(db: &Database) -> Result<()> {
    for b in Author::objects().annotate(|a| a.books().count()).all(db).await? { println!("{}", b.name); }
    Ok(())
}

pub async fn first_field(db: &Database) -> Result<()> {
    println!("{}", Book::objects().first(db).await?.title);
    Ok(())
}

pub async fn all_forgot_await(db: &Database) -> Result<()> {
    for b in Book::objects().all(db)? { }
    Ok(())
}

pub async fn all_forgot_q(db: &Database) -> Result<()> {
    for b in Book::objects().all(db).await { println!("{}", b.title); }
    Ok(())
}

pub async fn fetch_noarg(db: &Database, book: Book) -> Result<()> {
    let a = book.author.fetch().await?;
    Ok(())
}

pub async fn key_eq_int(db: &Database, book: Book) -> Result<()> {
    if book.author == 3 { }
    Ok(())
}

pub async fn author_id_path(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.author_id().eq(3)).all(db).await?;
    Ok(())
}

pub async fn tx_no_ok(db: &Database) -> Result<()> {
    db.transaction(async |tx| { Tag::objects().count(tx).await?; }).await?;
    Ok(())
}

pub async fn find(db: &Database) -> Result<()> {
    Book::find(1).one(db).await?;
    Ok(())
}

pub async fn order_by_two(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.title(), |b| b.pages()).all(db).await?;
    Ok(())
}

pub async fn rest_other(db: &Database) -> Result<()> {
    draft!(Tag { name: "x", ..author }).save(db).await?;
    Ok(())
}

pub async fn reverse_rows(db: &Database, book: Book) -> Result<()> {
    draft!(Author { name: "x", books: [book] }).save(db).await?;
    Ok(())
}

fn main() {}
