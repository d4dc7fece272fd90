#[path = "library/mod.rs"]
mod library;
use library::*;

pub async fn query(db: &Database, wanted: Option<&str>) -> Result<()> {
    Book::objects().filter(|b| b.subtitle().eq(wanted)).all(db).await?;
    Ok(())
}

fn main() {}
