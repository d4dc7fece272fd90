//! Databases and values that are not what the models say: each is an error that names what it
//! concerns, and the pool goes on.

mod connections;
mod database;
mod given_up;
mod values;

use crate::support::{database, scalar};
use orm::prelude::*;
use orm_testkit::TestDatabase;

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Status {
    #[choice("o", label = "Open")]
    Open,
    #[choice("c", label = "Closed")]
    Closed,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "bad", ordering = [id])]
pub struct Book {
    pub id: i64,
    #[field(max_length = 20)]
    pub title: String,
    pub pages: i32,
    #[field(max_digits = 5, decimal_places = 2, default = Decimal::ONE)]
    pub price: Decimal,
    #[field(default = Status::Open)]
    pub status: Status,
    #[field(default = Rating::Good)]
    pub rating: Rating,
    pub published: Option<NaiveDate>,
    pub printed: Option<DateTime<Utc>>,
    pub cover: Option<Json<Cover>>,
}

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Rating {
    Bad = 1,
    Good = 2,
}

#[derive(serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq)]
pub struct Cover {
    pub colour: String,
}

/// What a preparation may fail with.
type Tried<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A database with one book, and a pool of a single connection to it: what is wrong with that
/// connection afterwards shows.
async fn one_book() -> Tried<(TestDatabase, Database)> {
    let db = database!("bad_input": Book; async |db| {
        draft!(Book { title: "Mort", pages: 272 }).save(db).await
    });
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    Ok((db, one))
}

/// Asserts that the pool still works.
async fn works(db: &Database) -> Result<()> {
    assert_eq!(scalar::<i32>(db, "SELECT 6 * 7").await?, 42);
    assert_eq!(db.status().waiting, 0);
    let tx = db.begin().await?;
    assert_eq!(scalar::<i32>(&tx, "SELECT 6 * 7").await?, 42);
    tx.commit().await
}
