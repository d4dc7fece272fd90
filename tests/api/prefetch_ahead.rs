//! `prefetch_related` of a server that is far away: all levels in one round trip, by sub-selects.

use super::library::{Author, Book, Profile, Publisher, Review, Tag, library};
use crate::support::{Outcome, in_order};
use orm::IsolationLevel::{ReadCommitted, RepeatableRead, Serializable};
use orm::prelude::*;
use orm::{Database, PrefetchMode};
use orm_testkit::{QueryCounter, TestDatabase};

/// The same database, as if it was far away.
async fn far(db: &TestDatabase) -> orm::Result<Database> {
    Database::builder().url(&db.url()).prefetch_mode(PrefetchMode::AtOnce).connect().await
}

/// The rows of a query set are the same as by keys, and so many statements that read were sent for them
/// in one round trip.
macro_rules! at_once {
    ($db:expr, $far:expr, $statements:expr, $query:expr) => {{
        let query = $query;
        let counter = QueryCounter::new(&$far);
        let rows = query.all(&$far).await?;
        let sent = counter.statements();
        assert_eq!(rows, query.all(&$db).await?, "{sent:#?}");
        assert_eq!(sent.len(), $statements + 2, "{sent:#?}");
        assert_eq!(sent[0], "BEGIN ISOLATION LEVEL REPEATABLE READ");
        assert!(sent[2..=$statements].iter().all(|sql| sql.contains("IN (SELECT")), "{sent:#?}");
        assert!(sent.iter().any(|sql| sql == "COMMIT"), "{sent:#?}");
        sent
    }};
}

/// The same of one whose rows could be others the next time: by keys.
macro_rules! by_keys {
    ($db:expr, $far:expr, $query:expr) => {{
        let query = $query;
        let counter = QueryCounter::new(&$far);
        let rows = query.all(&$far).await?;
        let sent = counter.statements();
        assert_eq!(rows, query.all(&$db).await?, "{sent:#?}");
        assert!(sent.iter().all(|sql| !sql.contains("BEGIN")), "{sent:#?}");
    }};
}

