//! What rows of raw SQL cannot be, and what cannot stand in it.
#![allow(unused)]

#[path = "library/mod.rs"]
mod library;
use library::*;

mod pair {
    #[derive(orm::ColumnRow)]
    struct Pair(i64, String);
}

mod wrapped {
    #[derive(orm::ColumnRow)]
    struct Wrapped<T> {
        value: T,
    }
}

mod renamed {
    #[derive(orm::ColumnRow)]
    struct Renamed {
        #[field(name = "of")]
        author: String,
    }
}

struct Card {
    title: String,
}

pub async fn row_without_derive(db: &Database) -> Result<()> {
    db.query_as::<Card>("SELECT title FROM book", params![]).await?;
    Ok(())
}

pub async fn element_without_derive(db: &Database) -> Result<()> {
    db.query_as::<(i64, Card)>("SELECT id, title FROM book", params![]).await?;
    Ok(())
}

pub async fn raw_text_in_a_variable(db: &Database, sql: &str) -> Result<()> {
    raw!(sql).execute(db).await?;
    Ok(())
}

pub async fn raw_not_used(db: &Database) -> Result<()> {
    raw!("SELECT 1", min = 3).execute(db).await?;
    Ok(())
}

pub async fn raw_braces(db: &Database) -> Result<()> {
    raw!("SELECT '{1,2}'::int[]").execute(db).await?;
    Ok(())
}

pub async fn raw_of_a_model(db: &Database, book: Book) -> Result<()> {
    raw!("SELECT * FROM book WHERE id = {book}").execute(db).await?;
    Ok(())
}

fn main() {}
