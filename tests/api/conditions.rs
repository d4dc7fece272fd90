//! Conditions put together at run time, and queries that need no server.

use super::library::{Author, Book, library, titles};
use crate::support::{Outcome, alone, in_order};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test]
async fn filter_if_applies_or_does_not() -> Outcome {
    let db = library().await?;
    for (apply, wanted) in [(true, vec!["Gods"]), (false, vec!["Mort", "Gods", "Lost"])] {
        let books = Book::objects()
            .filter(|b| b.author().name().eq("Terry"))
            .filter_if(apply, |b| b.pages().gt(300));
        assert_rows!(titles(&books.all(&db).await?), wanted);
    }
    Ok(())
}

#[tokio::test]
async fn conditions_of_a_list_are_folded() -> Outcome {
    let db = library().await?;
    let find =
        async |q: Q<Book>| Book::objects().filter(|_| q).values(|b| b.title()).all(&db).await;
    let words = ["sea", "god", "nothing"];
    let any = || Q::any_of(words.iter().map(|word| Book::q(|b| b.title().icontains(*word))));
    assert_rows!(find(any()).await?, ["Earthsea", "Gods"]);
    let letters = ["o", "t"];
    let all = Q::all_of(letters.map(|letter| Book::q(|b| b.title().contains(letter))));
    assert_rows!(find(all).await?, ["Mort", "Lost"]);
    // Conditions of different kinds, and of nothing.
    let kinds = vec![
        Book::q(|b| b.in_print()),
        Book::q(|b| b.editor().isnull(true)),
        Book::q(|b| b.pages().gt(300) | b.published().lt(NaiveDate::from_ymd_opt(1900, 1, 1))),
    ];
    assert_rows!(find(Q::all_of(kinds)).await?, ["Gods"]);
    assert_eq!(find(Q::all_of(Vec::<Q<Book>>::new())).await?.len(), 5);
    assert_eq!(find(Q::any_of(Vec::<Q<Book>>::new())).await?.len(), 0);
    assert_eq!(find(Q::all()).await?.len(), 5);
    assert_eq!(find(Q::none()).await?.len(), 0);
    // One can be kept and used many times, and be turned round.
    let q = any();
    assert_eq!(find(q.clone() | q.clone()).await?, find(q.clone()).await?);
    assert_rows!(find(!q).await?, ["Darkness", "Mort", "Lost"]);
    Ok(())
}

