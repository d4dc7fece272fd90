//! The same statement from the same place over and over: found, with the place and the cure.

use super::library::*;
use super::observe::{Recorder, connected};
use crate::support::Outcome;
use orm::n_plus_one::{self, Finding, Report};
use orm::prelude::*;
use orm_testkit::assert_no_n_plus_one;

/// The only finding of a report.
#[track_caller]
fn only(report: &Report) -> &Finding {
    let [finding] = &report.findings[..] else { panic!("one finding: {report}") };
    finding
}

/// Watches a loop, and asserts what it finds: how often, where, and the cure.
macro_rules! finds {
    ($model:expr, $times:expr, $cure:expr, $code:block) => {{
        let watched = n_plus_one::scope(1, async { Ok::<_, Error>($code) }).await;
        let finding = only(&watched.report).clone();
        assert_eq!((finding.times, finding.model), ($times, $model), "{finding}");
        assert_eq!(finding.place.file(), file!());
        // `line!` is where the macro is called; the loop is the third line of its code.
        assert_eq!(finding.place.line(), line!() + 2, "{finding}");
        assert!(finding.cure.contains($cure), "{finding}");
        let value = watched.value?;
        #[allow(clippy::let_unit_value)]
        let _ = value;
    }};
}

#[tokio::test]
async fn keys_fetched_in_a_loop() -> Outcome {
    let db = library().await?;
    let books = Book::objects().all(&db).await?;
    finds!(Some("Author"), 5, "`.select_related(|x| x.author())`", {
        for book in &books {
            book.author.fetch(&db).await?;
        }
    });
    // Where there is no key, nothing is asked; two keys of five are there.
    finds!(Some("Author"), 2, "`.select_related(|x| x.editor())`", {
        for book in &books {
            book.editor.fetch(&db).await?;
        }
    });
    // A key in a variable: its name is not known, but what it refers to is.
    finds!(Some("Author"), 5, "load each `Author` with the row that holds its key", {
        for key in books.iter().map(|book| book.author) {
            key.fetch(&db).await?;
        }
    });
    Ok(())
}

#[tokio::test]
async fn related_sets_in_a_loop() -> Outcome {
    let db = library().await?;
    let authors = Author::objects().all(&db).await?;
    finds!(Some("Book"), 3, "`Author::objects().prefetch_related(|x| x.books())`", {
        for author in &authors {
            author.books().all(&db).await?;
        }
    });
    finds!(Some("Book"), 3, "with the conditions behind `x.books().objects()`", {
        for author in &authors {
            author.books().filter(|b| b.pages().gt(100)).all(&db).await?;
        }
    });
    finds!(Some("Book"), 3, "`.annotate(|x| x.books().count())`", {
        for author in &authors {
            author.books().count(&db).await?;
        }
    });
    finds!(Some("Book"), 3, "`.annotate(|x| exists(x.books().objects()))`", {
        for author in &authors {
            author.books().exists(&db).await?;
        }
    });
    let books = Book::objects().all(&db).await?;
    finds!(Some("Tag"), 5, "`Book::objects().prefetch_related(|x| x.tags())`", {
        for book in &books {
            book.tags().all(&db).await?;
        }
    });
    let tags = Tag::objects().all(&db).await?;
    finds!(Some("Book"), 4, "`Tag::objects().prefetch_related(|x| x.books())`", {
        for tag in &tags {
            tag.books().all(&db).await?;
        }
    });
    finds!(Some("Profile"), 3, "`Author::objects().select_related(|x| x.profile())`", {
        for author in &authors {
            author.profile().get_opt(&db).await?;
        }
    });
    // Written as a filter it is the same.
    finds!(Some("Book"), 3, "`Author::objects().prefetch_related(|x| x.books())`", {
        for author in &authors {
            Book::objects().filter(|b| b.author().eq(author)).all(&db).await?;
        }
    });
    Ok(())
}

