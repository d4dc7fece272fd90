//! `select_related`: rows of other models by a join, and their absence in the type.

use super::library::{Author, Book, Country, Profile, Publisher, Review, library};
use crate::support::{Outcome, in_order};
use orm::prelude::*;
use orm_testkit::{assert_num_queries, assert_rows};

#[tokio::test]
async fn several_relations_at_once() -> Outcome {
    let db = library().await?;
    let query = Book::objects().select_related(|b| (b.author(), b.editor()));
    let rows: Vec<(Book, (Author, Option<Author>))> =
        assert_num_queries!(db, 1, query.all(&db).await?);
    let names: Vec<_> = rows
        .iter()
        .map(|(b, (author, editor))| (&*b.title, &*author.name, editor.as_ref().map(|e| &*e.name)))
        .collect();
    let expected = [
        ("Earthsea", "Ursula", Some("Terry")),
        ("Darkness", "Ursula", None),
        ("Mort", "Terry", Some("Ursula")),
        ("Gods", "Terry", None),
        ("Lost", "Terry", None),
    ];
    assert_rows!(names, expected);
    in_order(&query.sql()?, &["FROM", " JOIN ", "LEFT JOIN"]);
    // What was joined is what a query of its own gives.
    for (book, (author, editor)) in rows {
        assert_eq!(author, book.author.fetch(&db).await?);
        assert_eq!(editor, book.editor.fetch(&db).await?);
    }
    // One after the other appends.
    let one_by_one: Vec<(Book, Author, Option<Publisher>)> = Book::objects()
        .select_related(|b| b.author())
        .select_related(|b| b.publisher())
        .limit(1)
        .all(&db)
        .await?;
    assert_eq!(one_by_one[0].2.as_ref().map(|p| &*p.name), Some("Ace"));
    Ok(())
}

#[tokio::test]
async fn nested_relations_are_as_nullable_as_the_way_to_them() -> Outcome {
    let db = library().await?;
    type Nested = (Option<Publisher>, Option<Country>, Option<Author>);
    let rows: Vec<(Book, Nested)> = Book::objects()
        .select_related(|b| (b.publisher(), b.publisher().country(), b.author().mentor()))
        .all(&db)
        .await?;
    let names: Vec<_> = rows
        .iter()
        .map(|(_, (p, c, m))| {
            (
                p.as_ref().map(|p| &*p.name),
                c.as_ref().map(|c| &*c.name),
                m.as_ref().map(|m| &*m.name),
            )
        })
        .collect();
    let ace = (Some("Ace"), Some("Chile"), None);
    let none = (None, None, Some("Ursula"));
    assert_rows!(names, [ace, ace, none, none, none]);
    // Through keys that are never NULL nothing is optional.
    let reviews: Vec<(Review, (Book, Author))> =
        Review::objects().select_related(|r| (r.book(), r.book().author())).all(&db).await?;
    let reviews: Vec<_> =
        reviews.iter().map(|(r, (b, a))| (r.stars, &*b.title, &*a.name)).collect();
    let expected = [(5, "Earthsea", "Ursula"), (3, "Earthsea", "Ursula"), (4, "Mort", "Terry")];
    assert_rows!(reviews, expected);
    Ok(())
}

#[tokio::test]
async fn the_reverse_of_a_one_to_one() -> Outcome {
    let db = library().await?;
    let rows: Vec<(Author, Option<Profile>)> =
        Author::objects().select_related(|a| a.profile()).all(&db).await?;
    let mottos: Vec<_> =
        rows.iter().map(|(a, p)| (&*a.name, p.as_ref().map(|p| &*p.motto))).collect();
    assert_rows!(mottos, [("Ursula", Some("dragons")), ("Terry", None), ("Nobody", None)]);
    let through = Book::objects().filter(|b| b.author().profile().motto().eq("dragons"));
    assert_eq!(through.count(&db).await?, 2);
    let ursula = Author::objects().filter(|a| a.name().eq("Ursula")).get(&db).await?;
    let terry = Author::objects().filter(|a| a.name().eq("Terry")).get(&db).await?;
    let motto = ursula.profile().get_opt(&db).await?.map(|p| p.motto);
    assert_eq!(motto.as_deref(), Some("dragons"));
    assert_eq!(terry.profile().get_opt(&db).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_filter_and_a_selection_share_their_join() -> Outcome {
    let db = library().await?;
    let query = Book::objects()
        .filter(|b| b.author().name().eq("Terry") & b.author().mentor().name().eq("Ursula"))
        .select_related(|b| (b.author(), b.author().mentor()))
        .order_by(|b| b.author().name());
    let sql = query.sql()?;
    assert_eq!(sql.matches(" JOIN ").count(), 2, "{sql}");
    assert_eq!(query.all(&db).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn self_references_both_ways() -> Outcome {
    let db = library().await?;
    let terry = Author::objects().filter(|a| a.mentor().name().eq("Ursula")).get(&db).await?;
    assert_eq!(terry.name, "Terry");
    let ursula = Author::objects().filter(|a| a.pupils().name().eq("Terry")).get(&db).await?;
    assert_eq!(ursula.name, "Ursula");
    assert_rows!(ursula.pupils().all(&db).await?, [terry.clone()]);
    assert_eq!(terry.mentor.fetch(&db).await?, Some(ursula));
    let books = Book::objects().filter(|b| b.author().eq(b.editor()));
    assert_eq!(books.count(&db).await?, 0);
    let by_pupil = Book::objects().filter(|b| b.author().mentor().eq(b.editor()));
    assert_rows!(by_pupil.values(|b| b.title()).all(&db).await?, ["Mort"]);
    Ok(())
}