#[tokio::test]
async fn paths_without_a_query_are_those_of_any_query() -> Outcome {
    let db = library().await?;
    let b = Book::paths();
    let long = b.pages().gt(250);
    let by_ursula = b.author().name().eq("Ursula");
    let books = Book::objects().filter(|_| long & by_ursula).order_by(|_| b.pages().desc());
    assert_rows!(titles(&books.all(&db).await?), ["Darkness"]);
    let counts = Author::objects().filter(|a| a.books().pages().gt(250)).distinct();
    assert_eq!(counts.count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn the_same_in_djangos_keywords() -> Outcome {
    let db = library().await?;
    let closure = Book::objects()
        .filter(|b| b.author().name().icontains("terry") & b.pages().gte(272))
        .exclude(|b| b.title().startswith("G"));
    let keywords = Book::objects()
        .filter(q!(author__name__icontains = "terry", pages__gte = 272))
        .exclude(q!(title__startswith = "G"));
    assert_eq!(closure.sql_with_params()?, keywords.sql_with_params()?);
    assert_rows!(titles(&keywords.all(&db).await?), ["Mort"]);
    let either = Book::objects().filter(q!((title__startswith = "G") | !(in_print = true)));
    assert_rows!(titles(&either.all(&db).await?), ["Gods", "Lost"]);
    let kept: Q<Book> = q!(Book: pages__lt = 100);
    assert_rows!(titles(&Book::objects().filter(|_| kept).all(&db).await?), ["Lost"]);
    Ok(())
}

#[tokio::test]
async fn what_can_have_no_row_runs_nothing() -> Outcome {
    let db = library().await?;
    let empty = [
        Book::objects().none(),
        Book::objects().filter(|b| b.pages().in_(Vec::<i32>::new())),
        Book::objects().filter(|b| b.author().in_(Vec::<Author>::new())),
        Book::objects().filter(|b| b.in_print() & b.id().in_([0_i64; 0])),
        Book::objects().limit(0),
        Book::objects().filter(|_| Q::none()),
    ];
    for books in empty {
        assert_num_queries!(db, 0, {
            assert_rows!(books.all(&db).await?, [] as [Book; 0]);
            assert_eq!(books.count(&db).await?, 0);
            assert!(!books.exists(&db).await?);
            assert_eq!(books.first(&db).await?, None);
            assert_eq!(books.get_opt(&db).await?, None);
            let got = books.get(&db).await;
            assert!(matches!(got, Err(Error::DoesNotExist { model: "Book" })), "{got:?}");
            assert!(books.stream(&db).next().await.is_none());
        });
    }
    let none = Book::objects().none();
    assert_num_queries!(db, 0, {
        assert_eq!(none.update(&db, |b| b.pages().set(1)).await?, 0);
        assert_eq!(none.delete(&db).await?.total, 0);
        assert!(none.in_bulk(&db, [1_i64]).await?.is_empty());
        assert!(Book::objects().in_bulk(&db, [0_i64; 0]).await?.is_empty());
        assert!(prefetch(&db, Vec::<Book>::new(), |b| b.tags()).await?.is_empty());
        assert!(Book::objects().bulk_create(&db, no_drafts()).await?.is_empty());
    });
    // What is only partly empty is not.
    let some = Book::objects().filter(|b| b.pages().in_(Vec::<i32>::new()) | b.title().eq("Mort"));
    assert_rows!(titles(&some.all(&db).await?), ["Mort"]);
    let all = Book::objects().exclude(|b| b.pages().in_(Vec::<i32>::new()));
    assert_eq!(all.count(&db).await?, 5);
    assert_eq!(Book::objects().count(&db).await?, 5);
    Ok(())
}

/// No drafts, of the type that complete ones have.
fn no_drafts() -> Vec<impl Complete<Model = Book>> {
    let draft = draft!(Book { title: "x", pages: 1, author: 1_i64 });
    let mut drafts = vec![draft];
    drafts.clear();
    drafts
}

#[tokio::test]
async fn distinct_rows_and_first_rows() -> Outcome {
    let db = library().await?;
    let tagged = Book::objects().filter(|b| b.tags().name().in_(["fantasy", "humour"]));
    assert_rows!(titles(&tagged.all(&db).await?), ["Earthsea", "Mort", "Mort", "Gods", "Gods"]);
    let distinct = tagged.clone().distinct();
    assert_rows!(titles(&distinct.all(&db).await?), ["Earthsea", "Mort", "Gods"]);
    assert_eq!(distinct.count(&db).await?, 3);
    let print = Book::objects().order_by(|b| b.in_print()).values(|b| b.in_print()).distinct();
    assert_rows!(print.all(&db).await?, [false, true]);
    let longest = Book::objects()
        .order_by(|b| (b.author().name(), b.pages().desc()))
        .distinct_on(|b| b.author().name());
    assert_rows!(titles(&longest.all(&db).await?), ["Gods", "Darkness"]);
    in_order(&longest.sql()?, &["SELECT DISTINCT ON (", "ORDER BY"]);
    // The ordering must begin with the same columns, and what is not selected cannot order
    // distinct rows: both are said before anything runs.
    let turned = longest.order_by(|b| b.pages());
    let error = assert_num_queries!(db, 0, turned.all(&db).await).expect_err("another ordering");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    let hidden = Book::objects().values(|b| b.in_print()).distinct().order_by(|b| b.pages());
    let error = assert_num_queries!(db, 0, hidden.all(&db).await).expect_err("not selected");
    assert!(matches!(&error, Error::Usage(m) if m.contains("pages")), "{error:?}");
    Ok(())
}

/// Counts warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let ours = event.metadata().target() == "orm::query";
        self.0.fetch_add(usize::from(ours), Ordering::Relaxed);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn the_trap_of_distinct_on_is_told_once() -> Outcome {
    // Once for each process, so this test has one of its own.
    if !alone("api::conditions::the_trap_of_distinct_on_is_told_once")? {
        return Ok(());
    }
    let warnings = Warnings::default();
    let count = || warnings.0.load(Ordering::Relaxed);
    tracing::subscriber::with_default(warnings.clone(), || {
        let first = || Book::objects().order_by(|b| b.title()).distinct_on(|b| b.title());
        let _ = Book::objects().filter(|b| b.pages().gt(1)).distinct_on(|b| b.title());
        let _ = first().nested().filter(|b| b.pages().gt(1));
        assert_eq!(count(), 0);
        let _ = first().filter(|b| b.pages().gt(1));
        assert_eq!(count(), 1);
        let _ = first().exclude(|b| b.pages().gt(1)).filter(|b| b.in_print());
        assert_eq!(count(), 1);
    });
    Ok(())
}
