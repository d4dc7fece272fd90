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
    // With relations loaded for what has arrived: in a transaction, whose cursor is closed.
    let query = Book::objects().prefetch_related(|b| b.tags());
    let mut streamed = Vec::new();
    assert_num_queries!(db, 5, {
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
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_with_prefetches_need_one_connection_each() -> Outcome {
    let db = library().await?;
    let wait = std::time::Duration::from_secs(5);
    for connections in [1, 4] {
        let pool = Database::builder().url(&db.url()).max_connections(connections);
        let pool = pool.wait_timeout(wait).connect().await?;
        let tasks: Vec<_> = (0..connections * 2)
            .map(|_| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    let many = "SELECT b.* FROM library_book b, generate_series(1, 300)";
                    let many = Book::objects().raw(many, params![]).prefetch_related(|b| b.tags());
                    let mut rows = many.stream(&pool);
                    let (mut books, mut tags) = (0, 0);
                    while let Some((_, with)) = rows.next().await.transpose()? {
                        books += 1;
                        tags += with.len();
                        tokio::task::yield_now().await;
                    }
                    Ok::<_, Error>((books, tags))
                })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await??, (1500, 1800));
        }
        // One that is dropped in the middle leaves nothing behind.
        let query = Book::objects().prefetch_related(|b| b.tags());
        let mut rows = query.stream(&pool);
        assert!(rows.next().await.transpose()?.is_some());
        drop(rows);
        for _ in 0..connections {
            assert_eq!(Book::objects().count(&pool).await?, 5);
        }
        assert_eq!(pool.status().connections, pool.status().idle);
    }
    Ok(())
}
