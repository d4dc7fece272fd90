//! Row locks: their SQL, who waits for whom, and where they may stand.

use super::library::{Author, Book, library};
use crate::support::Outcome;
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use std::time::Duration;

#[test]
fn each_strength_and_option_has_its_sql() -> Result<()> {
    let tail = |query: QuerySet<Book>| -> Result<String> {
        let sql = query.sql()?.to_string();
        Ok(sql[sql.find(" FOR ").expect("a lock")..].to_owned())
    };
    let books = Book::objects;
    assert_eq!(tail(books().select_for_update())?, " FOR UPDATE");
    assert_eq!(tail(books().select_for_update().no_key())?, " FOR NO KEY UPDATE");
    assert_eq!(tail(books().select_for_share())?, " FOR SHARE");
    assert_eq!(tail(books().select_for_share().no_key())?, " FOR KEY SHARE");
    assert_eq!(tail(books().select_for_update().nowait())?, " FOR UPDATE NOWAIT");
    assert_eq!(tail(books().select_for_share().skip_locked())?, " FOR SHARE SKIP LOCKED");
    let of = books().filter(|b| b.author().name().eq("x")).select_for_update();
    assert_eq!(tail(of.clone().of(|b| b.clone()))?, " FOR UPDATE OF t0");
    assert_eq!(
        tail(of.of(|b| b.author()).of(|b| b.clone()).nowait())?,
        " FOR UPDATE OF t1, t0 NOWAIT"
    );
    for wrong in
        [books().nowait(), books().no_key(), books().select_for_update().nowait().skip_locked()]
    {
        assert!(matches!(wrong.sql(), Err(Error::Usage(_))));
    }
    Ok(())
}

#[tokio::test]
async fn rows_that_may_be_missing_are_not_locked() -> Outcome {
    let db = library().await?;
    let locked = || Book::objects().order_by(|b| b.id()).select_for_update();
    let tail = |query: QuerySet<Book>| -> Result<String> {
        let sql = query.sql()?;
        Ok(sql[sql.find(" FOR ").expect("a lock")..].to_owned())
    };
    let excluded = locked().exclude(|b| b.editor().name().eq("Terry"));
    assert_eq!(tail(excluded.clone())?, " FOR UPDATE OF t0");
    let ordered = Book::objects().order_by(|b| b.publisher().name()).select_for_update();
    assert_eq!(tail(ordered.clone())?, " FOR UPDATE OF t0");
    let both = excluded.clone().filter(|b| b.author().name().eq("Ursula"));
    assert_eq!(tail(both.clone())?, " FOR UPDATE OF t0, t2");
    let tx = db.begin().await?;
    assert_eq!(excluded.all(&tx).await?.len(), 4);
    assert_eq!(ordered.all(&tx).await?.len(), 5);
    assert_eq!(both.all(&tx).await?.len(), 1);
    let related = locked().select_related(|b| b.editor());
    let error = related.all(&tx).await.expect_err("an editor may be missing");
    crate::support::says(&error, &["rows of `Author` that may be missing", "`.of(|b| b.clone())`"]);
    let of = locked().select_related(|b| b.editor()).of(|b| b.clone());
    assert_eq!(of.all(&tx).await?.len(), 5);
    Ok(())
}

#[tokio::test]
async fn rows_that_were_made_of_several_are_not_locked() -> Outcome {
    use crate::support::says;
    let db = library().await?;
    let books = || Book::objects().filter(|b| b.in_print());
    let made_of_several = "rows cannot be locked after `distinct` or an aggregate";
    let tx = db.begin().await?;
    for refused in [
        books().distinct().select_for_update(),
        books().order_by(|b| b.author()).distinct_on(|b| b.author()).select_for_update(),
        books().filter(|b| b.tags().count().gt(1)).select_for_share(),
    ] {
        says(&refused.all(&tx).await.expect_err("several rows are one"), &[made_of_several]);
    }
    let counted = books().annotate(|b| b.tags().count()).select_for_update().all(&tx).await;
    says(&counted.expect_err("several rows are one"), &[made_of_several]);
    let editors = books().select_related(|b| b.editor()).select_for_update().of(|b| b.editor());
    let error = editors.all(&tx).await.expect_err("an editor may be missing");
    says(&error, &["rows of `Author` may be missing", "isnull(false)"]);
    let there = books().filter(|b| b.editor().isnull(false)).select_related(|b| b.editor());
    let locked = there.clone().select_for_update().of(|b| b.editor()).all(&tx).await?;
    assert_eq!(locked.len() as u64, there.count(&tx).await?);
    // What is counted is not locked, and says nothing.
    assert!(books().distinct().select_for_update().count(&tx).await? > 0);
    Ok(())
}

