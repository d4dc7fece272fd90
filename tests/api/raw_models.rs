//! SQL of one's own that is read as models: what it may be, and what it lacks.

use super::library::{Author, Book, Tag, library, titles};
use crate::support::{Outcome, in_order, says};
use orm::prelude::*;
use orm_testkit::{assert_rows, assert_rows_unordered};

fn names(tags: &[Tag]) -> Vec<&str> {
    tags.iter().map(|tag| tag.name.as_str()).collect()
}

#[tokio::test]
async fn comments_and_semicolons_end_a_statement() -> Outcome {
    let db = library().await?;
    for sql in [
        "SELECT * FROM library_tag WHERE id = 1",
        "SELECT * FROM library_tag WHERE id = 1;",
        "SELECT * FROM library_tag WHERE id = 1; -- all",
        "SELECT * FROM library_tag WHERE id = 1 -- ; all",
        "SELECT * FROM library_tag WHERE id = 1; /* all; of them */ ;\n",
        "-- a tag\nSELECT * FROM library_tag /* here: */ WHERE id = 1 ;",
        "WITH t AS (SELECT * FROM library_tag) SELECT * FROM t WHERE id = 1; -- update",
    ] {
        let tags = Tag::objects().raw(sql, params![]).all(&db).await?;
        assert_rows!(names(&tags), ["fantasy"]);
        let none = Tag::objects().raw(sql, params![]).filter(|t| t.name().eq("humour"));
        assert_eq!(none.count(&db).await?, 0, "{sql}");
    }
    Ok(())
}

#[tokio::test]
async fn statements_that_write_return_models() -> Outcome {
    let db = library().await?;
    let sql = "INSERT INTO library_tag (name) VALUES ($1), ($2) RETURNING *; -- two";
    let tags = Tag::objects().raw(sql, params!["x", "y"]).all(&db).await?;
    assert_rows_unordered!(names(&tags), ["x", "y"]);
    let sql = "UPDATE library_tag SET name = name || $1 WHERE name = $2 RETURNING *";
    let tag = Tag::objects().raw(sql, params!["!", "x"]).get(&db).await?;
    assert_eq!(tag.name, "x!");
    let sql = "WITH gone AS (DELETE FROM library_tag WHERE name IN ($1, $2) RETURNING *)
               SELECT * FROM gone";
    let gone = Tag::objects().raw(sql, params!["x!", "y"]).order_by(|t| t.name());
    let text = gone.sql()?;
    in_order(
        &text,
        &["WITH gone AS (DELETE", "d0 AS (SELECT * FROM gone", "FROM d0 AS t0", "ORDER BY"],
    );
    assert_rows!(names(&gone.all(&db).await?), ["x!", "y"]);
    let sql = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3)
               INSERT INTO library_tag (name) SELECT 'n' || i FROM n RETURNING *";
    let some = Tag::objects().raw(sql, params![]).filter(|t| t.name().ne("n2"));
    assert_rows_unordered!(names(&some.all(&db).await?), ["n1", "n3"]);
    let sql = "DELETE FROM library_tag WHERE name LIKE 'n_' RETURNING *";
    assert_eq!(Tag::objects().raw(sql, params![]).count(&db).await?, 3);
    assert_eq!(Tag::objects().count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn related_rows_are_loaded_for_what_was_written() -> Outcome {
    let db = library().await?;
    let sql = "UPDATE library_author SET name = upper(name) WHERE id = 1 RETURNING *";
    let authors = Author::objects().raw(sql, params![]).prefetch_related(|a| a.books());
    let (author, books) = authors.get(&db).await?;
    assert_eq!(author.name, "URSULA");
    assert_rows!(titles(&books), ["Earthsea", "Darkness"]);
    let sql = "UPDATE library_book SET pages = 1 WHERE id = 3 RETURNING *";
    let (book, author) =
        Book::objects().raw(sql, params![]).select_related(|b| b.author()).get(&db).await?;
    assert_eq!((book.pages, author.name.as_str()), (1, "Terry"));
    Ok(())
}

#[tokio::test]
async fn a_column_that_is_missing_is_named() -> Outcome {
    let db = library().await?;
    let missing = Tag::objects().raw("SELECT id, name AS title FROM library_tag", params![]);
    let error = missing.all(&db).await.expect_err("no `name`");
    says(&error, &["raw SQL for `Tag`", "no column `name`", "all of its columns"]);
    let error = missing.first(&db).await.expect_err("no `name`");
    says(&error, &["raw SQL for `Tag`", "no column `name`"]);
    let sql = "INSERT INTO library_tag (name) VALUES ('z') RETURNING id";
    let error = Tag::objects().raw(sql, params![]).all(&db).await.expect_err("no `name`");
    says(&error, &["raw SQL for `Tag`", "no column `name`"]);
    assert_eq!(Tag::objects().filter(|t| t.name().eq("z")).count(&db).await?, 0);
    let sql = "SELECT * FROM library_tag t JOIN library_book_tags b ON b.tag_id = t.id";
    let error = Tag::objects().raw(sql, params![]).all(&db).await.expect_err("two of `id`");
    says(&error, &["raw SQL for `Tag`", "several columns `id`"]);
    let sql = "SELECT t.* FROM library_tag t JOIN library_book_tags b ON b.tag_id = t.id";
    assert_eq!(Tag::objects().raw(sql, params![]).all(&db).await?.len(), 6);
    // Mistakes in the user's own SQL stay the server's.
    let own = Tag::objects().raw("SELECT nonsense FROM library_tag", params![]);
    assert!(matches!(own.all(&db).await, Err(Error::Database(_))));
    Ok(())
}

#[tokio::test]
async fn parameters_are_counted_over_the_whole_text() -> Outcome {
    let db = library().await?;
    let sql = "WITH gone AS (DELETE FROM library_tag WHERE name = $1 RETURNING *)
               SELECT * FROM gone WHERE id > $2";
    assert_eq!(Tag::objects().raw(sql, params!["unused", 0i64]).all(&db).await?.len(), 1);
    let error = Tag::objects().raw(sql, params!["unused"]).all(&db).await.expect_err("one of two");
    says(&error, &["`$2`"]);
    Ok(())
}
