//! SQL of one's own and its parameters: what is a placeholder, and what only looks like one.

use super::library::{Book, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[tokio::test]
async fn parameters_that_stand_nowhere_are_refused() -> Outcome {
    let db = library().await?;
    let refused = |error: Option<Error>, parts: &[&str]| {
        let error = error.expect("an error");
        assert!(matches!(error, Error::Usage(_)), "{error:?}");
        says(&error, parts);
    };
    let secret = "s3cret";
    assert_num_queries!(db, 0, {
        let rows = db.query_as::<(i32,)>("SELECT $1::int4", params![1, secret]).await;
        refused(rows.err(), &["parameter 2 of 2", "`$2`"]);
        let rows = db.query_as::<(String,)>("SELECT 'costs $1'", params![secret]).await;
        refused(rows.err(), &["parameter 1 of 1", "quotes"]);
        let rows = db.query_as::<(i32,)>("SELECT $1::int4 + $2::int4", params![1]).await;
        refused(rows.err(), &["placeholder `$2`", "1 parameters"]);
        let rows = db.execute("DELETE FROM library_book -- $1", params![secret]).await;
        refused(rows.err(), &["parameter 1 of 1"]);
        let books = Book::objects().raw("SELECT * FROM library_book", params![secret]);
        refused(books.all(&db).await.err(), &["parameter 1 of 1"]);
        let long = Book::objects().annotate(|_| raw_expr::<i32>("length(title)", params![secret]));
        refused(long.all(&db).await.err(), &["parameter 1 of 1"]);
    });
    assert_eq!(Book::objects().count(&db).await?, 5);
    Ok(())
}

#[tokio::test]
async fn what_looks_like_a_placeholder_stays_text() -> Outcome {
    let db = library().await?;
    // Before ours there is a parameter of the filter, so that a `$1` taken for one would be another.
    let books = Book::objects()
        .raw(
            "SELECT * FROM library_book /* $1 */ WHERE title <> '$1' AND pages > $1 \
             AND title <> $$it's $1$$ AND title <> E'\\'$1' -- $1",
            params![270],
        )
        .filter(|b| b.title().ne("Gods"))
        .order_by(|b| b.id());
    assert_rows!(titles(&books.all(&db).await?), ["Darkness", "Mort"]);
    let price = || raw_expr::<String>("'$1 for ' || title || $1", params!["!"]);
    let prices = Book::objects().filter(|b| b.pages().lt(100)).values(move |_| price());
    assert_rows!(prices.all(&db).await?, ["$1 for Lost!"]);
    let rows = db.query_as::<(String, i32)>("SELECT '$2', $1::int4", params![7]).await?;
    assert_eq!(rows, [("$2".to_owned(), 7)]);
    Ok(())
}

#[tokio::test]
async fn texts_in_an_option_and_in_lists_are_parameters() -> Outcome {
    let db = library().await?;
    let count = async |sql: &str, params: Vec<orm::expr::Param>| {
        Ok::<_, Error>(db.query_as::<(i64,)>(sql, params).await?[0].0)
    };
    let one = "SELECT count(*) FROM library_tag WHERE name = $1 OR $1 IS NULL";
    assert_eq!(count(one, params![Some("fantasy")]).await?, 1);
    assert_eq!(count(one, params![None::<&str>]).await?, 4);
    let some = "SELECT count(*) FROM library_tag WHERE name = ANY($1)";
    let names = ["fantasy", "humour"];
    assert_eq!(count(some, params![names]).await?, 2);
    assert_eq!(count(some, params![names.to_vec()]).await?, 2);
    assert_eq!(count(some, params![&names[..1]]).await?, 1);
    Ok(())
}