#[tokio::test]
async fn a_lock_outside_of_a_transaction_is_an_error() -> Outcome {
    async fn oldest(db: &impl Executor) -> Result<Option<Book>> {
        Book::objects().select_for_update().first(db).await
    }
    let db = library().await?;
    let locked = Book::objects().select_for_update();
    let mut stream = locked.stream(&db);
    let streamed = stream.next().await.expect("an item").map(drop);
    assert_num_queries!(&db, 0, {
        for result in [
            oldest(&db).await.map(drop),
            locked.all(&db).await.map(drop),
            locked.get(&db).await.map(drop),
            locked.clone().select_related(|b| b.author()).all(&db).await.map(drop),
            Book::objects().select_for_share().values(|b| b.id()).all(&db).await.map(drop),
            streamed,
        ] {
            let error = result.expect_err("there is no transaction");
            assert!(
                matches!(&error, Error::Usage(m) if m.contains("`Book`") && m.contains("transaction")),
                "{error}"
            );
        }
    });
    // What reads no rows locks none.
    assert_eq!(locked.count(&db).await?, 5);
    assert!(locked.exists(&db).await?);
    let tx = db.begin().await?;
    assert!(oldest(&tx).await?.is_some());
    assert!(tx.transaction(async |sp| oldest(sp).await).await?.is_some());
    assert!(oldest(&orm::AnyExecutor::new(&tx)).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn who_waits_for_whom() -> Outcome {
    let db = library().await?;
    let first = Book::objects().filter(|b| b.id().eq(1));
    let holder = db.begin().await?;
    first.clone().select_for_update().get(&holder).await?;
    let tx = db.begin().lock_timeout(Duration::from_millis(20)).await?;
    // In savepoints, because each of these errors ends what it stands in.
    let refused = async |query: QuerySet<Book>| -> Outcome {
        let result = tx.transaction(async |sp| query.get(sp).await).await;
        assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
        Ok(())
    };
    refused(first.clone().select_for_update().nowait()).await?;
    refused(first.clone().select_for_update()).await?;
    refused(first.clone().select_for_share().no_key().nowait()).await?;
    let at_once =
        tx.transaction(async |sp| first.clone().select_for_update().nowait().get(sp).await);
    let error = at_once.await.expect_err("it is locked");
    assert!(error.to_string().contains("could not obtain lock on row"), "{error}");
    let free = Book::objects().select_for_update().skip_locked().values(|b| b.id());
    assert_rows!(free.all(&tx).await?, [2, 3, 4, 5]);
    holder.commit().await?;
    drop(tx);

    // Those who read share a row; FOR NO KEY UPDATE lets others refer to it.
    let (a, b) = (db.begin().await?, db.begin().await?);
    first.clone().select_for_share().get(&a).await?;
    first.clone().select_for_share().nowait().get(&b).await?;
    first.clone().select_for_share().no_key().nowait().get(&b).await?;
    let second = Book::objects().filter(|b| b.id().eq(2));
    second.clone().select_for_update().no_key().get(&a).await?;
    second.clone().select_for_share().no_key().nowait().get(&b).await?;
    let result = b.transaction(async |sp| second.clone().select_for_share().nowait().get(sp).await);
    assert!(matches!(result.await, Err(Error::Timeout { .. })));
    // Of a join only what is named.
    let third = Book::objects().filter(|b| b.id().eq(3)).select_related(|b| b.author());
    let (book, author) = third.clone().select_for_update().of(|b| b.clone()).get(&a).await?;
    let authors = Author::objects().filter(|x| x.id().eq(author.id)).select_for_update().nowait();
    authors.get(&b).await?;
    let result = b.transaction(async |sp| {
        Book::objects().filter(|b| b.id().eq(book.id)).select_for_update().nowait().get(sp).await
    });
    assert!(matches!(result.await, Err(Error::Timeout { .. })));
    Ok(())
}