#[tokio::test]
async fn rows_by_key_in_a_loop() -> Outcome {
    let db = library().await?;
    finds!(Some("Book"), 3, "`Book::objects().in_bulk(&db, keys)`", {
        for id in 1..4 {
            Book::objects().filter(|b| b.id().eq(id)).get(&db).await?;
        }
    });
    finds!(Some("Tag"), 2, "`Tag::objects().filter(|x| x.name().in_(values))`", {
        for name in ["fantasy", "humour"] {
            Tag::objects().filter(|t| t.name().eq(name)).get_opt(&db).await?;
        }
    });
    let mut books = Book::objects().all(&db).await?;
    finds!(Some("Book"), 5, "in_bulk", {
        for book in &mut books {
            book.refresh(&db).await?;
        }
    });
    finds!(Some("Book"), 4, "load it once, before the loop", {
        for _ in 0..4 {
            Book::objects().filter(|b| b.id().eq(1)).get(&db).await?;
        }
    });
    finds!(Some("Book"), 2, "ask once, before the loop", {
        for (low, high) in [(1, 100), (101, 200)] {
            Book::objects().filter(|b| b.pages().range(low..=high)).all(&db).await?;
        }
    });
    finds!(None, 3, "= ANY($1)", {
        for id in 0..3 {
            db.query_as::<(i64,)>("SELECT id FROM library_book WHERE id = $1", params![id as i64])
                .await?;
        }
    });
    Ok(())
}

#[tokio::test]
async fn rows_written_in_a_loop() -> Outcome {
    let db = library().await?;
    finds!(Some("Author"), 3, "`Author::objects().bulk_create(&db, drafts)`", {
        for name in ["a", "b", "c"] {
            draft!(Author { name: name }).save(&db).await?;
        }
    });
    let mut authors = Author::objects().all(&db).await?;
    finds!(Some("Author"), authors.len(), "bulk_update", {
        for author in &mut authors {
            author.save(&db).await?;
        }
    });
    let reviews = Review::objects().all(&db).await?;
    finds!(Some("Review"), 3, "delete all rows at once", {
        for review in reviews {
            review.delete(&db).await?;
        }
    });
    Ok(())
}

async fn author_of(db: &impl Executor, book: &Book) -> Result<Author> {
    book.author.fetch(db).await
}

#[tokio::test]
async fn through_functions_of_the_user_on_every_executor() -> Outcome {
    let db = library().await?;
    let work = async {
        for book in Book::objects().all(&db).await? {
            author_of(&db, &book).await?;
        }
        Ok::<_, Error>(())
    };
    let watched = n_plus_one::scope(1, work).await;
    watched.value?;
    let finding = only(&watched.report);
    let text = finding.to_string();
    // The place is the call in the function, and the report shows its line.
    assert!(text.contains("tests/api/n_plus_one.rs:"), "{text}");
    assert!(text.contains("|  book.author.fetch(db).await\n"), "{text}");
    assert!(text.contains("statement: SELECT t0.\"id\""), "{text}");
    // In a transaction, and in one within it.
    let watched = n_plus_one::scope(1, async {
        let tx = db.begin().await?;
        for book in Book::objects().all(&tx).await? {
            tx.transaction(async |tx| author_of(tx, &book).await).await?;
        }
        tx.commit().await
    });
    let watched = watched.await;
    watched.value?;
    assert_eq!((only(&watched.report).times, only(&watched.report).place), (5, finding.place));
    Ok(())
}

