//! Terminals, and what a row can be.

use super::library::{Author, Book, Review, Tag, library, titles};
use crate::support::{Outcome, in_order, says};
use orm::ExplainFormat;
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_num_queries, assert_rows, assert_rows_unordered};
use serde_json::Value;
use std::collections::HashMap;

#[tokio::test]
async fn values_of_one_column_of_several_and_by_name() -> Outcome {
    let db = library().await?;
    let books = || Book::objects().limit(2);
    let names: Vec<String> = books().values(|b| b.title()).all(&db).await?;
    assert_rows!(names, ["Earthsea", "Darkness"]);
    let pairs: Vec<(String, Option<String>)> =
        books().values(|b| (b.author().name(), b.editor().name())).all(&db).await?;
    let ursula = || "Ursula".to_owned();
    assert_rows!(pairs, [(ursula(), Some("Terry".to_owned())), (ursula(), None)]);
    // A computed column, and one of one column stays a tuple.
    let twice = books().values(|b| (b.pages() * 2,)).all(&db).await?;
    assert_rows!(twice, [(410,), (572,)]);

    #[derive(Debug, PartialEq)]
    struct Card {
        title: String,
        author: Author,
        tags: i64,
    }
    // A count groups, and like Django's it then leaves the model's own ordering out.
    let cards: Vec<Card> = Book::objects()
        .order_by(|b| b.id())
        .limit(2)
        .values(|b| row!(Card { title: b.title(), author: b.author(), tags: b.tags().count() }))
        .all(&db)
        .await?;
    let author = Author::objects().filter(|a| a.id().eq(1)).get(&db).await?;
    let card = |title: &str| Card { title: title.to_owned(), author: author.clone(), tags: 1 };
    assert_rows!(cards, [card("Earthsea"), card("Darkness")]);

    let rows = books().values(|b| row! { id: b.id(), by: b.author().name() }).all(&db).await?;
    assert_eq!(rows[1].get::<i64>("id")?, 2);
    assert_eq!(rows[1].get::<String>("by")?, "Ursula");
    assert!(rows[1].get::<String>("nothing").is_err());
    assert_eq!(serde_json::to_value(&rows[0])?, json!({"id": 1, "by": "Ursula"}));
    Ok(())
}

#[tokio::test]
async fn one_row_or_an_error_that_names_the_model() -> Outcome {
    let db = library().await?;
    let by = |id: i64| Book::objects().filter(move |b| b.id().eq(id));
    assert_eq!(by(3).get(&db).await?.title, "Mort");
    let none = by(99).get(&db).await.expect_err("no such book");
    assert!(matches!(none, Error::DoesNotExist { model: "Book" }), "{none:?}");
    says(&none, &["Book"]);
    let many = Book::objects().get(&db).await.expect_err("five books");
    assert!(matches!(many, Error::MultipleObjectsReturned { model: "Book" }), "{many:?}");
    says(&many, &["Book"]);
    assert_eq!(by(3).get_opt(&db).await?.map(|b| b.title), Some("Mort".to_owned()));
    assert_eq!(by(99).get_opt(&db).await?, None);
    let many = Book::objects().get_opt(&db).await;
    assert!(matches!(many, Err(Error::MultipleObjectsReturned { .. })), "{many:?}");
    // The server sends no more than is needed to know.
    let counter = orm_testkit::QueryCounter::new(&db);
    Book::objects().get(&db).await.ok();
    in_order(&counter.statements()[0], &["LIMIT"]);
    Ok(())
}

