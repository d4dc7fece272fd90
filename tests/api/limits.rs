//! More of everything than a person would write, as programs do.

use super::library::{Author, Book, Tag, library, titles};
use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[tokio::test]
async fn thousands_of_conditions() -> Outcome {
    let db = library().await?;
    let pages = || (0..5000).chain([381]).map(|n| Book::q(|b| b.pages().eq(n * 1000 + 381)));
    let any = Book::objects().filter(|_| Q::any_of(pages()));
    assert_rows!(titles(&any.all(&db).await?), ["Gods"]);
    let folded = pages().reduce(|a, b| a | b).expect("conditions");
    assert_rows!(titles(&Book::objects().filter(|_| folded).all(&db).await?), ["Gods"]);
    let not = pages().map(|q| !q).reduce(|a, b| a & b).expect("conditions");
    assert_eq!(Book::objects().filter(|_| not).count(&db).await?, 4);
    let chained = pages().take(1000).fold(Book::objects(), |books, q| books.exclude(|_| q));
    assert_eq!(chained.count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn more_keys_than_a_statement_has_parameters() -> Outcome {
    let db = library().await?;
    let ids: Vec<i64> = (0..100_000).collect();
    let by_key = Book::objects().filter(|b| b.id().in_(&ids));
    assert_eq!(assert_num_queries!(db, 1, by_key.count(&db).await?), 5);
    let by_author = Book::objects().filter(|b| b.author().in_(&ids) & b.tags().in_(&ids));
    assert_eq!(by_author.distinct().count(&db).await?, 4);
    assert_eq!(Book::objects().in_bulk(&db, ids.iter().copied()).await?.len(), 5);
    let names = (0..100_000).map(|n| format!("tag {n}")).chain(["humour".to_owned()]);
    assert_eq!(Tag::objects().in_bulk_by(&db, |t| t.name(), names).await?.len(), 1);
    Ok(())
}

mod places {
    use orm::prelude::*;

    #[derive(Model, Clone, Debug, PartialEq)]
    #[model(app = "limits", primary_key = [x, y])]
    pub struct Place {
        pub x: i32,
        pub y: i32,
        pub name: Option<String>,
    }
}

#[tokio::test]
async fn many_composite_keys() -> Outcome {
    use places::Place;
    let db = database!("api_limits": Place);
    let drafts = (0..300).flat_map(|x| (0..100).map(move |y| draft!(Place { x: x, y: y })));
    let places = Place::objects().bulk_create(&db, drafts).await?;
    assert_eq!(places.len(), 30_000);
    let keys = (0..400).flat_map(|x| (0..100).map(move |y| (x, y)));
    let found = Place::objects().in_bulk(&db, keys).await?;
    assert_eq!(found.len(), 30_000);
    assert!(found.iter().all(|(key, place)| *key == (place.x, place.y)));
    Ok(())
}

#[tokio::test]
async fn relations_of_many_rows() -> Outcome {
    let db = library().await?;
    let drafts = (0..20_000).map(|n| draft!(Author { name: format!("author {n}"), mentor: 1 }));
    let authors = Author::objects().bulk_create(&db, drafts).await?;
    let query = Author::objects().prefetch_related(|a| (a.mentor(), a.pupils(), a.books()));
    let rows = assert_num_queries!(db, 4, query.all(&db).await?);
    assert_eq!(rows.len(), 20_003);
    assert_eq!(rows[0].1.1.len(), 20_001);
    assert!(rows[3..].iter().all(|(_, (mentor, ..))| mentor.as_ref().is_some_and(|m| m.id == 1)));
    // As many rows of a table between at once, and the same again changes nothing.
    let tag = Tag::objects().first(&db).await?.expect("a tag");
    let drafts = authors.iter().map(|a| draft!(Book { title: &a.name, pages: 1, author: a }));
    let books = Book::objects().bulk_create(&db, drafts).await?;
    for _ in 0..2 {
        tag.books().add(&db, &books).await?;
        assert_eq!(tag.books().count(&db).await?, 20_003);
    }
    tag.books().set(&db, &books[..10]).await?;
    assert_eq!(tag.books().count(&db).await?, 10);
    Ok(())
}

/// More conditions than there is room for, each with a value.
fn too_many() -> Q<Book> {
    Q::any_of((0..70_000_i64).map(|id| Book::q(|b| b.id().eq(id))))
}

#[tokio::test]
async fn more_values_than_a_statement_takes_are_refused_in_every_kind_of_statement() -> Outcome {
    let db = library().await?;
    let books = || Book::objects().filter(|_| too_many());
    let mut text = Vec::new();
    let drafts = |n: i32| (0..n).map(|n| draft!(Tag { name: format!("t{n}") }));
    let refused: Vec<(&str, Option<Error>)> = vec![
        ("all", books().all(&db).await.err()),
        ("count", books().count(&db).await.err()),
        ("exists", books().exists(&db).await.err()),
        ("aggregate", books().aggregate(&db, |b| b.pages().max()).await.err()),
        ("update", books().update(&db, |b| b.pages().set(1)).await.err()),
        ("delete", books().delete(&db).await.err()),
        ("explain", books().explain(&db).await.err()),
        ("copy", books().copy_out(&db, &mut text).await.err()),
        ("nested", Author::objects().filter(|a| a.books().in_(books())).all(&db).await.err()),
        ("negated", Book::objects().exclude(|_| too_many()).all(&db).await.err()),
        ("stream", books().stream(&db).next().await.and_then(Result::err)),
        ("raw", {
            let texts: Vec<String> = (1..=70_000).map(|n| format!("${n}")).collect();
            let params = (0..70_000).flat_map(|n| params![n]).collect();
            db.execute(&format!("SELECT {}", texts.join(" + ")), params).await.err()
        }),
    ];
    for (kind, error) in refused {
        assert!(matches!(error, Some(Error::Usage(_))), "{kind}: {error:?}");
    }
    assert_eq!(Book::objects().filter(|b| b.pages().gt(1)).count(&db).await?, 5);
    // Those of an insertion go into several statements.
    assert_eq!(Tag::objects().bulk_create(&db, drafts(66_000)).await?.len(), 66_000);
    Ok(())
}

#[tokio::test]
async fn as_many_values_as_there_is_room_for_find_what_they_say() -> Outcome {
    let db = library().await?;
    // Values that folding drops, and as many others as there is room for beside them.
    let dropped = Q::all_of((0..10).map(|n| Book::q(|b| value(n).eq(n) | b.pages().gte(0))));
    let among = |count: i64| {
        let other = Q::any_of((0..count).map(|n| Book::q(|b| b.id().eq(n * 2 + 2))));
        Book::objects().filter(|_| dropped.clone() & other)
    };
    let sql = among(65_500).sql()?;
    assert!(sql.contains("$65500") && !sql.contains("$0"), "{}", sql.len());
    let found = among(3_000).all(&db).await?;
    assert!(found.iter().all(|book| book.id % 2 == 0) && !found.is_empty(), "{found:?}");
    Ok(())
}

/// The server cuts longer names off, and would find another thing that begins so.
#[tokio::test]
async fn names_that_the_server_would_cut_off_are_refused() -> Outcome {
    let db = library().await?;
    let long = "n".repeat(64);
    let tags = || [draft!(Tag { name: "sea" })];
    assert_num_queries!(db, 0, {
        let upsert = Tag::objects().bulk_create(&db, tags()).on_constraint(long.clone());
        let error = upsert.ignore().await.expect_err("a constraint");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        crate::support::says(&error, &["constraint", "64 bytes", "63"]);
        let upsert = Tag::objects().bulk_create(&db, tags()).on_constraint(long.clone());
        let error = upsert.update(|t| t.name()).await.expect_err("a constraint");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        let named = long.clone();
        let tags = Tag::objects().order_by(|t| t.name().collate(named));
        let error = tags.all(&db).await.expect_err("a collation");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        crate::support::says(&error, &["collation", "64 bytes", "63"]);
    });
    let tags = Tag::objects().order_by(|t| t.name().collate("C"));
    assert!(tags.exists(&db).await?);
    Ok(())
}
