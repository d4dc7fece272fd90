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

#[tokio::test]
async fn a_stream_and_other_queries_share_a_transaction() -> Outcome {
    let db = library().await?;
    db.transaction(async |tx| {
        let mut rows = Book::objects().order_by(|b| b.id()).stream(tx);
        let first = rows.next().await.transpose()?;
        assert_eq!(first.map(|b| b.title).as_deref(), Some("Earthsea"));
        assert_eq!(Book::objects().update(tx, |b| b.pages().set(1)).await?, 5);
        let second = rows.next().await.transpose()?;
        assert_eq!(second.map(|b| (b.title, b.pages)), Some(("Darkness".to_owned(), 286)));
        drop(rows);
        let mut rows = Book::objects().prefetch_related(|b| b.tags()).stream(tx);
        let mut tags = 0;
        while let Some((book, with)) = rows.next().await.transpose()? {
            assert_eq!(book.pages, 1);
            tags += with.len();
        }
        assert_eq!(tags, 6);
        Ok(())
    })
    .await?;
    // A pool with no other connection to load relations on says so.
    let wait = std::time::Duration::from_millis(50);
    let one = Database::builder().url(&db.url()).max_connections(1).wait_timeout(wait);
    let one = one.connect().await?;
    let many = "SELECT b.* FROM library_book b, generate_series(1, 100000)";
    let many = Book::objects().raw(many, params![]).prefetch_related(|b| b.tags());
    let error = many.stream(&one).next().await.expect("an error").expect_err("one connection");
    assert!(matches!(error, Error::Pool { .. }), "{error:?}");
    assert_eq!(Book::objects().count(&one).await?, 5);
    Ok(())
}
