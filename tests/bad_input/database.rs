//! Databases that are not as the models say.

use super::{Book, Status, one_book, works};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::TestDatabase;

/// The error of the server with this SQLSTATE.
#[track_caller]
fn code(error: &Error) -> &str {
    match error {
        Error::Database(error) => &error.code,
        other => panic!("not an error of the server: {other:?}"),
    }
}

/// Asserts an error of one cell, and what it says.
#[track_caller]
fn cell(error: &Error, field: &str, parts: &[&str]) {
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    says(error, &["`Book`", field]);
    says(error, parts);
}

#[tokio::test]
async fn a_missing_table() -> Outcome {
    let db = TestDatabase::empty().await?;
    let one = Database::builder().url(&db.url()).max_connections(1).connect().await?;
    for error in [
        Book::objects().all(&one).await.expect_err("no table"),
        Book::objects().count(&one).await.expect_err("no table"),
        draft!(Book { title: "x", pages: 1 }).save(&one).await.expect_err("no table"),
        Book::objects().delete(&one).await.expect_err("no table"),
    ] {
        assert_eq!(code(&error), "42P01");
        says(&error, &["bad_book"]);
        works(&one).await?;
    }
    // A statement that failed to be prepared is prepared again once the table is there.
    create_tables::<(Book,)>(&db).await?;
    assert_eq!(Book::objects().all(&one).await?, []);
    Ok(())
}

#[tokio::test]
async fn a_missing_column() -> Outcome {
    let (db, one) = one_book().await?;
    assert_eq!(Book::objects().get(&one).await?.pages, 272);
    db.batch_execute("ALTER TABLE bad_book RENAME pages TO sheets").await?;
    for error in [
        Book::objects().get(&one).await.expect_err("no column"),
        Book::objects().filter(|b| b.pages().gt(1)).count(&one).await.expect_err("no column"),
        draft!(Book { title: "x", pages: 1 }).save(&one).await.expect_err("no column"),
        Book::objects().update(&one, |b| b.pages().set(1)).await.expect_err("no column"),
    ] {
        assert_eq!(code(&error), "42703");
        says(&error, &["pages"]);
        works(&one).await?;
    }
    db.batch_execute("ALTER TABLE bad_book RENAME sheets TO pages").await?;
    assert_eq!(Book::objects().get(&one).await?.pages, 272);
    // One that the model does not know is nobody's business.
    db.batch_execute("ALTER TABLE bad_book ADD extra int DEFAULT 1").await?;
    assert_eq!(Book::objects().get(&one).await?.pages, 272);
    Ok(())
}

#[tokio::test]
async fn a_column_of_another_type() -> Outcome {
    let (db, one) = one_book().await?;
    assert_eq!(Book::objects().get(&one).await?.pages, 272);
    // The value would fit: it is the type that does not.
    for (sql_type, name) in [("bigint", "bigint"), ("text", "text"), ("float8", "double precision")]
    {
        db.batch_execute(&format!("ALTER TABLE bad_book ALTER pages TYPE {sql_type}")).await?;
        let error = Book::objects().get(&one).await.expect_err("another type");
        cell(&error, "`pages`", &["integer", name]);
        works(&one).await?;
        let error = Book::objects().values(|b| (b.title(), b.pages())).all(&one).await;
        cell(&error.expect_err("another type"), "`pages`", &["integer", name]);
        // What does not read the column works.
        assert_eq!(Book::objects().values(|b| b.title()).all(&one).await?, ["Mort"]);
        let back = "ALTER TABLE bad_book ALTER pages TYPE integer USING pages::integer";
        db.batch_execute(back).await?;
        assert_eq!(Book::objects().get(&one).await?.pages, 272);
    }
    // A number out of the model's range cannot come in by another way.
    db.batch_execute("ALTER TABLE bad_book ALTER pages TYPE bigint").await?;
    db.execute("UPDATE bad_book SET pages = 3000000000", params![]).await?;
    let error = Book::objects().get(&one).await.expect_err("out of range");
    cell(&error, "`pages`", &["integer", "bigint"]);
    works(&one).await?;
    Ok(())
}

#[tokio::test]
async fn null_where_the_model_has_none() -> Outcome {
    let (db, one) = one_book().await?;
    db.batch_execute(
        "ALTER TABLE bad_book ALTER pages DROP NOT NULL; \
         INSERT INTO bad_book (title, pages, price, status, rating) VALUES ('Lost', NULL, 1, 'o', 1)",
    )
    .await?;
    let error = Book::objects().all(&one).await.expect_err("NULL");
    cell(&error, "`pages`", &["NULL", "Option"]);
    works(&one).await?;
    let mut rows = Book::objects().stream(&one);
    let mut last = rows.next().await;
    while let Some(Ok(_)) = last {
        last = rows.next().await;
    }
    cell(&last.expect("a row").expect_err("NULL"), "`pages`", &["NULL"]);
    assert!(rows.next().await.is_none());
    drop(rows);
    works(&one).await?;
    // What does not read it is as before.
    assert_eq!(Book::objects().filter(|b| b.pages().gt(1)).get(&one).await?.title, "Mort");
    Ok(())
}

#[tokio::test]
async fn a_value_that_is_no_choice() -> Outcome {
    let (db, one) = one_book().await?;
    db.execute("UPDATE bad_book SET status = 'x'", params![]).await?;
    let error = Book::objects().get(&one).await.expect_err("no choice");
    cell(&error, "`status`", &["Status"]);
    works(&one).await?;
    db.execute("UPDATE bad_book SET status = 'o', rating = 3", params![]).await?;
    let error = Book::objects().get(&one).await.expect_err("no choice");
    cell(&error, "`rating`", &["Rating"]);
    works(&one).await?;
    db.execute("UPDATE bad_book SET rating = 1", params![]).await?;
    assert_eq!(Book::objects().get(&one).await?.rating, super::Rating::Bad);
    let closed = Book::objects().filter(|b| b.status().eq(Status::Closed));
    assert_eq!(closed.count(&one).await?, 0);
    Book::objects().update(&one, |b| b.status().set(Status::Closed)).await?;
    assert_eq!(closed.get(&one).await?.status, Status::Closed);
    Ok(())
}

#[tokio::test]
async fn values_that_the_rust_type_does_not_have() -> Outcome {
    let (db, one) = one_book().await?;
    let set = async |sql: &str| db.execute(&format!("UPDATE bad_book SET {sql}"), params![]).await;
    for (field, bad, good) in [
        ("price", "'NaN'", "1"),
        ("published", "'infinity'", "'2024-01-01'"),
        ("published", "'300000-01-01'", "NULL"),
        ("printed", "'-infinity'", "NULL"),
        ("cover", r#"'{"color": "red"}'"#, r#"'{"colour": "red"}'"#),
        ("cover", "'null'", "NULL"),
    ] {
        set(&format!("{field} = {bad}")).await?;
        let error = Book::objects().get(&one).await.expect_err(bad);
        cell(&error, &format!("`{field}`"), &[]);
        works(&one).await?;
        // What does not read it works, and what reads it does again once it is mended.
        assert_eq!(Book::objects().values(|b| b.title()).get(&one).await?, "Mort");
        set(&format!("{field} = {good}")).await?;
        assert_eq!(Book::objects().get(&one).await?.title, "Mort");
    }
    Ok(())
}