#[tokio::test]
async fn what_is_no_n_plus_one() -> Outcome {
    let db = library().await?;
    let watched = n_plus_one::scope(1, async {
        // Different places, also where the statement is the same.
        Book::objects().filter(|b| b.id().eq(1)).get(&db).await?;
        Book::objects().filter(|b| b.id().eq(2)).get(&db).await?;
        // One place, different statements.
        for sliced in [Book::objects(), Book::objects().reverse(), Book::objects().limit(1)] {
            sliced.all(&db).await?;
        }
        // One call that runs several statements: prefetches, rows between.
        let rows = Book::objects().prefetch_related(|b| (b.tags(), b.reviews())).all(&db).await?;
        rows[0].0.tags().set(&db, [1, 2]).await?;
        // Meant to repeat.
        n_plus_one::allow(async {
            for page in 0..3 {
                Book::objects().slice(page..page + 2).all(&db).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        // Commands of transactions have no place.
        for _ in 0..3 {
            db.begin().await?.commit().await?;
        }
        Ok::<_, Error>(())
    });
    watched.await.or_panic()?;
    Ok(())
}

#[tokio::test]
async fn one_stream_with_a_prefetch_for_each_chunk_counts_once() -> Outcome {
    let db = library().await?;
    db.execute(
        "INSERT INTO library_tag (name) SELECT 'n' || g FROM generate_series(1, 1500) g",
        params![],
    )
    .await?;
    let statements = orm_testkit::QueryCounter::new(&db);
    let watched = n_plus_one::scope(1, async {
        let mut rows = Tag::objects().prefetch_related(|t| t.books()).stream(&db);
        while rows.next().await.transpose()?.is_some() {}
        Ok::<_, Error>(())
    });
    watched.await.or_panic()?;
    assert!(statements.statements().len() > 2, "{:?}", statements.statements());
    Ok(())
}

#[tokio::test]
async fn a_scope_is_of_its_task() -> Outcome {
    let db = library().await?;
    let looped = |db: Database| async move {
        for id in 1..4 {
            Book::objects().filter(|b| b.id().eq(id)).get(&db).await?;
        }
        Ok::<_, Error>(())
    };
    let watched = n_plus_one::scope(1, tokio::spawn(looped(db.clone()))).await;
    assert!(watched.report.is_empty(), "{}", watched.report);
    watched.value??;
    // Taken along, and scopes around each other all count.
    let outer = n_plus_one::scope(2, async {
        let inner = n_plus_one::scope(5, async {
            tokio::spawn(n_plus_one::inherit(looped(db.clone()))).await
        });
        inner.await.or_panic()
    });
    let outer = outer.await;
    assert_eq!(only(&outer.report).times, 3);
    // At the same time in one task.
    let watched =
        n_plus_one::scope(3, async { tokio::join!(looped(db.clone()), looped(db.clone())) }).await;
    assert_eq!(only(&watched.report).times, 6);
    // Over: what runs now is not counted.
    looped(db.clone()).await?;
    let error = watched.or_error().unwrap_err();
    crate::support::says(&error, &["ran 6 times from tests/api/n_plus_one.rs:", "in_bulk"]);
    Ok(())
}

#[tokio::test]
async fn a_request_warns_where_the_database_has_a_limit() -> Outcome {
    let db = library().await?;
    let watched = connected(&db, |b| b.detect_n_plus_one(2)).await?;
    let recorder = Recorder::default();
    let _recording = tracing::subscriber::set_default(recorder.clone());
    let warnings = || {
        let mut events = recorder.take();
        events.retain(|event| event["target"] == "orm::n_plus_one");
        events
    };
    let get = async |db: &Database, times| {
        for id in 0..times {
            Book::objects().filter(|b| b.id().eq(id)).get_opt(db).await?;
        }
        Ok::<_, Error>(())
    };
    n_plus_one::request(get(&db, 9)).await?;
    n_plus_one::request(get(&watched, 2)).await?;
    get(&watched, 9).await?;
    assert_eq!(warnings(), []);
    n_plus_one::request(get(&watched, 3)).await?;
    let told = warnings();
    assert_eq!((told.len(), &*told[0]["level"], &*told[0]["times"]), (1, "WARN", "3"));
    assert!(
        told[0]["message"].contains("the same statement ran 3 times from tests/api/n_plus_one.rs:")
    );
    assert!(told[0]["cure"].contains("in_bulk"), "{told:#?}");
    // Given up in the middle: what was found until then is told.
    let mut request = Box::pin(n_plus_one::request(async {
        get(&watched, 4).await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    }));
    let limit = std::time::Duration::from_millis(500);
    tokio::time::timeout(limit, request.as_mut()).await.unwrap_err();
    assert_eq!(warnings(), []);
    drop(request);
    assert_eq!(&*warnings()[0]["times"], "4");
    watched.close().await;
    Ok(())
}

#[tokio::test]
async fn tests_can_assert_that_there_is_none() -> Outcome {
    let db = library().await?;
    let with = async || Book::objects().select_related(|b| b.author()).all(&db).await;
    let pairs: Vec<(Book, Author)> = assert_no_n_plus_one!(db, with().await?);
    assert_eq!(pairs.len(), 5);
    let without = async || {
        for book in Book::objects().all(&db).await? {
            book.author.fetch(&db).await?;
        }
        Ok::<_, Error>(())
    };
    assert_no_n_plus_one!(db, 5, without().await?);
    // Other tasks on the same database count here.
    let watch = orm_testkit::RepeatWatch::new(&db, 4);
    without().await?;
    assert_eq!(only(&watch.report()).times, 5);
    Ok(())
}