#[tokio::test]
async fn the_ends_of_an_ordering() -> Outcome {
    let db = library().await?;
    let title = |book: Option<Book>| book.map(|book| book.title);
    let by_pages = Book::objects().order_by(|b| b.pages());
    assert_eq!(title(by_pages.first(&db).await?).as_deref(), Some("Lost"));
    assert_eq!(title(by_pages.last(&db).await?).as_deref(), Some("Gods"));
    assert_eq!(title(by_pages.reverse().first(&db).await?).as_deref(), Some("Gods"));
    // By the key where nothing orders.
    let any = Book::objects().unordered();
    assert_eq!(title(any.first(&db).await?).as_deref(), Some("Earthsea"));
    assert_eq!(title(any.last(&db).await?).as_deref(), Some("Lost"));
    assert_eq!(Book::objects().filter(|b| b.pages().gt(999)).first(&db).await?, None);
    let sliced = Book::objects().limit(2).last(&db).await;
    assert!(matches!(sliced, Err(Error::Usage(_))), "{sliced:?}");
    // Groups and distinct values have no key to order by.
    let groups = Book::objects().unordered().values(|b| b.in_print()).annotate(|b| b.id().count());
    let error = groups.first(&db).await.expect_err("groups without an ordering");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    let ordered = groups.order_by(|b| b.in_print());
    assert_eq!(ordered.first(&db).await?, Some((false, 1)));
    assert_eq!(ordered.last(&db).await?, Some((true, 4)));
    let kept = Book::objects().values(|b| b.in_print()).annotate(|b| b.id().count());
    assert!(matches!(kept.first(&db).await, Err(Error::Usage(_))));
    let counted = Book::objects().annotate(|b| b.tags().count());
    assert_eq!(counted.first(&db).await?.map(|(b, n)| (b.id, n)), Some((1, 1)));
    assert_eq!(counted.last(&db).await?.map(|(b, n)| (b.id, n)), Some((5, 0)));
    let nested = Book::objects().limit(2).nested();
    assert_eq!(nested.last(&db).await?.map(|b| b.id), Some(2));
    let names = Book::objects().values(|b| b.title()).nested();
    assert_eq!(names.order_by(|name| name.asc()).first(&db).await?.as_deref(), Some("Darkness"));
    let distinct = Book::objects().unordered().values(|b| b.in_print()).distinct();
    let error = distinct.first(&db).await.expect_err("an ordering that is not selected");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");

    let printed = Book::objects().filter(|b| b.in_print());
    assert_eq!(printed.latest(&db).await?.title, "Gods");
    assert_eq!(printed.earliest(&db).await?.title, "Earthsea");
    assert_eq!(printed.latest_by(&db, |b| b.title()).await?.title, "Mort");
    assert_eq!(printed.earliest_by(&db, |b| (b.author().name(), b.title())).await?.title, "Gods");
    let none = Book::objects().filter(|b| b.pages().gt(999)).latest(&db).await;
    assert!(matches!(none, Err(Error::DoesNotExist { model: "Book" })), "{none:?}");
    Ok(())
}

#[tokio::test]
async fn counted_asked_for_and_found() -> Outcome {
    let db = library().await?;
    let terry = Book::objects().filter(|b| b.author().name().eq("Terry"));
    assert_eq!(assert_num_queries!(db, 1, terry.count(&db).await?), 3);
    assert_eq!(terry.clone().limit(2).count(&db).await?, 2);
    assert_eq!(terry.clone().offset(1).count(&db).await?, 2);
    assert!(assert_num_queries!(db, 1, terry.exists(&db).await?));
    assert!(!terry.clone().filter(|b| b.pages().gt(999)).exists(&db).await?);
    let books = Book::objects().all(&db).await?;
    assert!(!assert_num_queries!(db, 1, terry.contains(&db, &books[0]).await?));
    assert!(terry.contains(&db, &books[2]).await?);
    let tags = books[2].tags();
    let found = tags.all(&db).await?;
    assert!(tags.contains(&db, &found[0]).await?);
    Ok(())
}

#[tokio::test]
async fn rows_by_key() -> Outcome {
    let db = library().await?;
    let query = Book::objects();
    let books: HashMap<i64, Book> =
        assert_num_queries!(db, 1, query.in_bulk(&db, [3, 1, 99]).await?);
    assert_eq!((books.len(), &*books[&3].title, &*books[&1].title), (2, "Mort", "Earthsea"));
    let query = Book::objects().filter(|b| b.pages().gt(250));
    assert_eq!(query.in_bulk(&db, vec![1_i64, 2]).await?.len(), 1);
    let tags = Tag::objects().in_bulk_by(&db, |t| t.name(), ["humour", "nothing"]).await?;
    assert_eq!(tags["humour"].id, 2);
    assert_eq!(tags.len(), 1);
    let error = Book::objects().in_bulk_by(&db, |b| b.title(), ["Mort"]).await;
    let error = error.expect_err("titles are not unique");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`title`", "`Book`"]);
    Ok(())
}

#[tokio::test]
async fn aggregates_over_all_rows() -> Outcome {
    let db = library().await?;
    let (n, most, sum) =
        Book::objects().aggregate(&db, |b| (count_all(), b.pages().max(), b.pages().sum())).await?;
    assert_eq!((n, most, sum), (5, Some(381), Some(1154)));
    let none = Book::objects().filter(|b| b.pages().gt(999));
    let none = none.aggregate(&db, |b| (count_all(), b.pages().max())).await?;
    assert_eq!(none, (0, None));
    // Each over its own rows, also where some are joined for another.
    let counter = QueryCounter::new(&db);
    let beside = Book::objects().aggregate(&db, |b| (count_all(), b.reviews().count())).await?;
    assert_eq!(beside, (5, i64::try_from(Review::objects().count(&db).await?)?));
    let sql = counter.statements().swap_remove(0).replace('"', "");
    assert!(sql.starts_with("SELECT COUNT(DISTINCT t0.id), COUNT(t1.id) FROM"), "{sql}");
    Ok(())
}

