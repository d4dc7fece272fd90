#[path = "library/mod.rs"]
mod library;
use library::*;
use orm::Tracked;

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Bio {
    pub id: i64,
    #[field(on_delete = Cascade, related_name = "bio")]
    pub author: OneToOne<Author>,
}

pub async fn refreshed(db: &impl Executor, row: &mut Author) -> Result<()> {
    row.refresh_fields(db, |a| a.bio()).await
}

pub async fn saved(db: &impl Executor, row: &mut Author) -> Result<()> {
    row.save_fields(db, |a| a.bio()).await
}

pub async fn bulk_updated(db: &impl Executor, all: &[Author]) -> Result<u64> {
    Author::objects().bulk_update(db, all, |a| a.bio()).await
}

pub async fn in_conflict(db: &impl Executor) -> Result<()> {
    let drafts = [draft!(Author { name: "a" })];
    Author::objects().bulk_create(db, drafts).on_conflict(|a| a.bio()).ignore().await?;
    Ok(())
}

pub async fn assigned(db: &impl Executor) -> Result<u64> {
    Author::objects().update(db, |a| a.bio().set(1)).await
}

pub fn tracked(row: &Tracked<Book>) -> bool {
    row.is_changed(|b| b.author().bio().author())
}

pub fn cleaned(row: &mut Author) -> bool {
    row.full_clean_without(|a| a.bio()).is_ok()
}

fn main() {}
