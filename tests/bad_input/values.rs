//! Values that the server or the protocol cannot take.

use super::{Book, one_book, works};
use crate::support::{Outcome, says};
use orm::prelude::*;

#[tokio::test]
async fn a_zero_byte_in_text() -> Outcome {
    let (_db, one) = one_book().await?;
    let bad = "a\0b";
    let filtered = Book::objects().filter(|b| b.pages().gt(1) & b.title().eq(bad));
    for (error, position) in [
        (filtered.all(&one).await.err(), "parameter 2"),
        (
            Book::objects().filter(|b| b.title().in_(["x", bad])).count(&one).await.err(),
            "parameter 1",
        ),
        (
            Book::objects().filter(|b| b.title().contains(bad)).exists(&one).await.err(),
            "parameter 1",
        ),
        (draft!(Book { title: bad, pages: 1 }).save(&one).await.err(), "parameter 1"),
        (Book::objects().update(&one, |b| b.title().set(bad)).await.err(), "parameter 1"),
        (one.execute("SELECT $1", params![bad]).await.err(), "parameter 1"),
    ] {
        let error = error.expect("a byte that no text can have");
        assert!(matches!(error, Error::Encode { .. }), "{error:?}");
        says(&error, &[position, "\\0"]);
        assert!(!error.to_string().contains('\0'), "{error:?}");
        works(&one).await?;
    }
    // In the middle of a transaction it is an error like another, before anything was sent.
    let tx = one.begin().await?;
    assert!(draft!(Book { title: bad, pages: 1 }).save(&tx).await.is_err());
    draft!(Book { title: "good", pages: 1 }).save(&tx).await?;
    tx.commit().await?;
    assert_eq!(Book::objects().count(&one).await?, 2);
    Ok(())
}

#[tokio::test]
async fn numbers_out_of_range() -> Outcome {
    let (_db, one) = one_book().await?;
    let price: Decimal = "1000.00".parse()?;
    for error in [
        draft!(Book { title: "dear", pages: 1, price: price }).save(&one).await.err(),
        Book::objects().update(&one, |b| b.price().set(b.price() * 10_000)).await.err(),
        Book::objects().update(&one, |b| b.pages().set(b.pages() + i32::MAX)).await.err(),
        Book::objects().filter(|b| (b.pages() * i32::MAX).gt(1)).all(&one).await.err(),
    ] {
        let error = error.expect("out of range");
        assert!(matches!(&error, Error::Database(e) if e.code == "22003"), "{error:?}");
        assert!(!error.to_string().contains("1000.00"), "{error}");
        works(&one).await?;
    }
    let zero = Book::objects().values(|b| b.pages() / (b.pages() - 272)).all(&one).await;
    let zero = zero.expect_err("a division by zero");
    assert!(matches!(&zero, Error::Database(e) if e.code == "22012"), "{zero:?}");
    let book = Book::objects().get(&one).await?;
    assert_eq!((book.pages, book.price), (272, Decimal::ONE));
    Ok(())
}

#[tokio::test]
async fn text_that_is_too_long() -> Outcome {
    let (_db, one) = one_book().await?;
    let long = "x".repeat(21);
    let error = draft!(Book { title: &long, pages: 1 }).save(&one).await.expect_err("too long");
    assert!(matches!(&error, Error::Database(e) if e.code == "22001"), "{error:?}");
    assert!(!error.to_string().contains(&long), "{error}");
    works(&one).await?;
    // Looking for it is no mistake.
    assert!(!Book::objects().filter(|b| b.title().eq(&long)).exists(&one).await?);
    let regex = Book::objects().filter(|b| b.title().regex("(")).all(&one).await;
    let regex = regex.expect_err("no regular expression");
    assert!(matches!(&regex, Error::Database(e) if e.code == "2201B"), "{regex:?}");
    works(&one).await?;
    Ok(())
}

#[tokio::test]
async fn names_that_the_server_does_not_know() -> Outcome {
    let (_db, one) = one_book().await?;
    let now = Utc::now();
    Book::objects().update(&one, |b| b.printed().set(now)).await?;
    let mars = Book::objects().filter(|b| b.printed().in_zone("Mars/Base").hour().eq(1));
    let error = mars.count(&one).await.expect_err("no such zone");
    assert!(matches!(&error, Error::Database(e) if e.code == "22023"), "{error:?}");
    says(&error, &["time zone \"…\" not recognized"]);
    let Error::Database(error) = error else { panic!("{error:?}") };
    assert_eq!(error.server_message(), "time zone \"Mars/Base\" not recognized");
    works(&one).await?;
    let raw = Book::objects().raw("SELECT * FROM bad_book WHERE", params![]).all(&one).await;
    assert!(matches!(&raw, Err(Error::Database(e)) if e.code == "42601"), "{raw:?}");
    let few = one.query_as::<(i32,)>("SELECT $1 + $2", params![1]).await;
    assert!(matches!(few, Err(Error::Usage(_))), "{few:?}");
    works(&one).await?;
    Ok(())
}