#[tokio::test]
async fn plans_and_sql() -> Outcome {
    let db = library().await?;
    let query = Book::objects().filter(|b| b.title().eq("Mort")).order_by(|b| b.pages());
    let plan = query.explain(&db).await?;
    assert!(plan.contains("Scan") && plan.contains("library_book"), "{plan}");
    assert!(!plan.contains("actual"), "{plan}");
    let (sql, params) = assert_num_queries!(db, 0, query.sql_with_params()?);
    assert_eq!(sql, query.sql()?);
    in_order(&sql, &["SELECT", "FROM", "library_book", "WHERE", "= $1", "ORDER BY"]);
    assert_eq!(format!("{params:?}"), "[Text(\"Mort\")]");
    // What cannot run says so here too.
    let sliced = Book::objects().limit(1).filter(|b| b.pages().gt(1));
    let error = sliced.sql().expect_err("a filter after a slice");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`Book`", "nested"]);
    assert!(matches!(sliced.all(&db).await, Err(Error::Usage(_))));
    Ok(())
}

#[tokio::test]
async fn plans_say_what_they_are_asked_for() -> Outcome {
    let db = library().await?;
    let query = Book::objects().filter(|b| b.title().eq("Mort")).order_by(|b| b.pages());
    let counter = QueryCounter::new(&db);
    let ran = query.explain(&db).analyze().verbose().buffers().settings().wal().await?;
    in_order(&ran, &["actual", "rows=1", "Output:", "Buffers:", "Execution Time"]);
    let expected = "EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL) SELECT";
    assert!(counter.statements()[0].starts_with(expected), "{:?}", counter.statements());
    let plan = query.explain(&db).format(ExplainFormat::Json).await?;
    let plan: Value = serde_json::from_str(&plan)?;
    assert_eq!(plan[0]["Plan"]["Plans"][0]["Relation Name"], "library_book", "{plan}");
    let yaml = query.explain(&db).format(ExplainFormat::Yaml).await?;
    assert!(yaml.starts_with("- Plan:"), "{yaml}");
    let xml = query.explain(&db).analyze().format(ExplainFormat::Xml).await?;
    in_order(&xml, &["<explain", "<Execution-Time>", "</explain>"]);
    // To analyze is to run it: what would be deleted is.
    let counts = db.transaction(async |tx| {
        let gone = Review::objects().filter(|r| r.stars().lt(5)).deleting("gone").objects();
        gone.explain(tx).await?;
        let before = Review::objects().count(tx).await?;
        gone.explain(tx).analyze().await?;
        Ok((before, Review::objects().count(tx).await?))
    });
    assert_eq!(counts.await?, (3, 1));
    let sliced = Book::objects().limit(1).filter(|b| b.pages().gt(1));
    let error = sliced.explain(&db).analyze().await.expect_err("a filter after a slice");
    says(&error, &["`Book`", "nested"]);
    Ok(())
}

#[tokio::test]
async fn raw_sql_into_models_and_tuples() -> Outcome {
    let db = library().await?;
    let raw = "SELECT * FROM library_book WHERE pages > $1 ORDER BY pages DESC";
    let books = Book::objects().raw(raw, params![270]).all(&db).await?;
    assert_rows!(titles(&books), ["Gods", "Darkness", "Mort"]);
    // It goes on as a query set.
    let more = Book::objects()
        .raw(raw, params![100])
        .filter(|b| b.author().name().eq("Ursula"))
        .prefetch_related(|b| b.tags());
    let more = assert_num_queries!(db, 2, more.all(&db).await?);
    let mut more: Vec<_> = more.iter().map(|(b, tags)| (&*b.title, tags.len())).collect();
    more.sort_unstable();
    assert_rows!(more, [("Darkness", 1), ("Earthsea", 1)]);
    let after = Book::objects().filter(|b| b.pages().gt(1)).raw(raw, params![1]).all(&db).await;
    assert!(matches!(after, Err(Error::Usage(_))), "{after:?}");

    let sql = "SELECT a.name, count(b.id), max(b.published) FROM library_author a \
               LEFT JOIN library_book b ON b.author_id = a.id WHERE a.name <> $1 GROUP BY 1 ORDER BY 2";
    let rows = db.query_as::<(String, i64, Option<NaiveDate>)>(sql, params!["Terry"]).await?;
    let darkness = NaiveDate::from_ymd_opt(1969, 3, 1);
    assert_rows!(rows, [("Nobody".to_owned(), 0, None), ("Ursula".to_owned(), 2, darkness)]);
    // A semicolon at the end is what people paste.
    let pasted = Book::objects().raw("SELECT * FROM library_book; ", params![]);
    assert_eq!(pasted.all(&db).await?.len(), 5);
    assert_eq!(pasted.filter(|b| b.pages().gt(300)).count(&db).await?, 1);
    let pasted = Book::objects().raw("SELECT * FROM library_book -- all of them;", params![]);
    assert_eq!(pasted.filter(|b| b.pages().gt(300)).count(&db).await?, 1);
    let wrong = db.query_as::<(i32,)>("SELECT 'x'::text", params![]).await;
    assert!(matches!(wrong, Err(Error::Decode { .. })), "{wrong:?}");
    let less = db.query_as::<(i32, i32)>("SELECT 1", params![]).await;
    assert!(matches!(less, Err(Error::Decode { .. })), "{less:?}");
    let touched = db.execute("UPDATE library_book SET pages = 1 WHERE id < $1", params![3_i64]);
    assert_eq!(touched.await?, 2);
    Ok(())
}

