//! Several queries at once, and executors with a time zone of their own.

use super::library::*;
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

const MORNING: &str = "2024-03-01T04:00:00Z";

#[tokio::test]
async fn queries_of_all_kinds_answer_together() -> Outcome {
    let db = library().await?;
    let long = Book::objects().filter(|b| b.pages().gt(200)).order_by(|b| b.title());
    let (books, first, by_key, authors, longest, some, tagged) = db
        .together((
            long.all(&db),
            long.first(&db),
            long.clone().filter(|b| b.id().eq(-1)).get_opt(&db),
            Author::objects().count(&db),
            Book::objects().aggregate(&db, |b| b.pages().max()),
            long.exists(&db),
            Book::objects().prefetch_related(|b| b.tags()).all(&db),
        ))
        .await?;
    assert_rows!(books, long.all(&db).await?);
    assert_eq!(first.as_ref(), books.first());
    assert_eq!(by_key, None);
    assert_eq!(authors, Author::objects().count(&db).await?);
    assert_eq!(longest, Book::objects().order_by(|b| b.pages()).last(&db).await?.map(|b| b.pages));
    assert!(some);
    assert_rows!(tagged, Book::objects().prefetch_related(|b| b.tags()).all(&db).await?);
    Ok(())
}

#[tokio::test]
async fn they_share_one_connection_of_the_pool() -> Outcome {
    let db = library().await?;
    let pool = Database::builder().url(&db.url()).max_connections(5).connect().await?;
    let counts = (0..5).map(|n| Book::objects().filter(|b| b.id().gt(n)).count(&pool));
    assert_eq!(pool.together(counts.collect::<Vec<_>>()).await?, [5, 4, 3, 2, 1]);
    assert_eq!(pool.status().connections, 1);
    // None at all is no round trip.
    assert_num_queries!(db, 0, {
        let none: Vec<u64> = db.together(Vec::<orm::BoxFuture<'_, _>>::new()).await?;
        assert!(none.is_empty());
    });
    pool.close().await;
    Ok(())
}

#[tokio::test]
async fn writes_and_transactions_go_together_as_well() -> Outcome {
    let db = library().await?;
    let (tag, updated) = db
        .together((
            draft!(Tag { name: "together" }).save(&db),
            Book::objects().update(&db, |b| b.pages().set(7)),
        ))
        .await?;
    assert_eq!((&*tag.name, updated), ("together", 5));
    let undone: Result<()> = db
        .transaction(async |tx| {
            let seven = Book::objects().filter(|b| b.pages().eq(7));
            let (deleted, tags) = tx
                .together((
                    Tag::objects().filter(|t| t.name().eq("together")).delete(tx),
                    Tag::objects().filter(|t| t.name().eq("together")).count(tx),
                ))
                .await?;
            assert_eq!((deleted.total, tags), (1, 0));
            assert_eq!(tx.together((seven.count(tx),)).await?, (5,));
            Err(Error::usage("undone"))
        })
        .await;
    assert!(undone.is_err());
    assert!(Tag::objects().filter(|t| t.name().eq("together")).exists(&db).await?);
    Ok(())
}

#[tokio::test]
async fn the_first_error_by_order_comes_back_and_the_others_have_run() -> Outcome {
    let db = library().await?;
    let both = (
        Book::objects().update(&db, |b| b.pages().set(9)),
        Book::objects().filter(|b| b.id().eq(-1)).get(&db),
        Book::objects().limit(1).filter(|b| b.pages().gt(1)).all(&db),
    );
    let error = db.together(both).await.expect_err("there is no such book");
    assert!(matches!(error, Error::DoesNotExist { model: "Book" }), "{error:?}");
    assert_eq!(Book::objects().filter(|b| b.pages().eq(9)).count(&db).await?, 5);
    Ok(())
}

/// The day and the hour of a moment, as an executor sees it.
async fn day_and_hour(db: &impl Executor) -> Result<(i32, i32)> {
    let moment = MORNING.parse::<DateTime<Utc>>().map_err(Error::other)?;
    let parts =
        Author::objects().limit(1).values(move |_| (value(moment).day(), value(moment).hour()));
    parts.get(db).await
}

#[tokio::test]
async fn an_executor_has_the_zone_of_a_request() -> Outcome {
    let db = library().await?;
    let (york, berlin) = (db.in_zone("America/New_York"), db.in_zone("Europe/Berlin"));
    assert_eq!(day_and_hour(&*db).await?, (1, 4));
    assert_eq!(day_and_hour(&york).await?, (29, 23));
    assert_eq!(day_and_hour(&berlin).await?, (1, 5));
    // The last one that was named is meant, and that of the pool is no exception.
    assert_eq!(day_and_hour(&york.in_zone("UTC")).await?, (1, 4));
    let there = Database::builder().url(&db.url()).time_zone("Asia/Tokyo").connect().await?;
    assert_eq!(day_and_hour(&there).await?, (1, 13));
    assert_eq!(day_and_hour(&there.in_zone("UTC")).await?, (1, 4));
    there.close().await;
    // In transactions that begin on it, and in savepoints of these; not in others.
    let inside = york
        .transaction(async |tx| {
            assert!(tx.in_transaction());
            let outer = day_and_hour(tx).await?;
            let inner = tx.transaction(async |savepoint| day_and_hour(savepoint).await).await?;
            Ok((outer, inner))
        })
        .await?;
    assert_eq!(inside, ((29, 23), (29, 23)));
    let again = york.retry(2).transaction(async |tx| day_and_hour(tx).await).await?;
    assert_eq!(again, (29, 23));
    // Each of these has its own.
    let all = db.together((day_and_hour(&york), day_and_hour(&berlin), day_and_hour(&*db))).await?;
    assert_eq!(all, ((29, 23), (1, 5), (1, 4)));
    Ok(())
}

#[tokio::test]
async fn every_terminal_asks_in_that_zone() -> Outcome {
    let db = library().await?;
    let reviews = Review::objects();
    let evening = "2024-02-29T23:30:00Z".parse::<DateTime<Utc>>()?;
    let moved = reviews.update(&db, |r| r.created().set(evening)).await?;
    assert!(moved > 0);
    let berlin = db.in_zone("Europe/Berlin");
    let march = Review::objects().filter(|r| r.created().month().eq(3));
    assert_eq!(march.count(&*db).await?, 0);
    assert_eq!(march.count(&berlin).await?, moved);
    assert!(march.exists(&berlin).await? && !march.exists(&*db).await?);
    let day = Review::objects().dates(|r| r.created().date());
    assert_eq!(day.all(&berlin).await?, ["2024-03-01".parse::<NaiveDate>()?]);
    assert_eq!(day.all(&*db).await?, ["2024-02-29".parse::<NaiveDate>()?]);
    let months = Review::objects().values(|r| r.created().trunc_month()).distinct();
    assert_eq!(months.all(&berlin).await?, ["2024-02-29T23:00:00Z".parse::<DateTime<Utc>>()?]);
    let latest: Option<i32> = march.aggregate(&berlin, |r| r.created().day().max()).await?;
    assert_eq!(latest, Some(1));
    let mut streamed = 0;
    let mut rows = march.stream(&berlin);
    while rows.next().await.transpose()?.is_some() {
        streamed += 1;
    }
    assert_eq!(streamed, moved);
    assert_eq!(march.delete(&*db).await?.total, 0);
    assert_eq!(march.delete(&berlin).await?.total, moved);
    Ok(())
}

#[tokio::test]
async fn a_zone_that_the_server_does_not_know_is_its_error() -> Outcome {
    let db = library().await?;
    for name in ["Mars/Base", "", "'; DROP TABLE book; --", "Europe/Berlin\0"] {
        let error = day_and_hour(&db.in_zone(name)).await.expect_err("no such zone");
        match name.contains('\0') {
            true => assert!(matches!(error, Error::Encode { .. }), "{error:?}"),
            false => says(&error, &["time zone"]),
        }
        // What needs no zone runs.
        assert_eq!(Book::objects().count(&db.in_zone(name)).await?, 5);
    }
    Ok(())
}