#[tokio::test]
async fn levels_and_relations_of_all_kinds() -> Outcome {
    let db = library().await?;
    let far = far(&db).await?;
    let sent = at_once!(db, far, 2, Author::objects().prefetch_related(|a| a.books()));
    assert_eq!(
        sent[2].split(" WHERE ").nth(1),
        Some(r#"t0."author_id" IN (SELECT t1."id" FROM "library_author" AS t1) ORDER BY t0."id""#),
    );
    // To one and to many, over a table between, behind another relation.
    at_once!(db, far, 2, Book::objects().prefetch_related(|b| b.editor()));
    at_once!(db, far, 2, Book::objects().prefetch_related(|b| b.author()));
    at_once!(db, far, 2, Book::objects().prefetch_related(|b| b.tags()));
    at_once!(db, far, 2, Tag::objects().prefetch_related(|t| t.books()));
    at_once!(db, far, 2, Review::objects().prefetch_related(|r| r.book().tags()));
    at_once!(db, far, 2, Book::objects().prefetch_related(|b| b.author().pupils()));
    at_once!(db, far, 2, Author::objects().prefetch_related(|a| a.profile()));
    at_once!(db, far, 2, Profile::objects().prefetch_related(|p| p.author()));
    // Several beside each other, and below each other.
    at_once!(db, far, 4, Book::objects().prefetch_related(|b| (b.tags(), b.reviews(), b.author())));
    let nested = Author::objects().prefetch_related(|a| {
        a.books()
            .objects()
            .select_related(|b| b.publisher())
            .prefetch_related(|b| (b.tags(), b.reviews()))
    });
    at_once!(db, far, 4, nested);
    let three = Publisher::objects().order_by(|p| p.id()).prefetch_related(|p| {
        p.books().objects().prefetch_related(|b| {
            b.author()
                .objects()
                .prefetch_related(|a| a.books().objects().filter(|b| b.pages().gt(250)))
        })
    });
    at_once!(db, far, 4, three);
    // A row that is read several times: of a tag's book, of a book's author.
    let again =
        Tag::objects().prefetch_related(|t| t.books().objects().prefetch_related(|b| b.reviews()));
    at_once!(db, far, 3, again);
    let again =
        Book::objects().prefetch_related(|b| b.author().objects().prefetch_related(|a| a.books()));
    at_once!(db, far, 3, again);
    Ok(())
}

#[tokio::test]
async fn conditions_orders_and_slices() -> Outcome {
    let db = library().await?;
    let far = far(&db).await?;
    let long = |n| Author::objects().filter(move |a| a.books().pages().gt(n));
    // Joined rows: an author with two long books is there twice.
    at_once!(db, far, 2, long(250).prefetch_related(|a| a.books()));
    at_once!(
        db,
        far,
        2,
        long(250).exclude(|a| a.name().eq("Terry")).prefetch_related(|a| a.books())
    );
    at_once!(db, far, 2, long(10_000).prefetch_related(|a| a.books()));
    let some = Book::objects().filter(|b| {
        (b.pages().range(200..=300) & b.editor().isnull(false))
            | b.id().in_([4, 5])
            | !b.in_print().eq(true)
    });
    at_once!(db, far, 3, some.prefetch_related(|b| (b.tags(), b.author())));
    let by_tag = Author::objects().order_by(|a| (a.books().pages(), a.id()));
    at_once!(db, far, 2, by_tag.prefetch_related(|a| a.books()));
    // The first rows, in an order that tells all apart.
    let first = Book::objects().order_by(|b| (b.pages().desc(), b.id()));
    at_once!(db, far, 2, first.clone().limit(2).prefetch_related(|b| b.tags()));
    at_once!(db, far, 2, first.slice(1..3).prefetch_related(|b| b.tags()));
    at_once!(db, far, 2, Book::objects().limit(3).prefetch_related(|b| b.tags()));
    // A slice for each parent, at the last level.
    let longest = Author::objects()
        .prefetch_related(|a| a.books().objects().order_by(|b| b.pages().desc()).limit(1));
    at_once!(db, far, 2, longest);
    Ok(())
}

#[tokio::test]
async fn one_row() -> Outcome {
    let db = library().await?;
    let far = far(&db).await?;
    let query = Author::objects().prefetch_related(|a| a.books());
    let counter = QueryCounter::new(&far);
    let (ursula, books) = query.clone().filter(|a| a.name().eq("Ursula")).get(&far).await?;
    assert_eq!(books.len(), 2);
    assert_eq!(counter.statements().len(), 4);
    in_order(&counter.statements()[2], &["IN (SELECT", "LIMIT 2"]);
    let first = query.clone().first(&far).await?;
    assert_eq!(first, Some((ursula.clone(), books)));
    assert_eq!(counter.statements().len(), 8);
    let several = query.get(&far).await;
    assert!(matches!(several, Err(Error::MultipleObjectsReturned { .. })), "{several:?}");
    let none = Author::objects().filter(|a| a.id().eq(0)).prefetch_related(|a| a.books());
    assert!(matches!(none.get(&far).await, Err(Error::DoesNotExist { .. })));
    at_once!(db, far, 2, ursula.books().prefetch_related(|b| b.tags()));
    Ok(())
}

#[tokio::test]
async fn rows_that_may_be_others_the_next_time() -> Outcome {
    let db = library().await?;
    let far = far(&db).await?;
    let books = || Book::objects();
    // An order that leaves some alike.
    let some = books().order_by(|b| b.in_print().desc()).limit(4);
    by_keys!(db, far, some.prefetch_related(|b| b.tags()));
    // What a function says, and rows of another query.
    let named = books().filter(|b| b.title().lower().eq("mort"));
    by_keys!(db, far, named.prefetch_related(|b| b.tags()));
    let of = books().filter(|b| b.author().in_(Author::objects().filter(|a| a.name().eq("Terry"))));
    by_keys!(db, far, of.prefetch_related(|b| b.tags()));
    // Groups, and rows without repetition.
    let counted =
        Author::objects().annotate(|a| a.books().count()).filter(|a| a.books().count().gt(1));
    by_keys!(db, far, counted.prefetch_related(|a| a.books()));
    by_keys!(db, far, Author::objects().distinct().prefetch_related(|a| a.books()));
    // Something is cut off above another level.
    let cut = Author::objects().prefetch_related(|a| {
        a.books().objects().order_by(|b| b.pages()).limit(1).prefetch_related(|b| b.tags())
    });
    by_keys!(db, far, cut);
    Ok(())
}

#[tokio::test]
async fn transactions_that_see_one_state() -> Outcome {
    let db = library().await?;
    let far = far(&db).await?;
    let query = Author::objects().prefetch_related(|a| a.books());
    let rows = query.all(&db).await?;
    for (level, at_once) in [(ReadCommitted, false), (RepeatableRead, true), (Serializable, true)] {
        let tx = far.begin().isolation(level).await?;
        let counter = QueryCounter::new(&far);
        assert_eq!(query.all(&tx).await?, rows);
        let sent = counter.statements();
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert_eq!(sent[1].contains("IN (SELECT"), at_once, "{sent:?}");
        // A savepoint is in the same transaction.
        let inner = tx.begin().await?;
        assert_eq!(query.all(&inner).await?, rows);
        assert_eq!(counter.statements()[3..].concat().contains("IN (SELECT"), at_once);
        inner.commit().await?;
        tx.commit().await?;
    }
    let tx = far.begin().await?;
    assert_eq!(query.all(&tx).await?, rows);
    Ok(())
}

#[tokio::test]
async fn what_fails_leaves_the_connection_usable() -> Outcome {
    let db = library().await?;
    let far = Database::builder()
        .url(&db.url())
        .prefetch_mode(PrefetchMode::AtOnce)
        .max_connections(1)
        .connect()
        .await?;
    let query = Author::objects().prefetch_related(|a| a.books());
    db.batch_execute("ALTER TABLE library_book RENAME TO books").await?;
    let failed = query.all(&far).await;
    assert!(matches!(&failed, Err(Error::Database(error)) if error.code == "42P01"), "{failed:?}");
    db.batch_execute("ALTER TABLE books RENAME TO library_book").await?;
    assert_eq!(query.all(&far).await?.len(), 3);
    // No transaction was left open, and the statements that are prepared are used again.
    let tx = far.begin().await?;
    drop(query.all(&tx).await?);
    tx.commit().await?;
    // A future that is given up in the middle.
    for polls in 0..12 {
        let mut run = query.all(&far);
        for _ in 0..polls {
            let mut once =
                std::pin::pin!(tokio::time::sleep(std::time::Duration::from_micros(200)));
            tokio::select! { biased; _ = &mut run => break, _ = &mut once => {} }
        }
        drop(run);
        assert_eq!(query.all(&far).await?.len(), 3);
    }
    Ok(())
}

#[tokio::test]
async fn of_a_pool_of_the_applications() -> Outcome {
    let db = library().await?;
    let config: orm::deadpool_postgres::tokio_postgres::Config = db.url().parse()?;
    let manager =
        orm::deadpool_postgres::Manager::new(config, orm::deadpool_postgres::tokio_postgres::NoTls);
    let pool = orm::deadpool_postgres::Pool::builder(manager).max_size(2).build()?;
    let far = Database::builder().prefetch_mode(PrefetchMode::AtOnce).from_pool(pool)?;
    at_once!(db, far, 3, Author::objects().prefetch_related(|a| (a.books(), a.pupils())));
    let unnamed = Database::builder()
        .url(&db.url())
        .statement_cache(orm::StatementCache::Unnamed)
        .prefetch_mode(PrefetchMode::AtOnce)
        .connect()
        .await?;
    at_once!(db, unnamed, 3, Author::objects().prefetch_related(|a| (a.books(), a.pupils())));
    Ok(())
}

/// A way to the server that takes some milliseconds in each direction; the URL that leads over it.
async fn long_way(url: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    use tokio::net::{TcpListener, TcpStream};
    let config: orm::deadpool_postgres::tokio_postgres::Config = url.parse()?;
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let through =
        url.replacen(&format!(":{port}/"), &format!(":{}/", listener.local_addr()?.port()), 1);
    assert_ne!(through, url);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(pass(from_client, to_server));
            tokio::spawn(pass(from_server, to_client));
        }
    });
    Ok(through)
}

