//! Paths know the query that they belong to.

use super::library::{Author, Book, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[tokio::test]
async fn outer_references_between_queries_of_one_model() -> Outcome {
    let db = library().await?;
    // Books that another book of the same author is longer than.
    let longer = |b: &orm::Fields<Book>| {
        let author = b.author().id();
        let pages = b.pages();
        Book::objects().filter(move |other| {
            other.author().eq(outer_ref(author)) & other.pages().gt(outer_ref(pages))
        })
    };
    let shorter = Book::objects().filter(|b| exists(longer(b)));
    assert_rows!(titles(&shorter.all(&db).await?), ["Earthsea", "Mort", "Lost"]);
    // A path of the outer query without `outer_ref` is a mistake that nothing runs for.
    let missing = Book::objects()
        .filter(|b| exists(Book::objects().filter(|other| other.pages().gt(b.pages()))));
    let error = assert_num_queries!(db, 0, missing.all(&db).await).expect_err("no `outer_ref`");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`Book`", "outer_ref"]);
    assert!(matches!(missing.sql(), Err(Error::Usage(_))));
    Ok(())
}

#[tokio::test]
async fn outer_references_that_have_no_query_around_them() -> Outcome {
    let db = library().await?;
    let mut kept = None;
    let whole = Author::objects().filter(|a| {
        let books = Book::objects().filter(|b| b.author().eq(outer_ref(a.id())));
        kept = Some(books.clone());
        exists(books)
    });
    assert_eq!(whole.count(&db).await?, 2);
    let alone = kept.expect("the closure has run");
    let error = assert_num_queries!(db, 0, alone.all(&db).await).expect_err("no query around it");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["outer"]);
    for error in [
        alone.count(&db).await.err(),
        alone.exists(&db).await.err(),
        alone.update(&db, |b| b.pages().set(1)).await.err(),
        alone.delete(&db).await.err(),
        alone.sql().err(),
    ] {
        assert!(matches!(error, Some(Error::Usage(_))), "{error:?}");
    }
    assert_eq!(Book::objects().count(&db).await?, 5);
    Ok(())
}

#[tokio::test]
async fn a_reference_goes_to_its_own_query_over_another_one() -> Outcome {
    let db = library().await?;
    // Authors with a book that has a tag which is also a tag of a book they have edited.
    let authors = Author::objects().filter(|a| {
        let id = a.id();
        exists(a.books().objects().filter(move |b| {
            exists(b.tags().objects().filter(move |t| {
                exists(Book::objects().filter(move |edited| {
                    edited.editor().eq(outer_ref(id.clone())) & edited.tags().eq(outer_ref(t.id()))
                }))
            }))
        }))
    });
    // Terry edited Earthsea (fantasy) and wrote Mort (fantasy); Ursula edited Mort (fantasy,
    // humour) and wrote Earthsea (fantasy).
    let names = authors.values(|a| a.name()).all(&db).await?;
    assert_rows!(names, ["Ursula", "Terry"]);
    Ok(())
}
