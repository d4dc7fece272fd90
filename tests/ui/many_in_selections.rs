//! What cannot be selected, loaded or ordered by.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn order_str(db: &Database) -> Result<()> {
    Book::objects().order_by("-title").all(db).await?;
    Ok(())
}

pub async fn values_str(db: &Database) -> Result<()> {
    Book::objects().values("title").all(db).await?;
    Ok(())
}

pub async fn aggregate_str(db: &Database) -> Result<()> {
    Book::objects().aggregate(db, "pages").await?;
    Ok(())
}

pub async fn order_m2m(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.tags()).all(db).await?;
    Ok(())
}

pub async fn values_m2m(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.tags()).all(db).await?;
    Ok(())
}

pub async fn annotate_m2m(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.tags()).all(db).await?;
    Ok(())
}

pub async fn subq_tuple(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| subquery(Review::objects().values(|r| (r.stars(), r.id())).limit(1))).all(db).await?;
    Ok(())
}

pub async fn subq_row(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| subquery(Review::objects().limit(1))).all(db).await?;
    Ok(())
}

pub async fn subq_in_filter(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().eq(subquery(Review::objects()))).all(db).await?;
    Ok(())
}

pub async fn in_tuple_query(db: &Database) -> Result<()> {
    Book::objects().filter(|b| b.pages().in_(Review::objects().values(|r| (r.stars(), r.id())))).all(db).await?;
    Ok(())
}

pub async fn concat_str(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| concat(b.title())).all(db).await?;
    Ok(())
}

pub async fn of_str(db: &Database, author: Author) -> Result<()> {
    Book::objects().select_related(|b| b.author()).select_for_update().of("author").all(db).await?;
    Ok(())
}

pub async fn select_related_tags_name(db: &Database) -> Result<()> {
    Book::objects().select_related(|b| b.author().name()).all(db).await?;
    Ok(())
}

pub async fn select_related_col(db: &Database) -> Result<()> {
    Book::objects().select_related(|b| b.title()).all(db).await?;
    Ok(())
}

pub async fn prefetch_to_one_col(db: &Database) -> Result<()> {
    Book::objects().prefetch_related(|b| b.pages()).all(db).await?;
    Ok(())
}

pub async fn prefetch_qs(db: &Database) -> Result<()> {
    Author::objects().prefetch_related(|a| Book::objects()).all(db).await?;
    Ok(())
}

pub async fn prefetch_other_model(db: &Database) -> Result<()> {
    Author::objects().prefetch_related(|_| Book::paths().tags()).all(db).await?;
    Ok(())
}

pub async fn prefetch_after_values(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.title()).prefetch_related(|b| b.tags()).all(db).await?;
    Ok(())
}

pub async fn order_random(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| "?").all(db).await?;
    Ok(())
}

pub async fn order_by_vec_str(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| vec!["title", "pages"]).all(db).await?;
    Ok(())
}

pub async fn order_desc_desc(db: &Database) -> Result<()> {
    Book::objects().order_by(|b| b.pages().desc().desc()).all(db).await?;
    Ok(())
}

pub async fn values_assignment(db: &Database) -> Result<()> {
    Book::objects().values(|b| b.pages().set(3)).all(db).await?;
    Ok(())
}

pub async fn values_ordering(db: &Database) -> Result<()> {
    Book::objects().values(|b| (b.title(), b.pages().desc())).all(db).await?;
    Ok(())
}

pub async fn annotate_ordering(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.pages().asc()).all(db).await?;
    Ok(())
}

pub async fn max_rel(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.books().max()).all(db).await?;
    Ok(())
}

pub async fn text_plus(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| a.name() + " x").all(db).await?;
    Ok(())
}

pub async fn text_plus_col(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.title() + b.subtitle()).all(db).await?;
    Ok(())
}

pub async fn text_times(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.title() * 2).all(db).await?;
    Ok(())
}

pub async fn price_div_float(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.price() / 2.5).all(db).await?;
    Ok(())
}

pub async fn date_plus_int(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| b.published() + 7).all(db).await?;
    Ok(())
}

pub async fn case_bare(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| case().otherwise(1)).all(db).await?;
    Ok(())
}

pub async fn when_bool(db: &Database) -> Result<()> {
    Book::objects().annotate(|b| case().when(true, 1).otherwise(0)).all(db).await?;
    Ok(())
}

pub async fn subquery_all(db: &Database) -> Result<()> {
    Author::objects().annotate(|a| subquery(Book::objects().all(db))).all(db).await?;
    Ok(())
}

pub async fn slice_of_a_tuple(db: &Database) -> Result<()> {
    Book::objects().slice((0, 5)).all(db).await?;
    Ok(())
}

pub async fn query_sets_subtracted(db: &Database) -> Result<()> {
    let rest = Book::objects() - Book::objects().filter(|b| b.in_print());
    Ok(())
}

pub async fn stream_awaited(db: &Database) -> Result<()> {
    let rows = Book::objects().stream(db).await;
    Ok(())
}

pub async fn field_of_links_iterated(book: Book) -> Result<()> {
    for tag in book.tags { }
    Ok(())
}

pub async fn row_by_brackets(db: &Database) -> Result<()> {
    let rows = Book::objects().values(|b| row! { title: b.title() }).all(db).await?; let title = &rows.first().unwrap()["title"];
    Ok(())
}

pub async fn in_bulk_of_one(db: &Database) -> Result<()> {
    Book::objects().in_bulk(db, 1).await?;
    Ok(())
}

pub async fn order_by_one_name(db: &Database) -> Result<()> {
    Book::objects().order_by_names("title", &["title"])?.all(db).await?;
    Ok(())
}

pub async fn row_with_equals(db: &Database) -> Result<()> {
    struct Card { title: String } Book::objects().values(|b| row!(Card { title = b.title() })).all(db).await?;
    Ok(())
}

pub async fn keyword_with_colon(db: &Database) -> Result<()> {
    Book::objects().filter(q!(title: "x")).all(db).await?;
    Ok(())
}

pub async fn keyword_compared(db: &Database) -> Result<()> {
    Book::objects().filter(q!(pages > 3)).all(db).await?;
    Ok(())
}

fn main() {}
