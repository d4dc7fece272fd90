//! SQL of one's own.

use super::Book;
use crate::corpus::harness::{Case, asked, case};
use orm::prelude::*;

pub fn cases() -> Vec<Case> {
    vec![
        // A row is never half loaded, so columns are read as columns.
        case!("raw/raw", |db| {
            let sql = "SELECT id, title FROM library_book WHERE price > $1 ORDER BY id";
            let rows = db.query_as::<(i64, String)>(sql, params![Decimal::from(20)]).await?;
            rows.into_iter().map(book).collect::<Vec<_>>()
        }),
        case!("raw/raw_translations", |db| {
            let sql = "SELECT id, title AS t FROM library_book WHERE id < 3 ORDER BY id";
            let rows = db.query_as::<(i64, String)>(sql, params![]).await?;
            rows.into_iter().map(book).collect::<Vec<_>>()
        }),
        case!("raw/raw_annotation", |db| {
            let sql = "SELECT id, price * 2 AS dbl FROM library_book WHERE id < 3 ORDER BY id";
            db.query_as::<(i64, Decimal)>(sql, params![]).await?
        }),
        case!("raw/raw_missing_pk", |db| {
            Book::objects().raw("SELECT title FROM library_book", params![]).all(db).await?
        }),
        case!("raw/cursor", |db| {
            let sql = "SELECT count(*), max(price) FROM library_book WHERE in_print = $1";
            let rows = db.query_as::<(i64, Option<Decimal>)>(sql, params![true]).await?;
            rows.into_iter().next()
        }),
    ]
}

fn book((id, title): (i64, String)) -> Value {
    json!({"$model": "Book", "id": id, "title": title})
}