#[tokio::test]
async fn nested_queries_work_on_rows() -> Outcome {
    let db = library().await?;
    // A filter after a slice.
    let last = Book::objects().order_by(|b| b.pages().desc()).limit(3);
    let old = last.nested().filter(|b| b.published().lt(NaiveDate::from_ymd_opt(1970, 1, 1)));
    assert_rows!(titles(&old.all(&db).await?), ["Darkness"]);
    in_order(&old.sql()?, &["FROM (SELECT", "LIMIT", ")", "WHERE"]);
    // A filter and aggregates on what was counted.
    let counted = Author::objects().annotate(|a| a.books().count());
    let busy = counted.clone().nested().filter(|(a, n)| n.gt(1) & a.name().startswith("T"));
    let busy = busy.all(&db).await?;
    assert_eq!(busy.iter().map(|(a, n)| (&*a.name, *n)).collect::<Vec<_>>(), [("Terry", 3)]);
    let most = counted.nested().aggregate(&db, |(_, n)| (n.max(), n.sum())).await?;
    assert_eq!(most.0, Some(3));
    // Joins go on from the rows.
    let by = Book::objects().limit(3).nested().filter(|b| b.author().name().eq("Terry"));
    assert_rows!(titles(&by.all(&db).await?), ["Mort"]);
    let values = Book::objects().values(|b| (b.author().name(), b.pages())).nested();
    let values = values.filter(|(name, pages)| name.eq("Ursula") & pages.gt(205));
    assert_rows!(values.all(&db).await?, [("Ursula".to_owned(), 286)]);
    assert_eq!(values.count(&db).await?, 1);
    Ok(())
}

#[tokio::test]
async fn dates_and_moments() -> Outcome {
    let db = library().await?;
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).expect("a day");
    let years = Book::objects().dates(|b| b.published().trunc_year());
    let years: Vec<NaiveDate> = years.all(&db).await?;
    assert_rows!(years, [day(1968, 1, 1), day(1969, 1, 1), day(1987, 1, 1), day(1992, 1, 1)]);
    // A month of another zone begins at another moment: 23:30 in January is February in Berlin.
    let moment = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
    let utc = Review::objects().datetimes(|r| r.created().trunc_month()).all(&db).await?;
    assert_rows!(utc, [moment("2024-01-01T00:00:00Z"), moment("2024-02-01T00:00:00Z")]);
    let berlin =
        Review::objects().datetimes(|r| r.created().in_zone("Europe/Berlin").trunc_month());
    assert_rows!(berlin.all(&db).await?, [moment("2024-01-31T23:00:00Z")]);
    let days = Review::objects().dates(|r| r.created().in_zone("Europe/Berlin").date());
    assert_rows!(days.all(&db).await?, [day(2024, 2, 1), day(2024, 2, 15)]);
    Ok(())
}

#[tokio::test]
async fn query_sets_put_together() -> Outcome {
    let db = library().await?;
    let short = Book::objects().filter(|b| b.pages().lt(250));
    let old = Book::objects().filter(|b| b.published().lt(NaiveDate::from_ymd_opt(1970, 1, 1)));
    let both = short.clone() & old.clone();
    assert_rows!(titles(&both.all(&db).await?), ["Earthsea"]);
    let either = short.clone() | old.clone();
    assert_rows_unordered!(titles(&either.all(&db).await?), ["Earthsea", "Darkness", "Lost"]);
    let one = short.clone() ^ old;
    assert_rows_unordered!(titles(&one.all(&db).await?), ["Darkness", "Lost"]);
    let error = (short.clone() & short.limit(1)).all(&db).await.expect_err("a slice");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    Ok(())
}
