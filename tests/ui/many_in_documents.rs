//! Lists, ranges and documents in columns.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

#[derive(Model, Clone, Debug)]
pub struct Sheet {
    pub id: i64,
    pub words: Vec<String>,
    pub meta: Option<Value>,
    pub valid: Option<Range<NaiveDate>>,
    pub at: DateTime<Utc>,
}

pub async fn item_by_brackets(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words()[0].eq("a")).all(db).await?;
    Ok(())
}

pub async fn key_by_brackets(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.meta()["color"].eq("red")).all(db).await?;
    Ok(())
}

pub async fn key_by_get(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.meta().get("color").eq("red")).all(db).await?;
    Ok(())
}

pub async fn path_of_text(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.meta().path("a.b").eq("x")).all(db).await?;
    Ok(())
}

pub async fn start_of_range(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.valid().start().gt(NaiveDate::MIN)).all(db).await?;
    Ok(())
}

pub async fn end_of_range(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.valid().end().gt(NaiveDate::MIN)).all(db).await?;
    Ok(())
}

pub async fn overlap_of_numbers(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words().overlap([1, 2])).all(db).await?;
    Ok(())
}

pub async fn contains_one(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words().contains("a")).all(db).await?;
    Ok(())
}

pub async fn length_of_list(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words().length().gt(3)).all(db).await?;
    Ok(())
}

pub async fn len_of_text(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words().index(0).len().gt(3)).all(db).await?;
    Ok(())
}

pub async fn range_of_text(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.valid().contains("2024-01-01")).all(db).await?;
    Ok(())
}

pub async fn date_trunc(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.at().trunc("month").lt(now())).all(db).await?;
    Ok(())
}

pub async fn key_of_list(db: &Database) -> Result<()> {
    Sheet::objects().filter(|s| s.words().key("a").eq("x")).all(db).await?;
    Ok(())
}

fn main() {}