async fn pass(mut from: tokio::net::tcp::OwnedReadHalf, mut to: tokio::net::tcp::OwnedWriteHalf) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_long_way_is_noticed() -> Outcome {
    let db = library().await?;
    let far =
        Database::builder().url(&long_way(&db.url()).await?).max_connections(1).connect().await?;
    let query =
        Author::objects().prefetch_related(|a| a.books().objects().prefetch_related(|b| b.tags()));
    let expected = query.all(&db).await?;
    let counter = QueryCounter::new(&far);
    assert_eq!(query.all(&far).await?, expected);
    assert_eq!(counter.statements().len(), 3, "nothing is known at the start");
    let begins = |counter: &QueryCounter| {
        counter.statements().iter().any(|sql| sql.starts_with("BEGIN ISO"))
    };
    for _ in 0..30 {
        assert_eq!(query.all(&far).await?, expected);
    }
    assert!(begins(&counter), "{:#?}", counter.statements());
    // What takes the server long is not done twice.
    let slow = "CREATE VIEW slow AS SELECT a.* FROM library_author a, pg_sleep(0.2);
                ALTER TABLE library_author RENAME TO authors; ALTER VIEW slow RENAME TO library_author";
    db.batch_execute(slow).await?;
    for _ in 0..2 {
        assert_eq!(query.all(&far).await?, expected);
    }
    let counter = QueryCounter::new(&far);
    assert_eq!(query.all(&far).await?, expected);
    assert!(!begins(&counter), "{:#?}", counter.statements());
    Ok(())
}
