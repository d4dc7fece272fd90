//! Orderings and filters named at run time.

use super::library::{Book, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::assert_rows;

const FIELDS: &[&str] = &["title", "pages", "author__name", "published", "author"];

#[tokio::test]
async fn orderings_by_name() -> Outcome {
    let db = library().await?;
    let by = |names: &[&str]| Book::objects().order_by_names(names, FIELDS);
    let ordered = by(&["author__name", "-pages"])?;
    let expected = ["Gods", "Mort", "Lost", "Darkness", "Earthsea"];
    assert_rows!(titles(&ordered.all(&db).await?), expected);
    let typed = Book::objects().order_by(|b| (b.author().name(), b.pages().desc()));
    assert_eq!(ordered.sql()?, typed.sql()?);
    assert_rows!(titles(&by(&["title"])?.limit(1).all(&db).await?), ["Darkness"]);
    Ok(())
}

#[tokio::test]
async fn orderings_that_are_refused() -> Outcome {
    // Not in the list.
    let error = Book::objects().order_by_names(["-in_print"], FIELDS).expect_err("not allowed");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`in_print`", "`Book`", "title, pages, author__name"]);
    let error = Book::objects().order_by_names(["pages; DROP TABLE x"], FIELDS);
    assert!(matches!(error, Err(Error::Usage(_))));
    // In the list, but not in the model.
    let error = Book::objects().order_by_names(["pagse"], &["pagse"]).expect_err("no such field");
    says(&error, &["`pagse`", "`Book`", "title, pages, published"]);
    let error = Book::objects().order_by_names(["author__nam"], &["author__nam"]);
    says(&error.expect_err("no such field"), &["`nam`", "`Author`"]);
    let error = Book::objects().order_by_names(["pages__gt"], &["pages__gt"]);
    says(&error.expect_err("a lookup is no ordering"), &["`pages__gt`", "`gt`"]);
    Ok(())
}

#[tokio::test]
async fn filters_by_name() -> Outcome {
    let db = library().await?;
    let allowed = &[
        "title__icontains",
        "pages__gte",
        "pages__in",
        "published__isnull",
        "published__lt",
        "author__name",
        "author",
        "pk",
    ];
    let find = async |conditions: &[(&str, &str)]| {
        let books = Book::objects().filter_names(conditions.iter().copied(), allowed)?;
        books.values(|b| b.title()).all(&db).await
    };
    assert_rows!(find(&[("title__icontains", "SEA")]).await?, ["Earthsea"]);
    assert_rows!(find(&[("pages__gte", "272"), ("author__name", "Ursula")]).await?, ["Darkness"]);
    assert_rows!(find(&[("pages__in", "10,381")]).await?, ["Gods", "Lost"]);
    assert_rows!(find(&[("published__isnull", "true")]).await?, ["Lost"]);
    assert_rows!(find(&[("published__lt", "1969-01-01")]).await?, ["Earthsea"]);
    assert_rows!(find(&[("author", "1")]).await?, ["Earthsea", "Darkness"]);
    assert_rows!(find(&[("pk", "3")]).await?, ["Mort"]);
    assert_eq!(find(&[]).await?.len(), 5);
    // Refused.
    let error = find(&[("in_print", "true")]).await.expect_err("not allowed");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`in_print`", "`Book`", "title__icontains"]);
    let error = find(&[("pages__gte", "many")]).await.expect_err("not a number");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`pages__gte`", "whole number"]);
    assert!(!error.to_string().contains("many"), "a value is no part of a message: {error}");
    let error = Book::objects().filter_names([("pages__like", "1")], &["pages__like"]);
    says(&error.expect_err("no such lookup"), &["like"]);
    Ok(())
}
