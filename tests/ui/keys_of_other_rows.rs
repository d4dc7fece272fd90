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

pub async fn run(db: &impl Executor, row: &mut Author, all: &[Author]) -> Result<()> {
    row.refresh_fields(db, |a| a.bio()).await?;
    row.save_fields(db, |a| a.bio()).await?;
    Author::objects().bulk_update(db, all, |a| a.bio()).await?;
    let drafts = || [draft!(Author { name: "a" })];
    Author::objects().bulk_create(db, drafts()).on_conflict(|a| a.bio()).ignore().await?;
    Author::objects().update(db, |a| a.bio().set(1)).await?;
    Ok(())
}

pub fn tracked(row: &Tracked<Book>) -> bool {
    row.is_changed(|b| b.author().bio().author())
}

pub fn cleaned(row: &mut Author) -> bool {
    row.full_clean_without(|a| a.bio()).is_ok()
}

fn main() {}
