//! Drafts within drafts.

use super::library::{Author, Book, Profile, Review, Tag, library, titles};
use crate::support::{Outcome, says};
use orm::prelude::*;
use orm_testkit::{QueryCounter, assert_rows};

#[tokio::test]
async fn children_are_saved_with_their_parent() -> Outcome {
    let db = library().await?;
    let counter = QueryCounter::new(&db);
    let moment = DateTime::<Utc>::UNIX_EPOCH;
    let author = draft!(Author {
        name: "Iain",
        books: [
            draft!(Book {
                title: "Wasp",
                pages: 184,
                reviews: [draft!(Review { stars: 5, created: moment })],
            }),
            draft!(Book {
                title: "Crow",
                pages: 400,
                tags: [draft!(Tag { name: "scots" })],
                reviews: vec![
                    draft!(Review { stars: 1, created: moment }),
                    draft!(Review { stars: 2, created: moment }),
                ],
            }),
        ],
        profile: draft!(Profile { motto: "road" }),
    });
    let author = author.save(&db).await?;
    // One statement for the books, one for the reviews of each; nothing is read.
    let statements = counter.statements();
    let inserts = statements.iter().filter(|sql| sql.starts_with("INSERT")).count();
    assert_eq!(inserts, 1 + 1 + 1 + (1 + 1) + 1 + 1, "{statements:#?}");
    assert!(statements.iter().all(|sql| !sql.starts_with("SELECT")), "{statements:#?}");
    drop(counter);
    let books = author.books().order_by(|b| b.id()).all(&db).await?;
    assert_rows!(titles(&books), ["Wasp", "Crow"]);
    assert_eq!(books[1].reviews().values(|r| r.stars()).all(&db).await?, [1, 2]);
    assert_eq!(books[0].reviews().get(&db).await?.stars, 5);
    assert_eq!(books[1].tags().get(&db).await?.name, "scots");
    assert_eq!(author.profile().get(&db).await?.motto, "road");
    Ok(())
}

#[tokio::test]
async fn rows_that_exist_are_linked() -> Outcome {
    let db = library().await?;
    let tags = Tag::objects().filter(|t| t.id().lte(2)).all(&db).await?;
    let book = draft!(Book { title: "New", pages: 1, author: 1, tags: [&tags[0], &tags[1]] });
    let book = Book::objects().create(&db, book).await?;
    assert_eq!(book.tags().count(&db).await?, 2);
    let author = draft!(Author { name: "Eve" }).linked(Author::books, [&book]).save(&db).await?;
    assert_rows!(titles(&author.books().all(&db).await?), ["New"]);
    // Any iterator of drafts, by name.
    let drafts = (0..100).map(|n| draft!(Book { title: format!("Volume {n}"), pages: n }));
    let author = draft!(Author { name: "Encyclopaedist" }).nested(Author::books, drafts);
    let author = author.save(&db).await?;
    assert_eq!(author.books().count(&db).await?, 100);
    // Within a related create.
    let draft = draft!(Book {
        title: "Last",
        pages: 2,
        reviews: [draft!(Review { stars: 3, created: Utc::now() })],
    });
    let last = author.books().create(&db, draft).await?;
    assert_eq!((last.author.pk(), last.reviews().count(&db).await?), (author.id, 1));
    Ok(())
}

#[tokio::test]
async fn all_of_it_or_nothing() -> Outcome {
    let db = library().await?;
    // The tag is there already.
    let draft = || {
        draft!(Author {
            name: "Twice",
            books: [draft!(Book { title: "x", pages: 1, tags: [draft!(Tag { name: "humour" })] })],
        })
    };
    let error = draft().save(&db).await.expect_err("the tag's name is unique");
    assert!(matches!(error, Error::Unique(_)), "{error:?}");
    assert_eq!(Author::objects().filter(|a| a.name().eq("Twice")).count(&db).await?, 0);
    let missing = draft!(Book { title: "x", pages: 1, author: 1, tags: [77_i64] });
    assert!(matches!(missing.save(&db).await, Err(Error::ForeignKey(_))));
    assert_eq!(Book::objects().count(&db).await?, 5);
    // Many at once have no place for others within.
    let error = Author::objects().bulk_create(&db, [draft()]).await.expect_err("nested");
    says(&error, &["`Author`", "`save` or `create`"]);
    // A draft can be saved again: it is a value.
    let again = draft!(Author { name: "Again", books: [draft!(Book { title: "y", pages: 1 })] });
    let (one, two) = (again.clone().save(&db).await?, again.save(&db).await?);
    assert_eq!((one.books().count(&db).await?, two.books().count(&db).await?), (1, 1));
    Ok(())
}
