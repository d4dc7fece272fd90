//! Transactions, tasks, and functions over whatever can run a query.

use super::library::{Author, Book, Tag, library};
use crate::support::Outcome;
use orm::prelude::*;
use orm_testkit::assert_rows;

/// The number of tags.
async fn tags(db: &impl Executor) -> Result<u64> {
    Tag::objects().count(db).await
}

/// Makes a tag; a function that takes a pool, a transaction, or what another function was given.
async fn tag(db: &impl Executor, name: &str) -> Result<Tag> {
    draft!(Tag { name: name }).save(db).await
}

#[tokio::test]
async fn functions_over_any_executor() -> Outcome {
    let db = library().await?;
    let made = tag(&db, "pool").await?;
    assert_eq!(made.name, "pool");
    db.transaction(async |tx| {
        tag(tx, "transaction").await?;
        tx.transaction(async |savepoint| {
            tag(savepoint, "savepoint").await?;
            assert_eq!(tags(savepoint).await?, 7);
            Ok(())
        })
        .await
    })
    .await?;
    let tx = db.begin().await?;
    tag(&tx, "begin").await?;
    assert_eq!((tags(&tx).await?, tags(&db).await?), (8, 7));
    tx.commit().await?;
    let any = orm::AnyExecutor::new(&db);
    tag(&any, "any").await?;
    assert_eq!(tags(&any).await?, 9);
    Ok(())
}

#[tokio::test]
async fn kept_on_ok_and_undone_on_err() -> Outcome {
    let db = library().await?;
    let error = db
        .transaction(async |tx| {
            tag(tx, "gone").await?;
            Err::<(), _>(Error::other(std::io::Error::other("card refused")))
        })
        .await
        .expect_err("what the closure returned");
    assert_eq!(error.to_string(), "card refused");
    assert_eq!(tags(&db).await?, 4);
    // A savepoint is undone alone, after a violated constraint as well.
    db.transaction(async |tx| {
        tag(tx, "kept").await?;
        let twice = tx.transaction(async |savepoint| {
            tag(savepoint, "undone").await?;
            tag(savepoint, "fantasy").await
        });
        let twice = twice.await;
        assert!(matches!(twice, Err(Error::Unique(_))), "{twice:?}");
        tag(tx, "too").await?;
        Ok(())
    })
    .await?;
    let names = Tag::objects().filter(|t| t.id().gt(4)).values(|t| t.name());
    assert_rows!(names.all(&db).await?, ["kept", "too"]);
    // Without an end it is undone.
    let tx = db.begin().await?;
    tag(&tx, "dropped").await?;
    drop(tx);
    assert_eq!(tags(&db).await?, 6);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_run_transactions_and_queries() -> Outcome {
    let db = library().await?;
    let pool: Database = (*db).clone();
    let tasks: Vec<_> = (0..8)
        .map(|n| {
            let db = pool.clone();
            tokio::spawn(async move {
                let name = format!("task {n}");
                db.transaction(async |tx| {
                    let made = tag(tx, &name).await?;
                    let book = Book::objects().select_for_update().filter(|b| b.id().eq(1));
                    let mut book = book.get(tx).await?;
                    book.tags().add(tx, [&made]).await?;
                    book.pages += 1;
                    book.save(tx).await?;
                    Ok(())
                })
                .await?;
                let mut rows = Book::objects().prefetch_related(|b| b.tags()).stream(&db);
                let mut seen = 0;
                while let Some(row) = rows.next().await {
                    row?;
                    seen += 1;
                }
                Ok::<u64, Error>(seen)
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await??, 5);
    }
    let book = Book::objects().filter(|b| b.id().eq(1)).get(&db).await?;
    assert_eq!((book.pages, book.tags().count(&db).await?), (205 + 8, 9));
    Ok(())
}

/// Compiles only where every future can go to another thread.
fn send<T: Send>(value: T) -> T {
    value
}

#[allow(dead_code)]
fn every_future_is_send(db: &Database, tx: &Transaction, mut book: Book, author: &Author) {
    let books = send(Book::objects());
    drop(send(books.all(db)));
    drop(send(books.get(tx)));
    drop(send(books.get_opt(db)));
    drop(send(books.first(db)));
    drop(send(books.last(db)));
    drop(send(books.nth(db, 1)));
    drop(send(books.latest(db)));
    drop(send(books.earliest_by(db, |b| b.title())));
    drop(send(books.count(db)));
    drop(send(books.exists(db)));
    drop(send(books.contains(db, &book)));
    drop(send(books.aggregate(db, |b| b.pages().max())));
    drop(send(books.in_bulk(db, [1_i64])));
    drop(send(books.explain(db)));
    drop(send(books.update(db, |b| b.pages().set(1))));
    drop(send(books.update_returning(db, |b| b.pages().set(1))));
    drop(send(books.delete(db)));
    drop(send(books.create(db, draft!(Book { title: "x", pages: 1, author: author }))));
    drop(send(async { send(books.stream(db)).next().await.is_some() }));
    drop(send(books.clone().select_related(|b| b.author()).all(tx)));
    drop(send(books.clone().prefetch_related(|b| b.tags()).all(tx)));
    drop(send(books.clone().nested().all(db)));
    drop(send(prefetch(db, vec![book.clone()], |b| b.tags())));
    drop(send(author.books().all(db)));
    drop(send(book.tags().add(db, [1_i64])));
    drop(send(book.tags().set(tx, [1_i64])));
    drop(send(book.author.fetch(db)));
    drop(send(book.editor.fetch(db)));
    drop(send(book.save(tx)));
    drop(send(book.update(db, |b| b.pages().set(1))));
    drop(send(book.refresh(db)));
    drop(send(book.delete(db)));
    drop(send(db.query_as::<(i32,)>("SELECT 1", params![])));
    drop(send(db.execute("SELECT 1", params![])));
    drop(send(async { db.begin().await }));
    drop(send(db.transaction(async |tx| Tag::objects().count(tx).await)));
    drop(send(tx.transaction(async |tx| Tag::objects().count(tx).await)));
    drop(send(tag(db, "x")));
}
