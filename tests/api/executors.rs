//! What stands for an executor: trait objects without a known size, boxes, shared pointers.

use super::library::{Author, Book, Tag, library};
use crate::support::Outcome;
use orm::AnyExecutor;
use orm::prelude::*;
use std::sync::Arc;

/// Every kind of terminal, on something whose type is not known.
async fn everything(db: &dyn Executor) -> Result<()> {
    let books = Book::objects().order_by(|b| b.id());
    let all = books.all(db).await?;
    assert_eq!(all.len() as u64, books.count(db).await?);
    assert!(books.exists(db).await?);
    let first = books.first(db).await?.ok_or(Error::DoesNotExist { model: "Book" })?;
    assert_eq!(books.get_by_key(db, first.id).await?, first);
    assert_eq!(books.in_bulk(db, [first.id]).await?.len(), 1);
    let pages: Option<i32> = books.aggregate(db, |b| b.pages().max()).await?;
    assert!(pages.is_some());
    assert_eq!(first.author.fetch(db).await?.id, first.author.pk());

    let tag: Tag = draft!(Tag { name: "by a trait object" }).save(db).await?;
    first.tags().add(db, [&tag]).await?;
    first.tags().set(db, [&tag]).await?;
    first.tags().clear(db).await?;
    let undone: Result<()> = db
        .transaction(async |tx| {
            let tx: &dyn Executor = tx;
            Book::objects().update(tx, |b| b.pages().set(0)).await?;
            Err(Error::usage("undone"))
        })
        .await;
    assert!(undone.is_err());
    let mut first = first;
    first.refresh(db).await?;
    assert!(first.pages > 0);
    first.save_fields(db, |b| b.pages()).await?;
    let titles = db.query_as::<(String,)>("SELECT 'x'::text", params![]).await?;
    assert_eq!(titles, [("x".to_owned(),)]);
    tag.delete(db).await?;
    Ok(())
}

#[tokio::test]
async fn trait_objects_of_unknown_size_run_queries() -> Outcome {
    let db = library().await?;
    everything(&db).await?;
    let pool = Database::connect(&db.url()).await?;
    let (boxed, shared): (Box<dyn Executor>, Arc<dyn Executor>) =
        (Box::new(pool.clone()), Arc::new(pool.clone()));
    everything(&*boxed).await?;
    everything(&*shared).await?;
    everything(&AnyExecutor::from(&*boxed)).await?;
    Ok(())
}

#[tokio::test]
async fn boxes_and_shared_pointers_run_queries() -> Outcome {
    let db = library().await?;
    let pool = Arc::new(Database::connect(&db.url()).await?);
    let boxed: Box<dyn Executor> = Box::new(Arc::clone(&pool));
    let authors = Author::objects().count(&pool).await?;
    assert_eq!(Author::objects().count(&boxed).await?, authors);
    let any: AnyExecutor<'_> = (&boxed).into();
    assert_eq!(Author::objects().count(&any).await?, authors);
    let counted = boxed.transaction(async |tx| Author::objects().count(tx).await).await?;
    assert_eq!(counted, authors);
    Ok(())
}
