#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, wanted: Option<&Author>) -> Result<()> {
    Book::objects().filter(|b| b.editor().eq(wanted)).all(db).await?;
    Ok(())
}

fn main() {}
