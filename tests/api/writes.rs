//! Rows that are made, changed and deleted.

use super::library::{Author, Book, Review, Tag, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

/// A book by its title.
async fn book(db: &impl Executor, title: &str) -> Result<Book> {
    Book::objects().filter(|b| b.title().eq(title)).get(db).await
}

#[tokio::test]
async fn drafts_take_what_a_person_would_write() -> Outcome {
    let db = library().await?;
    let author = Author::objects().first(&db).await?.expect("an author");
    let title = String::from("Lathe");
    let plain = draft!(Book { title: &title, pages: 184, author: &author });
    let plain = assert_num_queries!(db, 1, plain.save(&db).await?);
    assert_eq!((plain.author.pk(), plain.editor, plain.in_print), (author.id, None, true));
    assert_eq!(book(&db, "Lathe").await?, plain);
    let full = draft!(Book {
        title: title,
        pages: 184,
        author: author.id,
        editor: &author,
        published: None,
        in_print: false,
    });
    let full = Book::objects().create(&db, full).await?;
    assert_eq!((full.editor.map(|e| e.pk()), full.in_print), (Some(author.id), false));
    // A copy of all but the key.
    let copy = draft!(Book { pages: 1, ..full.clone() }).save(&db).await?;
    assert_ne!(copy.id, full.id);
    assert_eq!(copy, Book { id: copy.id, pages: 1, ..full });
    Ok(())
}

#[tokio::test]
async fn an_instance_and_its_row() -> Outcome {
    let db = library().await?;
    let mut mort = book(&db, "Mort").await?;
    let mut other = mort.clone();
    mort.title = "Mort!".to_owned();
    mort.editor = None;
    assert_num_queries!(db, 1, mort.save(&db).await?);
    assert_eq!(book(&db, "Mort!").await?, mort);
    assert_eq!(other.title, "Mort");
    other.refresh(&db).await?;
    assert_eq!(other, mort);
    // In the database, and the instance has what came of it.
    other.update(&db, |b| (b.pages().set(b.pages() + 1), b.editor().set(1))).await?;
    assert_eq!((other.pages, other.editor.map(|e| e.pk())), (273, Some(1)));
    mort.refresh(&db).await?;
    assert_eq!(mort, other);
    // The others are as they were.
    assert_eq!(book(&db, "Gods").await?.pages, 381);

    let gone = Book::objects().filter(|b| b.title().eq("Gods"));
    let mut instance = gone.get(&db).await?;
    gone.delete(&db).await?;
    for error in [
        instance.save(&db).await.err(),
        instance.refresh(&db).await.err(),
        instance.update(&db, |b| b.pages().set(1)).await.err(),
    ] {
        let error = error.expect("the row is gone");
        assert!(matches!(error, Error::DoesNotExist { model: "Book" }), "{error:?}");
    }
    assert_eq!(instance.delete(&db).await?.total, 0);
    assert_eq!(Book::objects().count(&db).await?, 4);
    Ok(())
}

#[tokio::test]
async fn many_rows_at_once() -> Outcome {
    let db = library().await?;
    // More than one statement can have parameters for.
    let drafts = (0..40_000)
        .map(|n| draft!(Review { stars: n, created: DateTime::<Utc>::UNIX_EPOCH, book: 1 }));
    let reviews = Review::objects().bulk_create(&db, drafts).await?;
    assert!(reviews.iter().zip(0..).all(|(review, n)| review.stars == n));
    assert_eq!(reviews.last().map(|r| r.id), Some(3 + 40_000));
    assert_eq!(Review::objects().count(&db).await?, 3 + 40_000);
    // All or nothing.
    let names = ["new", "fantasy"].map(|name| draft!(Tag { name: name }));
    let error = Tag::objects().bulk_create(&db, names).await.expect_err("a name twice");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    assert_eq!(Tag::objects().count(&db).await?, 4);

    let long = Book::objects().filter(|b| b.author().name().eq("Terry") & b.pages().gt(100));
    let set = |b: &orm::Fields<Book>| (b.pages().set(b.pages() * 2), b.editor().set(b.author()));
    assert_eq!(assert_num_queries!(db, 1, long.update(&db, set).await?), 2);
    let mut books = long.update_returning(&db, |b| b.in_print().set(false)).await?;
    books.sort_by_key(|b| b.id);
    assert_rows!(titles(&books), ["Mort", "Gods"]);
    assert!(books.iter().all(|b| b.editor == Some(b.author) && !b.in_print));
    assert_eq!(books[0].pages, 544);
    let untouched = Book::objects().filter(|b| b.in_print()).order_by(|b| b.id());
    assert_rows!(titles(&untouched.all(&db).await?), ["Earthsea", "Darkness"]);
    let sliced = untouched.limit(1);
    let error = sliced.update(&db, |b| b.pages().set(1)).await.expect_err("a slice");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    assert!(matches!(sliced.delete(&db).await, Err(Error::Usage(_))));
    assert_eq!(Book::objects().count(&db).await?, 5);
    Ok(())
}

#[tokio::test]
async fn what_goes_along_with_a_row() -> Outcome {
    let db = library().await?;
    // Its reviews and its rows in the table of tags, not the tags.
    let mort = book(&db, "Mort").await?;
    let gone = mort.delete(&db).await?;
    assert_eq!((gone.total, gone.of::<Book>(), gone.of::<Review>()), (4, 1, 1));
    assert_eq!(Review::objects().count(&db).await?, 2);
    assert_eq!(Tag::objects().count(&db).await?, 4);
    // An editor leaves NULL behind, an author takes the books along.
    let terry = Author::objects().filter(|a| a.name().eq("Terry")).get(&db).await?;
    assert_eq!(terry.edited().count(&db).await?, 1);
    terry.delete(&db).await?;
    assert_rows!(titles(&Book::objects().all(&db).await?), ["Earthsea", "Darkness"]);
    assert_eq!(book(&db, "Earthsea").await?.editor, None);
    Ok(())
}

#[tokio::test]
async fn rows_of_a_related_set() -> Outcome {
    let db = library().await?;
    let ursula = Author::objects().first(&db).await?.expect("an author");
    let nobody = Author::objects().last(&db).await?.expect("an author");
    let book = nobody.books().create(&db, draft!(Book { title: "New", pages: 1 })).await?;
    assert_eq!(book.author.pk(), nobody.id);
    // Over a key that is never NULL rows can come but not go.
    nobody.books().add(&db, [1_i64]).await?;
    let mine = nobody.books().values(|b| b.title());
    assert_rows!(mine.all(&db).await?, ["Earthsea", "New"]);
    let error = nobody.books().set(&db, [1_i64]).await.expect_err("the key cannot be NULL");
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    says(&error, &["`author`"]);
    // Over one that may be NULL they can.
    ursula.edited().add(&db, [&book]).await?;
    assert_eq!(ursula.edited().count(&db).await?, 2);
    ursula.edited().set(&db, [&book]).await?;
    assert_rows!(titles(&ursula.edited().all(&db).await?), ["New"]);
    ursula.edited().clear(&db).await?;
    assert_eq!(ursula.edited().count(&db).await?, 0);
    assert_eq!(Book::objects().count(&db).await?, 6);
    // It can be filtered, updated and deleted like any other.
    nobody.books().filter(|b| b.pages().gt(1)).update(&db, |b| b.pages().set(7)).await?;
    assert_eq!(ursula.books().filter(|b| b.pages().eq(7)).count(&db).await?, 0);
    let gone = nobody.books().filter(|b| b.pages().eq(7)).delete(&db).await?;
    assert_eq!(gone.of::<Book>(), 1);
    Ok(())
}
