//! Rows that arrive one after another.

use super::library::{Book, library};
use crate::support::Outcome;
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[tokio::test]
async fn the_rows_of_a_stream_are_those_of_a_list() -> Outcome {
    let db = library().await?;
    let query = Book::objects().order_by(|b| b.pages()).select_related(|b| b.author());
    let mut streamed = Vec::new();
    let mut rows = query.stream(&db);
    while let Some(row) = rows.next().await.transpose()? {
        streamed.push(row);
    }
    assert_rows!(streamed, query.all(&db).await?);
    // With relations loaded for what has arrived.
    let query = Book::objects().prefetch_related(|b| b.tags());
    let mut streamed = Vec::new();
    assert_num_queries!(db, 2, {
        let mut rows = query.stream(&db);
        while let Some(row) = rows.next().await.transpose()? {
            streamed.push(row);
        }
    });
    assert_rows!(streamed, query.all(&db).await?);
    Ok(())
}

#[tokio::test]
async fn errors_in_the_middle_end_a_stream() -> Outcome {
    let db = library().await?;
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    let query = Book::objects().order_by(|b| b.id()).values(|b| value(100) / (b.id() - 3_i64));
    let mut rows = query.stream(&one);
    let mut seen = Vec::new();
    let error = loop {
        match rows.next().await {
            Some(Ok(row)) => seen.push(row),
            Some(Err(error)) => break error,
            None => panic!("no error after {seen:?}"),
        }
    };
    assert!(matches!(&error, Error::Database(e) if e.code == "22012"), "{error:?}");
    assert!(rows.next().await.is_none());
    drop(rows);
    // What cannot run is the first thing that a stream says.
    let mut rows = Book::objects().limit(1).filter(|b| b.pages().gt(1)).stream(&one);
    assert!(matches!(rows.next().await, Some(Err(Error::Usage(_)))));
    assert!(rows.next().await.is_none());
    drop(rows);
    assert_eq!(Book::objects().count(&one).await?, 5);
    Ok(())
}
