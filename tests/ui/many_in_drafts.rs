//! What is no draft, and what cannot be in one.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn filter_draft(db: &Database) -> Result<()> {
    Book::objects().filter(draft!(Tag { name: "x" })).all(db).await?;
    Ok(())
}

pub async fn on_conflict_str(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Tag { name: "x" })]).on_conflict("name").ignore().await?;
    Ok(())
}

pub async fn get_or_create_str(db: &Database) -> Result<()> {
    Tag::objects().get_or_create(db, "name", draft!(Tag { name: "x" })).await?;
    Ok(())
}

pub async fn draft_var_in_draft(db: &Database) -> Result<()> {
    let a = draft!(Author { name: "new" }); draft!(Book { isbn: Uuid::nil(), title: "x", author: a }).save(db).await?;
    Ok(())
}

pub async fn draft_ref_of_key(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: &draft!(Author { name: "new" }) }).save(db).await?;
    Ok(())
}

pub async fn on_conflict_await(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Tag { name: "x" })]).on_conflict(|t| t.name()).await?;
    Ok(())
}

pub async fn bulk_one(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, draft!(Tag { name: "x" })).await?;
    Ok(())
}

pub async fn float_decimal_draft(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, price: 4.5 }).save(db).await?;
    Ok(())
}

pub async fn str_uuid_draft(db: &Database) -> Result<()> {
    draft!(Book { isbn: "x", title: "x", author: 1 }).save(db).await?;
    Ok(())
}

pub async fn str_date_draft(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, published: "2020-01-01" }).save(db).await?;
    Ok(())
}

pub async fn int_draft_text(db: &Database) -> Result<()> {
    draft!(Tag { name: 1 }).save(db).await?;
    Ok(())
}

pub async fn f64_draft_int(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, pages: 1.5 }).save(db).await?;
    Ok(())
}

pub async fn str_draft_key(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: "Lem" }).save(db).await?;
    Ok(())
}

pub async fn draft_nullable_expr(db: &Database) -> Result<()> {
    draft!(Tag { name: nullif(value("x"), "y") }).save(db).await?;
    Ok(())
}

pub async fn draft_update(db: &Database) -> Result<()> {
    draft!(Tag { name: "x" }).update(db).await?;
    Ok(())
}

pub async fn get_or_create_order(db: &Database) -> Result<()> {
    Tag::objects().get_or_create(db, draft!(Tag { name: "x" }), |t| t.name()).await?;
    Ok(())
}

pub async fn bulk_create_tuple(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, (draft!(Tag { name: "x" }), draft!(Tag { name: "y" }))).await?;
    Ok(())
}

pub async fn insert(db: &Database) -> Result<()> {
    draft!(Tag { name: "x" }).insert(db).await?;
    Ok(())
}

pub async fn dup_field(db: &Database) -> Result<()> {
    draft!(Tag { name: "x", name: "y" }).save(db).await?;
    Ok(())
}

pub async fn paren(db: &Database) -> Result<()> {
    draft!(Tag(name = "x")).save(db).await?;
    Ok(())
}

pub async fn equals(db: &Database) -> Result<()> {
    draft!(Tag { name = "x" }).save(db).await?;
    Ok(())
}

pub async fn semicolon(db: &Database) -> Result<()> {
    draft!(Tag { name: "x"; }).save(db).await?;
    Ok(())
}

pub async fn no_model(db: &Database) -> Result<()> {
    draft!({ name: "x" }).save(db).await?;
    Ok(())
}

pub async fn rest_first(db: &Database) -> Result<()> {
    draft!(Tag { ..tag, name: "x" }).save(db).await?;
    Ok(())
}

pub async fn id_text(db: &Database) -> Result<()> {
    draft!(Tag { id: "x", name: "x" }).save(db).await?;
    Ok(())
}

pub async fn option_unwrapped(db: &Database) -> Result<()> {
    let t: Option<String> = None; draft!(Tag { name: t }).save(db).await?;
    Ok(())
}

pub async fn of_i16(db: &Database) -> Result<()> {
    let e: i32 = 3; draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, edition: e }).save(db).await?;
    Ok(())
}

pub async fn bool_as_int(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, in_print: 1 }).save(db).await?;
    Ok(())
}

pub async fn book_for_author(db: &Database, tag: Tag) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: &tag }).save(db).await?;
    Ok(())
}

pub async fn draft_in_draft(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: draft!(Author { name: "new" }) }).save(db).await?;
    Ok(())
}

pub async fn draft_in_optional_key(db: &Database) -> Result<()> {
    draft!(Book { isbn: Uuid::nil(), title: "x", author: 1, editor: draft!(Author { name: "new" }) }).save(db).await?;
    Ok(())
}

pub async fn draft_in_column(db: &Database) -> Result<()> {
    draft!(Tag { name: draft!(Tag { name: "x" }) }).save(db).await?;
    Ok(())
}

pub async fn bulk_create_rows(db: &Database, tags: Vec<Tag>) -> Result<()> {
    Tag::objects().bulk_create(db, tags).await?;
    Ok(())
}

pub async fn bulk_create_references(db: &Database) -> Result<()> {
    let drafts = vec![draft!(Tag { name: "x" })]; Tag::objects().bulk_create(db, &drafts).await?;
    Ok(())
}

pub async fn bulk_create_of_another_model(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Author { name: "x" })]).await?;
    Ok(())
}

pub async fn conflict_set(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Tag { name: "x" })]).on_conflict(|t| t.name()).set(|t| t.name().set("y")).await?;
    Ok(())
}

pub async fn conflict_do_nothing(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Tag { name: "x" })]).on_conflict(|t| t.name()).do_nothing().await?;
    Ok(())
}

pub async fn conflict_do_update(db: &Database) -> Result<()> {
    Tag::objects().bulk_create(db, [draft!(Tag { name: "x" })]).on_conflict(|t| t.name()).do_update().await?;
    Ok(())
}

pub async fn draft_is_valid(db: &Database) -> Result<()> {
    draft!(Tag { name: "x" }).is_valid();
    Ok(())
}

fn main() {}
